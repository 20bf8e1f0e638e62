"""Replays of simulated sources of all kinds over many polls: nothing is lost, and nothing is announced twice.

A larger run: REPLAYS=28x40x10 (sources of a seed, polls, seeds) pytest tests/poll/test_replays.py
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from monitor.core import sources
from monitor.core.model import Changed, Failed, FeedState, Health, Response
from monitor.poll import Poller
from monitor.poll.linked_documents import MAX_LIST_PAGES
from monitor.store import DatabaseThread
from tests.poll.polled_feeds import InlineReading, matcher, poll_one
from tests.poll.publishers import SHAPES, Publisher

if TYPE_CHECKING:
    from monitor.core.model import Feed, Hit, Poll
    from monitor.core.sources import ParsedSource
    from monitor.store import Store

SOURCES, POLLS, SEEDS = map(int, os.environ.get("REPLAYS", "14x14x3").split("x"))
"""Sources of each seed, each shape as often; polls of each source; seeds from 1 on."""
HOURS = (3, 9, 26, 14, 5, 40, 7)
"""Between two polls."""
EVER = datetime(2000, 1, 1, tzinfo=UTC)


class SimulatedFetcher:
    """Gets the answers of publishers without a network."""

    def __init__(self, publishers: dict[str, Publisher]) -> None:
        self.publishers = publishers

    async def fetch_feed(self, feed: Feed, state: FeedState) -> Response | Failed:
        return self.publishers[feed.id].answer(feed, state)

    async def fetch_linked(self, feed: Feed, url: str) -> Response | Failed:
        return self.publishers[feed.id].linked(url)

    def is_slow(self, host: str) -> bool:
        return False


class CachingReading(InlineReading):
    """Parses in this process, with the caches that the pool of processes keeps."""

    def __init__(self) -> None:
        self._caches: dict[str, bytes] = {}

    async def parse_source(self, feed: Feed, response: Response, now: datetime) -> ParsedSource:
        parsed = sources.kind_of(feed).parse(feed, response, now, self._caches.get(feed.id, b""))
        self._caches[feed.id] = parsed.cache
        return parsed

    async def parse_part(self, feed: Feed, response: Response, now: datetime, list_fingerprint: str) -> ParsedSource:
        return sources.kind_of(feed).parse(feed, response, now, list_fingerprint.encode())

    def drop_cache(self, feed: Feed) -> None:
        self._caches.pop(feed.id, None)

    def restart(self) -> None:
        """Lose the caches, as at a restart of the program."""
        self._caches.clear()


def names_selectors(poll: Poll) -> bool:
    """Return True if a poll says that the selectors do not fit: after a redesign, or before anything was ever read."""
    return poll.state.health is Health.LAYOUT_CHANGED or poll.state.reason.startswith("no entries")


@dataclass
class Replay:
    """Polls of publishers, and what went wrong in them."""

    store: Store
    publishers: dict[str, Publisher]
    problems: list[str] = field(default_factory=list)
    readable: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Tokens of the items of each source that an answer showed."""
    first: dict[str, set[str]] = field(default_factory=dict)
    """Those of its first answer, which are back-filled."""
    titles: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """The title under which each item was last read."""
    pages_due: set[str] = field(default_factory=set)
    """Sources of which a further page could not be read at the last poll."""
    renamed: set[tuple[str, str]] = field(default_factory=set)
    """Items that got another address and another title between two answers, so that nothing shows what they were."""

    async def run(self, polls: int, rng: Random) -> None:
        """Poll every source so many times. The last two answers are well, so that what was lost would come."""
        reading = CachingReading()
        now = [EVER]
        with DatabaseThread() as database:
            poller = Poller(
                store=self.store,
                fetcher=SimulatedFetcher(self.publishers),  # type: ignore[arg-type]
                pool=reading,  # type: ignore[arg-type]
                matcher=matcher(),  # type: ignore[arg-type]
                feeds=[each.feed() for each in self.publishers.values()],
                clock=lambda: now[0],
                jitter=lambda: 0.0,
                database=database,
            )
            for number in range(polls):
                if rng.random() < 0.1:
                    reading.restart()
                for name, publisher in self.publishers.items():
                    publisher.step(HOURS[number % len(HOURS)], is_well=number >= polls - 2)
                    now[0] = publisher.now
                    poll = await poll_one(poller, name)
                    self.judge(publisher, poll)
                    if names_selectors(poll) and (rng.random() < 0.6 or number >= polls - 2):
                        poller.feeds = {**poller.feeds, publisher.feed().id: publisher.reconfigure()}
        self.compare()

    def judge(self, publisher: Publisher, poll: Poll) -> None:
        """Note what could be read in this poll, and whether a redesign was named."""
        is_named = names_selectors(poll)
        is_read = isinstance(poll.outcome, Changed)
        if isinstance(poll.outcome, Failed) and not (publisher.trouble or publisher.page_failed or is_named):
            self._report(publisher, f"failed: {poll.outcome.reason}")
        if publisher.trouble:
            return
        if publisher.is_misconfigured and not is_named:
            self._report(publisher, f"selectors of an earlier design, not named: {poll.state.reason}")
        if is_read and publisher.is_unrecognisable and not is_named:
            self._report(publisher, f"redesign not named: {poll.state.reason} {poll.notes}")
        if is_read:
            self._note_items(publisher)

    def _note_items(self, publisher: Publisher) -> None:
        name, titles = publisher.name, self.titles[publisher.name]
        shown = publisher.shown()
        known = sum(item.token in self.readable[name] for item in shown)
        is_burst = SHAPES[publisher.shape].has_pages and 3 * known < len(shown)
        if (is_burst or name in self.pages_due) and not publisher.page_failed:
            shown = publisher.items[: MAX_LIST_PAGES * publisher.window]
        self.pages_due.discard(name)
        if publisher.page_failed and name in self.first:
            self.pages_due.add(name)
        if publisher.is_moved:
            changed = (item for item in publisher.items if titles.get(item.token, item.title) != item.title)
            self.renamed |= {(name, item.token) for item in changed}
        titles.update({item.token: item.title for item in shown})
        self.first.setdefault(name, {item.token for item in shown})
        self.readable[name] |= {item.token for item in shown}
        publisher.note_read()

    def compare(self) -> None:
        """Compare what could be read with what was stored and announced."""
        stored: dict[str, set[str]] = defaultdict(set)
        for each in self.store.articles(since=EVER):
            stored[str(each.feed_id)].add(_token_of(each.article.url))
        hits: dict[tuple[str, str], list[Hit]] = defaultdict(list)
        for hit in self.store.hits(backfilled=False):
            hits[str(hit.feed_id), _token_of(hit.url)].append(hit)
        for name, publisher in self.publishers.items():
            if lost := self.readable[name] - stored[name]:
                self._report(publisher, f"lost: {sorted(lost)}")
            for token in self.readable[name] if SHAPES[publisher.shape].has_titles else ():
                self._compare_hits(publisher, token, hits[name, token])

    def _compare_hits(self, publisher: Publisher, token: str, hits: list[Hit]) -> None:
        is_first = token in self.first[publisher.name]
        as_news = [hit for hit in hits if not hit.updated]
        if len(as_news) > (not is_first) and (publisher.name, token) not in self.renamed:
            self._report(publisher, f"{token} announced too often: {[(hit.url, hit.found_at) for hit in as_news]}")
        if not is_first and not hits:
            self._report(publisher, f"{token} never announced")

    def _report(self, publisher: Publisher, problem: str) -> None:
        self.problems.append(f"{publisher.now:%m-%d %H} {publisher.name} {publisher.shape}: {problem}")


