"""A real store, fetcher and matcher, a loopback site, and a clock that tests move."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.core import articles, sources
from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Entry, Feed, Poll, Response, Source
from monitor.core.polls.analysis import Analysis, analyse
from monitor.core.rules import SourceFile, load
from monitor.core.sources import ParsedSource
from monitor.fetch import Fetcher
from monitor.poll import Poller
from monitor.store import DatabaseThread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable

    from monitor.store import Store

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
RULES = """version: 1
rules:
- id: ai-act
  title: AI Act
  topic: testing
  status: live
  any: [AI Act, artificial intelligence]
  tests: [{hit: the AI Act}, {miss: nothing}]
"""
PROSE = (
    "<p>The committee met in the morning, and heard from the ministry what had been done since the last session.</p>"
)


async def poll_one(poller: Poller, feed_id: str) -> Poll:
    """Poll one feed now, whether due or not; unlike that of a command, the poll has the texts of its articles."""
    [due_feed] = await poller._with_states([poller.feeds[feed_id]])
    return await poller._feed_poller.poll(*due_feed)


class InlineMatcher:
    """What a PooledMatcher does, in this process."""

    def __init__(self, rules: Matcher) -> None:
        self.rules = rules

    async def analyse(
        self, article: Article, source: Source, common: Collection[int], *, seconds: float | None = None
    ) -> Analysis:
        return analyse(self.rules, article, source, common)


def matcher(rules: str = RULES) -> InlineMatcher:
    book, problems = load([SourceFile("r.yaml", rules)])
    assert not [problem for problem in problems if problem.level == "error"]
    return InlineMatcher(Matcher(book.rules))


class InlineReading:
    """What the pool of processes does, in this process."""

    async def parse_source(self, feed: Feed, response: Response, now: datetime) -> ParsedSource:
        parsed = sources.kind_of(feed).parse(feed, response, now, b"")
        return parsed._replace(outcome=sources.keep_matching(feed, parsed.outcome))

    def drop_cache(self, feed: Feed) -> None:
        """Keep no cache."""

    async def extract(self, page: bytes, content_type: str, entry: Entry, select: str = "") -> Article:
        return articles.extract(page, content_type, entry, select)

    async def from_feed(self, entry: Entry, reason: str) -> Article:
        return articles.from_feed(entry, reason)

    async def run(self, function: Callable[..., object], *args: object, seconds: float | None = None) -> object:
        return function(*args)


@dataclass
class PolledFeeds:
    """A poller with its store, and the clock of both."""

    store: Store
    poller: Poller
    now: list[datetime] = field(default_factory=lambda: [START])

    async def poll(self, after: timedelta = timedelta(0), feed_id: str = "x") -> Poll:
        self.now[0] += after
        return await poll_one(self.poller, feed_id)

    def titles(self) -> list[str]:
        return [stored.article.title for stored in self.store.articles(since=datetime(2000, 1, 1, tzinfo=UTC))]

    def state(self, feed_id: str = "x"):
        return self.store.state(feed_id)


@asynccontextmanager
async def polled_feeds(
    store: Store, feeds: Iterable[Feed], *, reading: object | None = None, **options: object
) -> AsyncIterator[PolledFeeds]:
    now = [START]
    usual = {
        "user_agent": "tester", "min_gap": 0.0, "allow_networks": ["127.0.0.0/8"], "now": lambda: now[0],
    }  # fmt: skip
    fetcher = Fetcher(**{**usual, **options})
    with DatabaseThread() as database:
        poller = Poller(
            store=store,
            fetcher=fetcher,
            pool=reading or InlineReading(),
            matcher=matcher(),
            feeds=feeds,
            clock=lambda: now[0],
            jitter=lambda: 0.0,
            database=database,
        )
        try:
            yield PolledFeeds(store, poller, now)
        finally:
            await fetcher.aclose()
