"""Storing: what recording a poll costs, beside the bare driver writing the very same rows.

    python -m benchmarks.storing

Synthetic polls go through the store into one SQLite file; then the rows that came of each, and an FTS5 index of the
texts, are written into another one by sqlite3 alone, a table an executemany, a poll a transaction. Processor time of
both in one run, the lower quartile of many polls; the last figure is that of reading what a digest of 1,000 hits is
composed of.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

from benchmarks.row import Row
from monitor.core.articles.boilerplate import paragraph_keys, split_paragraphs
from monitor.core.model import (
    Article,
    Changed,
    Entry,
    Evidence,
    FeedId,
    FeedState,
    FoundArticle,
    Match,
    Poll,
    RuleId,
    Unchanged,
)
from monitor.core.stories.fingerprints import hash_article_shingles
from monitor.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

POLLS, ARTICLES, WORDS, WARM_UP = 120, 20, 500, 10
START = datetime(2026, 1, 1, tzinfo=UTC)
FEED = FeedId("bench")
TABLES = (
    *("stories", "entries", "articles", "aliases", "fingerprints", "logged_story_keys", "hits", "polls"),
    "search_documents",
)
"""Parents before children."""
TEXTS = "texts"
"""SQLite's own index of titles and texts, in place of the postings, which are written for many polls at once."""


def run(polls: int = POLLS) -> list[Row]:
    """Record polls without news, with twenty articles, and with four hits among them."""
    rng = random.Random(7)
    rows = _cost("a poll without news", [_unchanged(n) for n in range(polls)], 6)
    rows += _cost("a poll of 20 articles", [_changed(n, 0, rng) for n in range(polls)], 6)
    rows += _cost("a poll of 20 articles, 4 hits", [_changed(n, 4, rng) for n in range(polls)], 8)
    return [*rows, _digest(rng)]


def _cost(what: str, polls: Sequence[Poll], limit: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/store.db", migrate=True)
        open_store(f"sqlite:///{folder}/bare.db", migrate=True).close()
        ours, rows = _recorded(store, Path(folder) / "store.db", polls)
        bare = _written(Path(folder) / "bare.db", rows)
        store.close()
    ratio = ours / bare
    return [
        Row(f"CPU to record {what}", ours * 1000, "ms", "", good=True),
        Row(f"CPU to record {what}, beside bare sqlite3", ratio, "x", f"<= {limit}", good=ratio <= limit),
    ]


def _recorded(
    store: Store, file: Path, polls: Sequence[Poll]
) -> tuple[float, list[dict[str, list[tuple[object, ...]]]]]:
    """Record every poll; its typical processor time, and the rows that came of each."""
    seconds: list[float] = []
    rows: list[dict[str, list[tuple[object, ...]]]] = []
    with closing(sqlite3.connect(file)) as reader:
        seen = _counts(reader)
        for poll in polls:
            seconds.append(_cpu(store.record, poll))
            written = {name: _since(reader, name, seen[name]) for name in TABLES}
            rows.append({**written, TEXTS: [_texts(reader, row[0]) for row in written["articles"]]})
            seen = _counts(reader)
    return _typical(seconds), rows


def _texts(reader: sqlite3.Connection, article_id: object) -> tuple[str, ...]:
    row = reader.execute("SELECT title, text FROM articles WHERE id = ?", [article_id]).fetchone()
    return tuple(row)


def _counts(reader: sqlite3.Connection) -> dict[str, int]:
    return {name: reader.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}


def _since(reader: sqlite3.Connection, table: str, seen: int) -> list[tuple[object, ...]]:
    """The rows of a table that were not there before; those without a row id are identified by their article."""
    order = {"aliases": "entry_id", "fingerprints": "article_id", "search_documents": "article_id"}.get(table, "id")
    return reader.execute(f"SELECT * FROM {table} ORDER BY {order} LIMIT -1 OFFSET {seen}").fetchall()


def _written(file: Path, polls: Sequence[dict[str, list[tuple[object, ...]]]]) -> float:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"CREATE VIRTUAL TABLE {TEXTS} USING fts5(title, text, detail=none, content='')")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        return _typical([_cpu(_write, connection, rows) for rows in polls])