def _token_of(url: str) -> str:
    return url.rpartition("/")[2].partition("-")[0]


def create_publishers(seed: int, number: int) -> dict[str, Publisher]:
    """Create so many publishers, of each shape as many."""
    shapes = list(SHAPES)
    names = [f"{shapes[place % len(shapes)]}-{place}-{seed}" for place in range(number)]
    return {name: Publisher(name, shapes[place % len(shapes)], Random(name)) for place, name in enumerate(names)}


async def test_sources_of_each_kind_lose_no_item_in_many_polls_and_announce_none_twice(store):
    """Everything that the publishers simulate happens with these seeds."""
    publishers = {name: each for seed in range(1, SEEDS + 1) for name, each in create_publishers(seed, SOURCES).items()}
    replay = Replay(store, publishers)
    await replay.run(POLLS, Random(SEEDS))
    assert replay.problems == []
    happened = {each for publisher in publishers.values() for each in publisher.happened}
    assert happened >= {
        "new items",
        "burst",
        "more than a page",
        "page failed",
        "deleted",
        "again",
        "reordered",
        "edited",
        "redesigned",
    }
    assert happened >= {"500", "timeout", "429", "empty", "cut", "maintenance", "login", "304", "wall"}
    assert sum(map(len, replay.readable.values())) > 400 * SEEDS
