"""Digests: what it costs to compose and render one of 1,000 hits out of a large archive, in every format.

    python -m benchmarks.digests --articles 1000000

The archive is an SQLite file: each article with a text of its own, one in twenty with an earlier hit, the
last 1,000 with hits that are new. Time (of the CPU) and memory are those of a fresh process that runs the digest.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.row import Row
from monitor.channels.interface import Channel
from monitor.core.model import (
    Article,
    Changed,
    DigestConfig,
    Entry,
    Evidence,
    Feed,
    FeedId,
    FeedState,
    FoundArticle,
    Match,
    Message,
    Poll,
    RuleId,
)
from monitor.store import DatabaseThread, open_store

ARTICLES, NEW, TOLD_EVERY, FEEDS = 200_000, 1_000, 20, 200
NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
TERM = "general-purpose AI"
OWN_TERM = "printf('model-%09d AI', n)"
"""A term of the same length that only one article has: what is done once for each term must count."""
SENTENCE = "The regulator opened a consultation on general-purpose AI models, and asks for answers by February."
DIGEST = DigestConfig(
    id="daily", title="Daily brief", schedule="0 8 * * *", timezone="Europe/Brussels", max_stories=1000
)


def run(articles: int = ARTICLES) -> list[Row]:
    """Fill an archive and run one digest over it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "archive.db"
        fill(file, articles)
        command = [sys.executable, "-m", "benchmarks.digests", "--measure", str(file)]
        measured = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    what = f"a digest of {measured['hits']:,} hits out of {articles:,} articles"
    return [
        Row(
            f"{what}: composed, rendered and queued for a file, mail and Slack",
            measured["seconds"],
            "s",
            "<= 1",
            measured["seconds"] <= 1,
        ),
        Row(f"{what}: memory that it takes", measured["megabytes"], "MB", "<= 100", measured["megabytes"] <= 100),
    ]


def fill(file: Path, articles: int) -> None:
    """Store one article as the daemon does, and copy it within the database."""
    store = open_store(f"sqlite:///{file}", migrate=True)
    store.record(_poll())
    store.close()
    with sqlite3.connect(file) as database:
        for statement in (
            "PRAGMA synchronous = OFF",
            "PRAGMA foreign_keys = OFF",
            "CREATE TABLE n (n INTEGER PRIMARY KEY)",
        ):
            database.execute(statement)
        database.executemany("INSERT INTO n VALUES (?)", ((number,) for number in range(2, articles + 1)))
        recent = f"n > {articles - NEW}"
        at = f"CASE WHEN {recent} THEN stored ELSE datetime(stored, '-' || (1 + n % 300) || ' days') || '.000000' END"
        first_seen = at.replace("stored", "first_seen_at")
        _copy(database, "entries", {"key": "n", "feed_id": f"'feed-' || (n % {FEEDS})", "first_seen_at": first_seen})
        _copy(database, "stories", {})
        _copy(
            database, "articles",
            {"entry_id": "n", "story_id": "n", "feed_id": f"'feed-' || (n % {FEEDS})", "title": "'News number ' || n",
             "url": "'https://news.example/' || n", "text": f"replace(text, '{TERM}', {OWN_TERM})",
             "stored_at": at.replace("stored", "stored_at")},
        )  # fmt: skip
        hit = f"{recent} OR n % {TOLD_EVERY} = 0"
        _copy(
            database, "hits",
            {"entry_id": "n", "article_id": "n", "story_id": "n", "feed_id": f"'feed-' || (n % {FEEDS})",
             "rule_id": "'rule-' || (n % 100)", "topic": "'topic-' || (n % 8)",
             "found_at": at.replace("stored", "found_at"), "evidence": f"replace(evidence, '{TERM}', {OWN_TERM})",
             "prominence": "CASE WHEN n % 3 = 0 THEN 'passing' ELSE 'major' END"},
            hit,
        )  # fmt: skip
        database.execute(
            "INSERT INTO claims (consumer, hit_id, claimed_at, notified) "
            f"SELECT 'digest:daily', id, found_at, 1 FROM hits WHERE id <= {articles - NEW}"
        )
        database.execute("DROP TABLE n")
    database.close()


def _copy(database: sqlite3.Connection, table: str, changes: dict[str, str], where: str = "1") -> None:
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    chosen = ", ".join("n" if name == "id" else changes.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    database.execute(
        f"INSERT INTO {table} ({names}) SELECT {chosen} FROM n, (SELECT * FROM {table} WHERE id = 1) WHERE {where}"
    )


def _poll() -> Poll:
    start = SENTENCE.index(TERM)
    evidence = Evidence(
        term=TERM,
        as_written=TERM,
        zone="lead",
        start=start,
        end=start + len(TERM),
        sentence=SENTENCE,
    )
    match = Match(
        rule_id=RuleId("rule-1"), rule_hash="r", topic="topic-1", status="live", priority="normal", branch="any[0]",
        prominence="major", score=4.0, evidence=(evidence,) * 3,
    )  # fmt: skip
    found = FoundArticle(
        entry=Entry(key="first", title="News number 1"),
        article=Article(title="News number 1", text=f"{SENTENCE}\n\nMore is expected.", language="en"),
        matches=(match,),
    )
    at = NOW - timedelta(hours=2)
    state = FeedState(feed_id=FeedId("feed-1"), last_success_at=at)
    return Poll(
        feed_id=state.feed_id,
        started_at=at,
        finished_at=at,
        outcome=Changed(entries=(found.entry,)),
        state=state,
        found=(found,),
    )


class UnusedChannel(Channel):
    """A channel as far as a message knows it."""

    def __init__(self, name: str, *formats: str) -> None:
        self.name, self.formats = name, frozenset(formats)

    async def send(self, message: Message, delivery: object) -> str:
        """Nothing is sent here."""
        raise NotImplementedError


def measure(file: Path) -> dict[str, float]:
    """Run the digest once, everything imported and nothing warmed up."""
    from monitor.core.matching.rulebook import Topic
    from monitor.deliver import Deliverer, DeliverySettings

    formats = {"file": ("html", "json"), "mail": ("html",), "slack": ("slack",)}
    channels = {name: UnusedChannel(name, *of_channel) for name, of_channel in formats.items()}
    store = open_store(f"sqlite:///{file}", migrate=False)
    settings = DeliverySettings(
        channels=channels,
        digests={DIGEST.id: replace(DIGEST, channels=tuple(channels))},
        alerts=None,
        feeds={
            FeedId(f"feed-{number}"): Feed(
                id=FeedId(f"feed-{number}"), url="https://news.example", title=f"Feed {number}"
            )
            for number in range(FEEDS)
        },
        topics={f"topic-{number}": Topic(title=f"Topic {number}", order=number) for number in range(8)},
    )
    deliverer = Deliverer(store=store, database=DatabaseThread(), settings=settings, clock=lambda: NOW)
    before, started = _peak(), time.process_time()
    run = deliverer.run_digest("daily")
    seconds = time.process_time() - started
    assert run is not None
    return {"hits": run.hits, "messages": run.messages, "seconds": seconds, "megabytes": _peak() - before}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Print the table, or measure for it."""
    parser = argparse.ArgumentParser(description="What a digest costs.")
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--measure", type=Path)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return 0
    rows = run(options.articles)
    for row in rows:
        print(f"{'ok' if row.good else '!!'}  {row.measured:9.3g} {row.unit:<3} {row.limit:<8} {row.what}")
    return int(not all(row.good for row in rows))


if __name__ == "__main__":
    sys.exit(main())
