"""Cost of finding the story of an article, and whether the right articles are joined.

    python -m benchmarks.stories --articles 100000 [--postgresql] [--events DIR]

The articles are synthetic: each news item is published by up to fifteen outlets, shortened, extended or edited, half
the time with another headline, and stored as the daemon does (SQLite, every article with a hit), all within one week,
so that each is compared with all before it. Measured are the shingle hashes (of words that matching has tokenized),
the terms, the search for candidates, the decision and the index entries, without the rest of storing a poll. The last
tenth of the articles has its own row, since it is compared with the whole archive. Polls bring about three articles.
The daemon stores those that end while it writes in one transaction, 32 at most: so are half of them here, and the
others, as in a quiet hour, one by one. The file is in memory if possible, because only CPU time counts. With
`--postgresql`, the CPU time of the server's process for the connection has its own rows (Linux only).
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import event_scores
from benchmarks.databases import DatabaseKind, temporary_database
from benchmarks.row import Row, format_row
from monitor.core.model import (
    Article,
    Changed,
    Entry,
    FeedId,
    FeedState,
    FoundArticle,
    Match,
    Poll,
    RuleId,
    StoryTerms,
)
from monitor.core.stories.fingerprints import hash_shingles
from monitor.core.stories.weighted_terms import find_terms
from monitor.core.text import words as tokens
from monitor.poll.recorder import MAX_POLLS_OF_TRANSACTION
from monitor.store import Store, open_store
from monitor.store import _stories as story_repository
from monitor.store._stories import assign_stories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.engine import Connection

    from monitor.store._archiving import ArchivedArticle

ARTICLES = 10_000
FEEDS, BATCH, WORDS = 200, 500, 400
START, WEEK = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=7)
MEMORY = Path("/dev/shm")
MATCH = Match(
    rule_id=RuleId("bench"), rule_hash="r", topic="t", status="live", priority="normal", branch="any[0]",
    prominence="major", score=1.0, evidence=(),
)  # fmt: skip


class PublishedArticle(NamedTuple):
    """An article as one outlet publishes it."""

    news: int
    feed: int
    title: str
    text: str


class Cost(NamedTuple):
    """CPU seconds of an article."""

    program: float
    server: float
    """Of PostgreSQL's process for the connection."""


def run(number: int = ARTICLES, events: Path | None = None, kind: DatabaseKind = "sqlite") -> list[Row]:
    """Store syndicated articles and measure the cost of grouping them; compare stories with labelled events, if any."""
    memory = MEMORY if MEMORY.is_dir() else None
    with temporary_database(kind, parent=memory) as url, closing(open_store(url, migrate=True)) as store:
        news, costs = _grouping(store, number)
        together, wrong = _judge(store, news)
    several = MAX_POLLS_OF_TRANSACTION
    return [
        *_costs(f"CPU to find the story of an article, {number:,} in a week, poll by poll", costs[1]),
        *_costs(f"the same if {several} polls are stored at once", costs[several]),
        Row("copies in the story of their news item", together * 100, "%", ">= 95", good=together >= 0.95),
        Row("stories with two different news items", wrong, "", "0", good=wrong == 0),
        *event_scores.run_on(events),
    ]


