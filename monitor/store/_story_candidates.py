"""The index by which the stored articles of the last days are found that may report the same news as a new one.

Every article that a rule has found is indexed by some hashes of its text, by its title and by the words of its title. A
new one is compared only with those that share enough of them (`core.stories.candidates`); `core.stories.same_story`
decides. No look-up reads more than COMMON_TEXTS rows for a hash, however many articles share a publisher's boilerplate.
"""

from __future__ import annotations

from array import array
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, func, select, union_all
from sqlmodel import col

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
from monitor.core.stories.candidates import MAX_CANDIDATES, MIN_SHARED_HASHES, choose_indexed_hashes
from monitor.store._incoming_tables import ArticleRow, FingerprintRow, ShingleRow, TitleWordRow
from monitor.store._statements import among, frequent, insert_pairs, newest, upsert
from monitor.store._types import storable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, RowMapping

    from monitor.store._articles import Archived


def _most(statement: Select[int]) -> Select[int]:
    inner = statement.limit(MAX_CANDIDATES).subquery()
    return select(inner.c.article_id)


_BY_TITLE = _most(
    select(col(FingerprintRow.article_id))
    .where(col(FingerprintRow.title_key) == bindparam("title_key"))
    .order_by(col(FingerprintRow.article_id).desc())
)
_BY_WORDS = _most(
    select(col(TitleWordRow.article_id))
    .where(among(col(TitleWordRow.word), "words"))
    .group_by(col(TitleWordRow.article_id))
    .having(func.count() >= MIN_SHARED_WORDS)
    .order_by(func.count().desc(), col(TitleWordRow.article_id).desc())
)


@cache
def _candidates(dialect: str) -> Select[int, int, bytes, str, str, str]:
    return (
        select(
            col(FingerprintRow.article_id),
            col(FingerprintRow.story_id),
            col(FingerprintRow.sketch),
            col(ArticleRow.title),
            col(ArticleRow.language),
            col(ArticleRow.feed_id),
        )
        .join(ArticleRow, col(FingerprintRow.article_id) == col(ArticleRow.id))
        .where(
            col(FingerprintRow.article_id).in_(union_all(_by_text(dialect), _BY_TITLE, _BY_WORDS)),
            col(FingerprintRow.article_id) != bindparam("article_id"),
            col(FingerprintRow.seen_at).between(bindparam("earliest"), bindparam("latest")),
        )
        .order_by(col(FingerprintRow.article_id))
    )


def _by_text(dialect: str) -> Select[int]:
    """Rank candidates by shared hashes that are not common; hashes that many share decide among the rest."""
    asked = newest(dialect, ShingleRow, "hashes", COMMON_TEXTS)
    rare = func.sum(case((asked.c.oldest.is_(None), 1), else_=0))
    return _most(
        select(col(ShingleRow.article_id))
        .join(asked, col(ShingleRow.hash) == asked.c.value)
        .where(col(ShingleRow.article_id) >= func.coalesce(asked.c.oldest, 0))
        .group_by(col(ShingleRow.article_id))
        .having(func.count() >= MIN_SHARED_HASHES)
        .order_by(rare.desc(), func.count().desc(), col(ShingleRow.article_id).desc())
    )


def find_story(connection: Connection, archived: Archived) -> int | None:
    """Return the story of the most similar article that reports the same news, the earlier of two; None if none."""
    common = _common_words(connection, archived)
    new = StoryFingerprint(
        title=storable(archived.article.title),
        language=archived.article.language,
        shingle_hashes=archived.shingle_hashes,
        feed_id=archived.feed_id,
    )
    best, story_id = 0.0, None
    for row in _story_candidates(connection, archived, common):
        verdict = same_story(new, _fingerprint(row), common)
        if verdict is not None and verdict.score > best:
            best, story_id = verdict.score, row["story_id"]
    return story_id


def story_candidates(connection: Connection, archived: Archived) -> list[int]:
    """Return the ids of the articles that `find_story` compares one with, ascending."""
    rows = _story_candidates(connection, archived, _common_words(connection, archived))
    return [row["article_id"] for row in rows]


def _story_candidates(connection: Connection, archived: Archived, common: Collection[str]) -> Iterable[RowMapping]:
    title = storable(archived.article.title)
    asked = {
        "hashes": choose_indexed_hashes(archived.shingle_hashes),
        "title_key": title_key(title),
        "words": title_words(title).difference(common),
        "article_id": archived.id,
        "earliest": archived.stored_at - WINDOW,
        "latest": archived.stored_at + WINDOW,
    }
    return connection.execute(_candidates(connection.dialect.name), asked).mappings()


def _common_words(connection: Connection, archived: Archived) -> frozenset[str]:
    words = title_words(storable(archived.article.title))
    if not words:
        return frozenset()
    statement = frequent(connection.dialect.name, col(TitleWordRow.word), "words", COMMON_TITLES)
    return frozenset(connection.execute(statement, {"words": words}).scalars())


def index_fingerprint(connection: Connection, archived: Archived, story_id: int) -> None:
    """Store the fingerprint by which later articles find this one."""
    dialect, title = connection.dialect.name, storable(archived.article.title)
    fingerprint = {
        "article_id": archived.id,
        "story_id": story_id,
        "seen_at": archived.stored_at,
        "title_key": title_key(title),
        "sketch": array("q", archived.shingle_hashes).tobytes(),
    }
    connection.execute(upsert(dialect, FingerprintRow, ("article_id",)), fingerprint)
    if archived.shingle_hashes:
        connection.execute(
            insert_pairs(dialect, ShingleRow),
            {"many": choose_indexed_hashes(archived.shingle_hashes), "one": archived.id},
        )
    if words := title_words(title):
        connection.execute(insert_pairs(dialect, TitleWordRow), {"many": sorted(words), "one": archived.id})


def _fingerprint(row: RowMapping) -> StoryFingerprint:
    return StoryFingerprint(
        title=row["title"],
        language=row["language"],
        shingle_hashes=tuple(array("q", row["sketch"])),
        feed_id=FeedId(row["feed_id"]),
    )
