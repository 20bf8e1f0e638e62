"""Searching: what queries cost in a large archive, how large the index is, and what it adds to storing an article.

    python -m benchmarks.searching --articles 1000000 [--postgresql] [--folder DIR]

The index is everything that exists only for searches: the words of the articles in order, the postings, and the
numbered words, each with its own indexes. It is compared with the titles and texts in bytes. Texts are invented, and
what decides its size is taken from 5,000 real English news pages: words of a Zipf distribution in a vocabulary that
grows with the archive, which recur within an article; six bytes a word with its punctuation; a lognormal length with a
median of 550 words, of which half are different.

Queries are words from common to rare; phrases of two or three words in a row from some article; and words with filters.
Wall time of each and processor time of this process, the 95th percentiles of a kind; a page of 20 answers is read with
its texts. A tenth of the articles has a hit. With a folder, the archive is kept there and used again.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import col

from benchmarks.databases import DatabaseKind, temporary_database
from benchmarks.row import Row, format_row
from monitor.core.search.query_parser import parse_query
from monitor.core.search.request import SearchRequest
from monitor.store import Store, _search_index, open_store
from monitor.store._incoming_tables import ArticleRow, EntryRow, HitRow
from monitor.store._story_tables import StoryRow

if TYPE_CHECKING:
    from collections.abc import Sequence

ARTICLES, AT_ONCE = 20_000, 500
START = datetime(2020, 1, 1, tzinfo=UTC)
NEW, REST = timedelta(days=30), timedelta(days=1500)
COMMON = 120_000
"""Words that an archive of any size has; the others are each in few articles."""
SIZE_LIMIT, LARGE = 0.6, 200_000
"""Share of the texts that the index may take, from so many articles on: a smaller archive has a larger share, since
each word and each list of articles takes up at least a row."""
LIMITS = {"a word": 50, "a phrase": 150, "a word with filters": 200}
"""Milliseconds, for a million articles."""


def run(articles: int = ARTICLES) -> list[Row]:
    """Measure both databases with a small archive."""
    return [*measure("sqlite", articles), *measure("postgresql", articles)]


def measure(kind: DatabaseKind, articles: int, folder: Path | None = None) -> list[Row]:
    """Fill an archive, index it, and run the queries."""
    with temporary_database(kind, folder) as url, contextlib.closing(open_store(url, migrate=True)) as store:
        rows = [] if _is_filled(store) else [_fill(store, kind, articles, Texts(random.Random(3)))]
        share = _index_size(store) / _texts_size(store)
        limit, good = (f"<= {SIZE_LIMIT}", share <= SIZE_LIMIT) if articles >= LARGE else ("", True)
        size = Row(f"{kind}: size of the index beside the texts", share, "x", limit, good=good)
        return [*rows, size, *_ask_all(store, kind, articles)]


class Texts:
    """Invented texts whose words are distributed like those of news."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        shares = [1 / (rank + 2.7) ** 1.05 for rank in range(COMMON)]
        total = sum(shares)
        self._common = [
            _word(rank) for rank, share in enumerate(shares) for _ in range(max(1, round(share / total * 2_000_000)))
        ]

    def words(self) -> list[str]:
        """Return the words of one article."""
        length = min(6_000, int(self.rng.lognormvariate(math.log(550), 0.75)) + 20)
        drawn = self.rng.choices(self._common, k=length)
        for place in range(self.rng.randrange(120), length, 120):
            drawn[place] = _word(COMMON + int(math.exp(self.rng.uniform(0, 15))))
        for place in range(length // 4, length, 3):  # what an article is about recurs
            drawn[place] = drawn[place // 3]
        return drawn

    def text(self, words: Sequence[str]) -> str:
        """Write words as sentences and paragraphs."""
        sentences = [" ".join(words[start : start + 18]).capitalize() + "." for start in range(0, len(words), 18)]
        return "\n\n".join(" ".join(sentences[start : start + 4]) for start in range(0, len(sentences), 4))


def _is_filled(store: Store) -> bool:
    with store._reading() as connection:  # noqa: SLF001 - a benchmark of the store
        return connection.execute(sa.select(col(ArticleRow.id)).limit(1)).first() is not None


def _fill(store: Store, kind: str, articles: int, texts: Texts) -> Row:
    """Store articles past the pipeline and index them."""
    seconds = 0.0
    with store._writing() as connection:  # noqa: SLF001 - a benchmark of the store
        connection.execute(sa.insert(StoryRow), {"id": 1, "first_at": START, "last_at": START + REST})
    for start in range(0, articles, AT_ONCE):
        entries, rows, hits = [], [], list[dict[str, Any]]()
        for number in range(start, min(start + AT_ONCE, articles)):
            words = texts.words()
            title, text = " ".join(words[:9]), texts.text(words)
            at = START + REST * (number / articles)
            hits += [_hit(number, at)] * (number % 10 == 0)
            entries.append({"id": number + 1, **_entry(number, at)})
            rows.append({"id": number + 1, "entry_id": number + 1, **_article(number, at, text, title)})
        with store._writing() as connection:  # noqa: SLF001 - a benchmark of the store
            connection.execute(sa.insert(EntryRow), entries)
            connection.execute(sa.insert(ArticleRow), rows)
            connection.execute(sa.insert(HitRow), hits)
            started = time.process_time()
            _search_index.add(connection, [_document(row) for row in rows])
            seconds += time.process_time() - started
    return Row(f"{kind}: CPU to index an article, this process", seconds / articles * 1000, "ms", "", good=True)


def _document(row: dict[str, Any]) -> _search_index.IndexableArticle:
    fields = ("entry_id", "feed_id", "language", "stored_at", "title", "text")
    return _search_index.IndexableArticle(row["id"], *(row[field] for field in fields))


def _ask_all(store: Store, kind: str, articles: int) -> list[Row]:
    rng = random.Random(4)
    with store._reading() as connection:  # noqa: SLF001 - a benchmark of the store
        ids = rng.sample(range(1, articles + 1), k=min(100, articles))
        found = connection.execute(sa.select(col(ArticleRow.text)).where(sa.column("id").in_(ids))).scalars()
        phrases = [_phrase(text.split(), rng) for text in found]
    queries = {
        "a word": [{"text": _word(_rank(rng))} for _ in range(200)],
        "a phrase": [{"text": f'"{phrase}"'} for phrase in phrases],
        "a word with filters": [{"text": _word(_rank(rng)), **_filters(number)} for number in range(200)],
    }
    rows = []
    for what, asked in queries.items():
        walls, spent = zip(*(_ask(store, **each) for each in asked), strict=True)
        (slow, cpu), limit = (quantiles(each, n=20)[-1] for each in (walls, spent)), LIMITS[what]
        rows.append(Row(f"{kind}: {what}, {articles:,} articles", slow, "ms", f"<= {limit}", good=slow <= limit))
        rows.append(Row(f"{kind}: {what}, CPU", cpu, "ms", "", good=True))
        rows.append(Row(f"{kind}: {what}, the slowest", max(walls), "ms", "", good=True))
    return rows


def _phrase(words: list[str], rng: random.Random) -> str:
    at = rng.randrange(len(words) - 3)
    return " ".join(words[at : at + rng.choice((2, 3))]).replace(".", "")


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


def _ask(store: Store, text: str, **filters: Any) -> tuple[float, float]:
    """Return the milliseconds of wall and processor time of a search."""
    wall, cpu = time.perf_counter(), time.process_time()
    store.search(SearchRequest(query=parse_query(text), **filters), limit=20)
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def _hit(number: int, at: datetime) -> dict[str, Any]:
    names = ("rule_id", "rule_hash", "status", "priority", "branch", "prominence", "text_hash")
    flags = dict.fromkeys(("partial", "backfilled", "updated"), False)
    return {
        "id": number + 1, "topic": "rare" if number % 1000 == 0 else "common", "feed_id": f"feed{number % 200}",
        "entry_id": number + 1, "article_id": number + 1, "story_id": 1, "found_at": at, "score": 1.0, "evidence": [],
        **dict.fromkeys(names, ""), **flags,
    }  # fmt: skip


def _filters(number: int) -> dict[str, Any]:
    feeds = frozenset(f"feed{(number + each) % 200}" for each in range(20))
    filters: list[dict[str, Any]] = [
        {"language": "de"}, {"since": START + REST - NEW}, {"feeds": feeds}, {"matched": False}, {"topic": "rare"},
        {"matched": True}, {"until": START + NEW}, {"feeds": frozenset(["feed7"]), "language": "en"},
        {"topic": "common", "language": "fr"},
        {"language": "en", "feeds": feeds, "since": START + REST / 2, "until": START + REST, "matched": False},
    ]  # fmt: skip
    return filters[number % 10]


def _rank(rng: random.Random) -> int:
    """Return the rank of a word that people search for: neither a function word nor a word that occurs nowhere."""
    return int(math.exp(rng.uniform(math.log(40), math.log(COMMON))))


def _word(rank: int) -> str:
    """Invent a word: frequent ones are short."""
    consonants, vowels = "tnsrhldcmfpgwybvkjzx", "eaoiu"
    word, number = "", rank
    while number or len(word) < 2:
        letters = vowels if len(word) % 2 else consonants
        number, letter = divmod(number, len(letters))
        word += letters[letter]
    return word if rank < 150 else word + ("ed", "ing", "ity", "tion", "ment", "able")[rank % 6]


def _index_size(store: Store) -> int:
    """Return the bytes of all that exists for searches only."""
    with store._reading() as connection:  # noqa: SLF001 - a benchmark of the store
        if connection.dialect.name == "sqlite":
            names = "name LIKE 'search%' OR name LIKE '%search_%'"
            found = connection.execute(sa.text(f"SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND ({names})"))
        else:
            found = connection.execute(
                sa.text(
                    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname ~ '^search'"
                )
            )
        return int(found.scalar_one())


def _texts_size(store: Store) -> int:
    size = sa.func.sum(sa.func.octet_length(col(ArticleRow.title)) + sa.func.octet_length(col(ArticleRow.text)))
    with store._reading() as connection:  # noqa: SLF001 - a benchmark of the store
        return int(connection.execute(sa.select(size)).scalar_one())


def main() -> int:
    """Print the table; 1 when a limit is passed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    rows = measure("postgresql" if given.postgresql else "sqlite", given.articles, given.folder)
    for row in rows:
        print(format_row(row))
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
