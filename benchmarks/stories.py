"""Cost of finding the story of an article, and whether the right articles are joined.

    python -m benchmarks.stories --articles 100000 [--events DIR]

The articles are synthetic: each news item is published by up to fifteen outlets, shortened, extended or edited, half
the time with another headline, and stored as the daemon does (SQLite, every article with a hit), all within one week,
so that each is compared with all before it. Measured are the shingle hashes (of words that matching has tokenized),
the terms, the search for candidates, the decision and the index entries, without the rest of storing a poll. The last
tenth of the articles has its own row, since it is compared with the whole archive. Polls bring about three articles.
The daemon stores those that end while it writes in one transaction, 32 at most: so are half of them here, and the
others, as in a quiet hour, one by one. The file is in memory if possible, because only CPU time counts.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import event_scores
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

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


def run(number: int = ARTICLES, events: Path | None = None) -> list[Row]:
    """Store syndicated articles and measure the cost of grouping them; compare stories with labelled events, if any."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        store = open_store(f"sqlite:///{folder}/bench.db", migrate=True)
        news, costs = _grouping(store, number)
        together, wrong = _judge(store, news)
        store.close()
    last = {polls: each[-max(len(each) // 10, 1) :] for polls, each in costs.items()}
    return [
        _cost(f"CPU to find the story of an article, {number:,} in a week, poll by poll", costs[1]),
        _cost("the same for the last tenth of them", last[1]),
        _cost(f"the same if {MAX_POLLS_OF_TRANSACTION} polls are stored at once", costs[MAX_POLLS_OF_TRANSACTION]),
        _cost("the same for the last tenth of them", last[MAX_POLLS_OF_TRANSACTION]),
        Row("copies in the story of their news item", together * 100, "%", ">= 95", good=together >= 0.95),
        Row("stories with two different news items", wrong, "", "0", good=wrong == 0),
        *event_scores.run_on(events),
    ]


def _cost(what: str, seconds: Sequence[float]) -> Row:
    mean = sum(seconds) / len(seconds) * 1000 if seconds else 0.0
    return Row(what, mean, "ms", "<= 2", good=mean <= 2)


def _grouping(store: Store, number: int) -> tuple[list[int], dict[int, list[float]]]:
    """Store articles; return the news item of each, and the CPU seconds of grouping an article of each batch.

    The latter by the number of polls that were stored at once.
    """
    spent = 0.0
    assign_stories = story_repository.assign_stories

    def timed(*given: object) -> dict[int, int]:
        nonlocal spent
        start = time.process_time()
        joined = assign_stories(*given)  # type: ignore[arg-type]  # passed through
        spent += time.process_time() - start
        return joined

    news: list[int] = []
    costs: dict[int, list[float]] = {1: [], MAX_POLLS_OF_TRANSACTION: []}
    published = syndicate(number, random.Random(11))
    story_repository.assign_stories = timed  # type: ignore[assignment]  # the only call that does nothing but grouping
    try:
        while batch := list(islice(published, BATCH)):
            read = [tokens(each.text) for each in batch]
            before, start = spent, time.process_time()
            hashes = [hash_shingles(each, "en") for each in read]
            terms = [find_terms(each.title, each.text) for each in batch]
            spent += time.process_time() - start
            polls = _polls(batch, hashes, terms, len(news), START + WEEK * len(news) / number)
            at_once = min(costs, key=lambda polls: len(costs[polls]))
            while several := list(islice(polls, at_once)):
                store.record_all(several)
            news += [each.news for each in batch]
            costs[at_once].append((spent - before) / len(batch))
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
    given = parser.parse_args()
    for row in (rows := run(given.articles, given.events)):
        print(format_row(row))
    sys.exit(not all(row.good for row in rows))
