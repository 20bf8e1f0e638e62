"""Stories: what it costs to find an article's story, and whether the right ones are joined.

    python -m benchmarks.stories --articles 100000

Synthetic syndication: each piece of news is printed by up to fifteen outlets, cut, topped, padded or edited, half the
time under a headline of their own, and stored as the daemon stores it (SQLite, every article with a hit), all within
one week, so that each is compared with all before it. The cost is that of the sketch (of the words that matching has
read anyway), of looking candidates up, of judging them and of leaving marks, apart from all else that storing a poll
takes; the last tenth of the articles is told by itself, since it meets the whole archive. The file lies in memory where
there is a folder for that: only the processor's time counts.
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

from benchmarks.row import Row
from monitor.core import stories
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
)
from monitor.core.text import words as tokens
from monitor.store import Store, open_store
from monitor.store import _stories as story_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

ARTICLES = 10_000
FEEDS, BATCH, WORDS = 200, 500, 400
START, WEEK = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=7)
MEMORY = Path("/dev/shm")
MATCH = Match(
    rule_id=RuleId("bench"), rule_hash="r", topic="t", status="live", priority="normal", branch="any[0]",
    prominence="major", score=1.0, evidence=(),
)  # fmt: skip


class Printed(NamedTuple):
    """An article as an outlet prints it."""

    news: int
    feed: int
    title: str
    text: str


def run(number: int = ARTICLES) -> list[Row]:
    """Store syndicated articles and measure what grouping them took."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        store = open_store(f"sqlite:///{folder}/bench.db", migrate=True)
        news, costs = _grouping(store, number)
        together, wrong = _judge(store, news)
        store.close()
    cost, last = (sum(each) / len(each) * 1000 for each in (costs, costs[-max(len(costs) // 10, 1) :]))
    return [
        Row(f"CPU to find the story of an article, {number:,} in a week", cost, "ms", "<= 2", good=cost <= 2),
        Row("the same for the last tenth of them", last, "ms", "<= 2", good=last <= 2),
        Row("copies that stand in the story of their news", together * 100, "%", ">= 95", good=together >= 0.95),
        Row("stories with two different pieces of news in them", wrong, "", "0", good=wrong == 0),
    ]


def _grouping(store: Store, number: int) -> tuple[list[int], list[float]]:
    """Store articles; tell the news of each, and of each batch the processor time that grouping took an article."""
    spent = 0.0
    join = story_tables.join

    def timed(*given: object) -> dict[int, int]:
        nonlocal spent
        start = time.process_time()
        joined = join(*given)  # type: ignore[arg-type]  # passed through
        spent += time.process_time() - start
        return joined

    news: list[int] = []
    costs: list[float] = []
    printing = syndicate(number, random.Random(11))
    story_tables.join = timed  # type: ignore[assignment]  # the only place where grouping stands alone
    try:
        while batch := list(islice(printing, BATCH)):
            read = [tokens(each.text) for each in batch]
            before, start = spent, time.process_time()
            sketches = [stories.hash_shingles(each, "en") for each in read]
            spent += time.process_time() - start
            for poll in _polls(batch, sketches, len(news), START + WEEK * len(news) / number):
                store.record(poll)
            news += [each.news for each in batch]
            costs.append((spent - before) / len(batch))
    finally:
        story_tables.join = join
    return news, costs


def _polls(printed: list[Printed], sketches: list[tuple[int, ...]], first: int, now: datetime) -> Iterator[Poll]:
    found: dict[int, list[FoundArticle]] = defaultdict(list)
    for number, (each, shingle_hashes) in enumerate(zip(printed, sketches, strict=True), first):
        key = sha256(str(number).encode()).hexdigest()
        entry = Entry(key=key, link=f"https://feed{each.feed}.example/{number}", title=each.title, content_hash=key)
        article = Article(title=each.title, text=each.text, url=entry.link, language="en", quality="full")
        found[each.feed].append(
            FoundArticle(entry=entry, article=article, matches=(MATCH,), shingle_hashes=shingle_hashes)
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
    """Return the share of articles that stand with the most of their news, and the stories that mix several."""
    places: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    mixed = 0
    for story in store.stories():
        told = [news[int(article.url.rpartition("/")[2])] for article in story.articles]
        mixed += len(set(told)) > 1
        for each in told:
            places[each][story.id] += 1
    return sum(max(counts.values()) for counts in places.values()) / len(news), mixed


def syndicate(number: int, rng: random.Random) -> Iterator[Printed]:
    """Print news until there are so many articles, each piece by outlets of its own within an hour or so."""
    words = _vocabulary(30_000, rng)
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    news = made = 0
    while made < number:
        original = rng.choices(words, cum_weights=weights, k=WORDS)
        title = rng.choices(words[200:], k=9)
        for feed in rng.sample(range(FEEDS), k=rng.randrange(1, 16)):
            yield Printed(news, feed, _headline(title, words, rng), " ".join(_edited(original, words, rng)))
            made += 1
            if made == number:
                return
        news += 1


def _headline(title: list[str], words: list[str], rng: random.Random) -> str:
    own = rng.choices(words[200:], k=9) if rng.random() < 0.5 else title
    return " ".join(own).capitalize()


def _edited(text: list[str], words: list[str], rng: random.Random) -> list[str]:
    """Do to a wire report what outlets do to it."""
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
    parser = argparse.ArgumentParser(description="What it costs to group articles into stories")
    parser.add_argument("--articles", type=int, default=ARTICLES)
    for row in (rows := run(parser.parse_args().articles)):
        print(f"{row.what:80} {row.measured:8.3f} {row.unit:3} {row.limit:>9}  {'ok' if row.good else 'MISSED'}")
    sys.exit(not all(row.good for row in rows))