def _write(connection: sqlite3.Connection, rows: dict[str, list[tuple[object, ...]]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO feed_states (feed_id, interval_reason, failures, health, reason, moved_count)"
        " VALUES ('bench', '', 0, 'ok', '', 0) ON CONFLICT (feed_id) DO UPDATE SET health = excluded.health"
    )
    for name, values in rows.items():
        if values:
            marks = ", ".join("?" * len(values[0]))
            columns = " (title, text)" if name == TEXTS else ""  # a contentless table chooses its row ids
            connection.executemany(f"INSERT OR REPLACE INTO {name}{columns} VALUES ({marks})", values)
    connection.execute("COMMIT")


def _digest(rng: random.Random) -> Row:
    """Ask for the thousand hits of a day, among those of many."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/store.db", migrate=True)
        for number in range(150):
            store.record(_changed(number, ARTICLES, rng, gap=timedelta(minutes=28)))
        until = START + 150 * timedelta(minutes=28)
        start = time.process_time()
        hits = store.hits_to_digest("daily", until + timedelta(days=6))
        store.stories_of({hit.story_id for hit in hits})
        seconds = time.process_time() - start
        store.close()
    each = seconds / len(hits) * 1000
    return Row("CPU to read 1,000 hits and their stories", each * 1000, "ms", "<= 1000", good=each <= 1)


def _typical(seconds: list[float]) -> float:
    """Return the lower quartile, since other programs can only add time."""
    return quantiles(seconds[WARM_UP:], n=4)[0]


def _cpu(what: Callable[..., object], *given: object) -> float:
    start = time.process_time()
    what(*given)
    return time.process_time() - start


def _unchanged(number: int) -> Poll:
    return _poll(number, Unchanged(), ())


def _changed(number: int, hits: int, rng: random.Random, gap: timedelta = timedelta(hours=1)) -> Poll:
    found = tuple(_found(f"{number}-{n}", rng, hit=n < hits) for n in range(ARTICLES))
    return _poll(number, Changed(entries=tuple(each.entry for each in found)), found, gap)


def _poll(
    number: int, outcome: Changed | Unchanged, found: tuple[FoundArticle, ...], gap: timedelta = timedelta(hours=1)
) -> Poll:
    at = START + number * gap
    state = FeedState(feed_id=FEED, last_poll_at=at, next_poll_at=at + gap, interval=gap)
    return Poll(feed_id=FEED, started_at=at, finished_at=at, outcome=outcome, state=state, found=found)


def _found(name: str, rng: random.Random, *, hit: bool) -> FoundArticle:
    key = sha256(name.encode()).hexdigest()
    link = f"https://bench.example/{name}"
    title, text = (" ".join(f"w{rng.randrange(20_000)}" for _ in range(number)) for number in (9, WORDS))
    aliases = (key[::-1], f"title {name}")
    entry = Entry(key=key, guid=link, link=link, title=title, summary=text[:300], content_hash=key, aliases=aliases)
    article = Article(title=title, text=text, url=link, language="en", quality="full")
    return FoundArticle(
        entry=entry,
        article=article,
        matches=(_match(title),) if hit else (),
        shingle_hashes=hash_article_shingles(article) if hit else (),
        paragraphs=paragraph_keys(split_paragraphs(text)),
    )


def _match(title: str) -> Match:
    piece = Evidence(term="w1", as_written="w1", zone="title", start=0, end=2, sentence=title)
    return Match(
        rule_id=RuleId("bench"),
        rule_hash="r",
        topic="t",
        status="live",
        priority="normal",
        branch="any[0]",
        prominence="major",
        score=1.0,
        evidence=(piece, piece, piece),
    )


def main() -> int:
    """Print the table; 1 when a limit is passed."""
    rows = run()
    for row in rows:
        print(f"{row.what:62} {row.measured:8.2f} {row.unit:3} {row.limit:9} {'' if row.good else 'MISSED'}")
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
