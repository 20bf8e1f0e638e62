"""Finding the stored article of the last days that tells the same news, without reading them all.

Every article that a rule has found leaves marks: its fingerprint, some hashes of its sketch, the words of its title. A
new one looks up who shares enough of them, and core.stories judges those few. Its surprise: a sketch is looked up by
INDEXED of its hashes only; two texts of which one holds half of the other still share several of these. No look-up
reads more than COMMON_TEXTS rows a hash, however many articles share a publisher's boilerplate.
"""

from __future__ import annotations

from array import array
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, func, select, union_all

from monitor.core.model import FeedId
from monitor.core.stories import (
    COMMON_TEXTS,
    COMMON_TITLES,
    MIN_SHARED_WORDS,
    WINDOW,
    StoryFingerprint,
    same_story,
    title_key,
    title_words,
)
from monitor.store import _tables
from monitor.store._statements import among, frequent, insert_pairs, newest, upsert
from monitor.store._tables import articles, fingerprints, shingles
from monitor.store._types import storable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, RowMapping

    from monitor.store._articles import Archived

INDEXED = 32
"""Hashes of a sketch that are looked up by, the same ones in every text that has them."""
SHARED = 2
"""Of these, how many a candidate shares at least."""
CANDIDATES = 20
"""Articles that are compared, at most, of each of the three ways to find them."""
_KEPT_BY_ALL = 4
"""Long texts keep only hashes divisible by this (core.stories): these come first in the index of short ones too."""

_words = _tables.title_words


def _most(question: Select[tuple[int]]) -> Select[tuple[int]]:
    inner = question.limit(CANDIDATES).subquery()
    return select(inner.c.article_id)


_BY_TITLE = _most(
    select(fingerprints.c.article_id)
    .where(fingerprints.c.title_key == bindparam("title_key"))
    .order_by(fingerprints.c.article_id.desc())
)
_BY_WORDS = _most(
    select(_words.c.article_id)
    .where(among(_words.c.word, "words"))
    .group_by(_words.c.article_id)
    .having(func.count() >= MIN_SHARED_WORDS)
    .order_by(func.count().desc(), _words.c.article_id.desc())
)


@cache
def _candidates(dialect: str) -> Select[Any]:
    return (
        select(
            fingerprints.c.story_id, fingerprints.c.sketch, articles.c.title, articles.c.language, articles.c.feed_id
        )
        .join(articles, fingerprints.c.article_id == articles.c.id)
        .where(
            fingerprints.c.article_id.in_(union_all(_by_text(dialect), _BY_TITLE, _BY_WORDS)),
            fingerprints.c.article_id != bindparam("article_id"),
            fingerprints.c.seen_at.between(bindparam("earliest"), bindparam("latest")),
        )
        .order_by(fingerprints.c.article_id)
    )


def _by_text(dialect: str) -> Select[tuple[int]]:
    """Rank those highest that share most of what is not common; what all share decides among the rest."""
    asked = newest(dialect, shingles, "hashes", COMMON_TEXTS)
    rare = func.sum(case((asked.c.oldest.is_(None), 1), else_=0))
    return _most(
        select(shingles.c.article_id)
        .join(asked, shingles.c.hash == asked.c.value)
        .where(shingles.c.article_id >= func.coalesce(asked.c.oldest, 0))
        .group_by(shingles.c.article_id)
        .having(func.count() >= SHARED)
        .order_by(rare.desc(), func.count().desc(), shingles.c.article_id.desc())
    )


def find_story(connection: Connection, archived: Archived) -> int | None:
    """Tell the story of the article most like this one, if any is the same news; the earlier of two alike."""
    title = storable(archived.article.title)
    words = title_words(title)
    common = _common(connection, words)
    question = {
        "hashes": _indexed(archived.shingle_hashes),
        "title_key": title_key(title),
        "words": words - common,
        "article_id": archived.id,
        "earliest": archived.stored_at - WINDOW,
        "latest": archived.stored_at + WINDOW,
    }
    mine = StoryFingerprint(
        title=title,
        language=archived.article.language,
        shingle_hashes=archived.shingle_hashes,
        feed_id=archived.feed_id,
    )
    best, story_id = 0.0, None
    for row in connection.execute(_candidates(connection.dialect.name), question).mappings():
        verdict = same_story(mine, _fingerprint(row), common)
        if verdict is not None and verdict.score > best:
            best, story_id = verdict.score, row["story_id"]
    return story_id


def _common(connection: Connection, words: Collection[str]) -> frozenset[str]:
    if not words:
        return frozenset()
    question = frequent(connection.dialect.name, _words.c.word, "words", COMMON_TITLES)
    return frozenset(connection.execute(question, {"words": words}).scalars())


def leave_marks(connection: Connection, archived: Archived, story_id: int) -> None:
    """Write what the next articles find this one by."""
    dialect, title = connection.dialect.name, storable(archived.article.title)
    mark = {
        "article_id": archived.id,
        "story_id": story_id,
        "seen_at": archived.stored_at,
        "title_key": title_key(title),
        "sketch": array("q", archived.shingle_hashes).tobytes(),
    }
    connection.execute(upsert(dialect, fingerprints, ("article_id",)), mark)
    if archived.shingle_hashes:
        connection.execute(
            insert_pairs(dialect, shingles), {"many": _indexed(archived.shingle_hashes), "one": archived.id}
        )
    if words := title_words(title):
        connection.execute(insert_pairs(dialect, _words), {"many": sorted(words), "one": archived.id})


def _indexed(shingle_hashes: Iterable[int]) -> list[int]:
    ordered = sorted(shingle_hashes)
    shared = list(islice((value for value in ordered if value % _KEPT_BY_ALL == 0), INDEXED))
    others = (value for value in ordered if value % _KEPT_BY_ALL) if len(shared) < INDEXED else ()
    return shared + list(islice(others, INDEXED - len(shared)))


def _fingerprint(row: RowMapping) -> StoryFingerprint:
    return StoryFingerprint(
        title=row["title"],
        language=row["language"],
        shingle_hashes=tuple(array("q", row["sketch"])),
        feed_id=FeedId(row["feed_id"]),
    )