def _costs(what: str, costs: Sequence[Cost]) -> Iterator[Row]:
    yield _cost(what, [each.program for each in costs])
    last = costs[-max(len(costs) // 10, 1) :]
    yield _cost("the same for the last tenth of them", [each.program for each in last])
    if any(each.server for each in costs):
        yield _cost("CPU of the server for it", [each.server for each in costs], limited=False)
        yield _cost("the same for the last tenth of them", [each.server for each in last], limited=False)


def _cost(what: str, seconds: Sequence[float], *, limited: bool = True) -> Row:
    mean = sum(seconds) / len(seconds) * 1000 if seconds else 0.0
    return Row(what, mean, "ms", "<= 2" if limited else "", good=mean <= 2 or not limited)


class _Meter:
    """CPU seconds of `assign_stories`, which does nothing but grouping, and of the server meanwhile."""

    def __init__(self) -> None:
        self.program = self.server = 0.0

    def assign_stories(self, connection: Connection, archived: Iterable[ArchivedArticle]) -> dict[int, int]:
        server_start, start = _server_seconds(connection), time.process_time()
        joined = assign_stories(connection, archived)
        self.program += time.process_time() - start
        self.server += _server_seconds(connection) - server_start
        return joined


def _server_seconds(connection: Connection) -> float:
    """Return the CPU seconds of PostgreSQL's process for a connection so far; zero for SQLite."""
    if connection.dialect.name != "postgresql":
        return 0.0
    driver: Any = connection.connection.dbapi_connection
    return int(Path(f"/proc/{driver.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9


def _grouping(store: Store, number: int) -> tuple[list[int], dict[int, list[Cost]]]:
    """Store articles; return the news item of each, and what grouping an article of each batch cost.

    The latter by the number of polls that were stored at once.
    """
    meter, news = _Meter(), list[int]()
    costs: dict[int, list[Cost]] = {1: [], MAX_POLLS_OF_TRANSACTION: []}
    published = syndicate(number, random.Random(11))
    story_repository.assign_stories = meter.assign_stories
    try:
        while batch := list(islice(published, BATCH)):
            read = [tokens(each.text) for each in batch]
            before, server_before, start = meter.program, meter.server, time.process_time()
            hashes = [hash_shingles(each, "en") for each in read]
            terms = [find_terms(each.title, each.text) for each in batch]
            meter.program += time.process_time() - start
            polls = _polls(batch, hashes, terms, len(news), START + WEEK * len(news) / number)
            at_once = min(costs, key=lambda polls: len(costs[polls]))
            while several := list(islice(polls, at_once)):
                store.record_all(several)
            news += [each.news for each in batch]
            spent = meter.program - before, meter.server - server_before
            costs[at_once].append(Cost(*(each / len(batch) for each in spent)))
    finally:
        story_repository.assign_stories = assign_stories
    return news, costs


def _polls(
    articles_of_batch: list[PublishedArticle],
    hashes: list[tuple[int, ...]],
    terms: list[StoryTerms],
    first: int,
    now: datetime,
) -> Iterator[Poll]:
    found: dict[int, list[FoundArticle]] = defaultdict(list)
    for number, (each, shingle_hashes, found_terms) in enumerate(
        zip(articles_of_batch, hashes, terms, strict=True), first
    ):
        key = sha256(str(number).encode()).hexdigest()
        entry = Entry(key=key, link=f"https://feed{each.feed}.example/{number}", title=each.title, content_hash=key)
        article = Article(title=each.title, text=each.text, url=entry.link, language="en", quality="full")
        found[each.feed].append(
            FoundArticle(
                entry=entry, article=article, matches=(MATCH,), shingle_hashes=shingle_hashes, terms=found_terms
            )
        )
    for feed, articles in found.items():
        feed_id = FeedId(f"feed-{feed}")
        yield Poll(
            feed_id=feed_id,
            started_at=now,
            finished_at=now,
            outcome=Changed(entries=tuple(each.entry for each in articles)),
            state=FeedState(feed_id=feed_id, last_poll_at=now),
            found=tuple(articles),
        )


def _judge(store: Store, news: list[int]) -> tuple[float, int]:
    """Return the share of articles in the largest story of their news item, and the number of mixed stories."""
    counts_by_item: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    mixed = 0
    for story in store.stories():
        items = [news[int(article.url.rpartition("/")[2])] for article in story.articles]
        mixed += len(set(items)) > 1
        for each in items:
            counts_by_item[each][story.id] += 1
    return sum(max(counts.values()) for counts in counts_by_item.values()) / len(news), mixed


def syndicate(number: int, rng: random.Random) -> Iterator[PublishedArticle]:
    """Yield this many articles; each news item is published by several outlets in a row."""
    words = _vocabulary(30_000, rng)
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    news = made = 0
    while made < number:
        original = rng.choices(words, cum_weights=weights, k=WORDS)
        title = rng.choices(words[200:], k=9)
        for feed in rng.sample(range(FEEDS), k=rng.randrange(1, 16)):
            yield PublishedArticle(news, feed, _headline(title, words, rng), " ".join(_edited(original, words, rng)))
            made += 1
            if made == number:
                return
        news += 1


def _headline(title: list[str], words: list[str], rng: random.Random) -> str:
    own = rng.choices(words[200:], k=9) if rng.random() < 0.5 else title
    return " ".join(own).capitalize()


def _edited(text: list[str], words: list[str], rng: random.Random) -> list[str]:
    """Return a wire report as an outlet edits it."""
    footer = rng.choices(words, k=25)
    match rng.randrange(5):
        case 0:
            return [*footer[:3], *text, *footer]
        case 1:
            return [*text[: int(len(text) * 0.7)], *footer]
        case 2:
            return [*text[: len(text) // 2], *footer]
        case 3:
            return [*text[:150], *rng.choices(words, k=160), *text[150:]]
        case _:
            return [word if rng.random() > 0.05 else rng.choice(words) for word in text]


def _vocabulary(size: int, rng: random.Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < size:
        found["".join(rng.choices("etaoinshrdlucmfw", k=rng.randrange(3, 11)))] = None
    return list(found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Cost of grouping articles into stories")
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--events", type=Path, help="folder with labelled articles (benchmarks.event_scores)")
    parser.add_argument("--postgresql", action="store_true")
    given = parser.parse_args()
    for row in (rows := run(given.articles, given.events, "postgresql" if given.postgresql else "sqlite")):
        print(format_row(row))
    sys.exit(not all(row.good for row in rows))
