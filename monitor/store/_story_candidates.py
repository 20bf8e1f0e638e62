"""The index by which the stored articles of the last days are found that may report the same news as a new one.

Every article that a rule has found is indexed by some hashes of its text, by its title and by terms of its title and
lead. A new one is compared only with those that share enough of them (`core.stories.candidates`);
`core.stories.copies` and `core.stories.events` decide. No look-up reads more than COMMON_TEXTS rows for a hash or a
term, however many articles share it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, func, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from monitor.core.stories.candidates import (
    COMMON_TEXTS,
    MAX_CANDIDATES,
    MIN_SHARED_HASHES,
    MIN_SHARED_TERMS,
    WINDOW,
    IndexKeys,
    index_keys,
)
from monitor.core.stories.copies import copied_story
from monitor.core.stories.events import FOUNDERS, choose_story, shortlist
from monitor.core.stories.fingerprints import StoryFingerprint, event_time
from monitor.store._incoming_tables import ArticleRow
from monitor.store._mapping import columns, from_row
from monitor.store._statements import among, insert_pairs, newest, save_rows
from monitor.store._story_tables import FingerprintRow, ShingleRow, StoryTermRow
from monitor.store._types import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Executable, Select
    from sqlalchemy.engine import Connection, RowMapping

    from monitor.core.stories.terms import WeightedTerms
    from monitor.store._archiving import Archived


def _most(statement: Select[int]) -> Select[int]:
    inner = statement.limit(MAX_CANDIDATES).subquery()
    return select(inner.c.article_id)


_BY_TITLE = _most(
    select(col(FingerprintRow.article_id))
    .where(col(FingerprintRow.title_key) == bindparam("title_key"))
    .order_by(col(FingerprintRow.article_id).desc())
)
_FIRST_ARTICLES = aliased(FingerprintRow)
_COMPARED = (
    *columns(FingerprintRow, "article_id", "story_id", "seen_at", "terms"),
    *columns(ArticleRow, "title", "url", "language", "feed_id", "published_at"),
)
_FOUNDERS = (
    select(*_COMPARED)
    .join(ArticleRow, col(FingerprintRow.article_id) == col(ArticleRow.id))
    .where(
        among(col(FingerprintRow.story_id), "story_ids"),
        col(FingerprintRow.article_id).in_(
            select(col(_FIRST_ARTICLES.article_id))
            .where(col(_FIRST_ARTICLES.story_id) == col(FingerprintRow.story_id))
            .order_by(col(_FIRST_ARTICLES.article_id))
            .limit(FOUNDERS)
            .correlate(FingerprintRow)
        ),
        col(FingerprintRow.article_id) != bindparam("article_id"),
    )
    .order_by(col(FingerprintRow.article_id))
)


@cache
def _candidates(dialect: str) -> Executable:
    by_text = _by_shared(dialect, ShingleRow, "hashes", MIN_SHARED_HASHES)
    by_terms = _by_shared(dialect, StoryTermRow, "terms", MIN_SHARED_TERMS)
    return (
        select(*_COMPARED, col(FingerprintRow.sketch))
        .join(ArticleRow, col(FingerprintRow.article_id) == col(ArticleRow.id))
        .where(
            col(FingerprintRow.article_id).in_(union_all(by_text, _BY_TITLE, by_terms)),
            col(FingerprintRow.article_id) != bindparam("article_id"),
            col(FingerprintRow.seen_at).between(bindparam("earliest"), bindparam("latest")),
        )
        .order_by(col(FingerprintRow.article_id))
    )


def _by_shared(dialect: str, table: type[ShingleRow | StoryTermRow], name: str, least: int) -> Select[int]:
    """Rank candidates by shared keys that are not common; keys that many share decide among the rest."""
    key, article_id = table.__table__.c
    asked = newest(dialect, table, name, COMMON_TEXTS)
    rare = func.sum(case((asked.c.oldest.is_(None), 1), else_=0))
    return _most(
        select(article_id)
        .join(asked, key == asked.c.value)
        .where(article_id >= func.coalesce(asked.c.oldest, 0))
        .group_by(article_id)
        .having(func.count() >= least)
        .order_by(rare.desc(), func.count().desc(), article_id.desc())
    )


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article that is about to join a story, prepared for the search and for the index."""

    archived: Archived
    fingerprint: StoryFingerprint
    terms: WeightedTerms
    keys: IndexKeys

    @classmethod
    def of(cls, archived: Archived, terms: WeightedTerms) -> NewArticle:
        """Prepare an article with its weighted terms."""
        article = archived.article
        fingerprint = StoryFingerprint(
            title=storable(article.title),
            language=article.language,
            shingle_hashes=archived.shingle_hashes,
            feed_id=archived.feed_id,
            url=storable(article.url),
            at=event_time(article.published_at, archived.stored_at),
            terms=terms.to_bytes(),
        )
        return cls(archived, fingerprint, terms, index_keys(fingerprint, terms))


def find_story(connection: Connection, new: NewArticle) -> int | None:
    """Return the story of an article of which this is a copy, else one of whose event it is a report, if any."""
    compared = [(int(row["story_id"]), _fingerprint(row)) for row in find_candidates(connection, new)]
    copied = copied_story(new.fingerprint, new.terms, compared)
    return _find_event(connection, new, compared) if copied is None else copied


def _find_event(
    connection: Connection, new: NewArticle, candidates: Iterable[tuple[int, StoryFingerprint]]
) -> int | None:
    listed = shortlist(new.fingerprint, candidates)
    if not listed:
        return None
    rows = connection.execute(_FOUNDERS, {"story_ids": listed, "article_id": new.archived.id}).mappings()
    return choose_story(new.fingerprint, [(int(row["story_id"]), _fingerprint(row)) for row in rows])


def find_candidates(connection: Connection, new: NewArticle) -> Sequence[RowMapping]:
    """Return the articles that `find_story` compares one with, sorted by id."""
    asked = {
        "hashes": new.keys.hashes,
        "title_key": new.keys.title,
        "terms": new.keys.terms,
        "article_id": new.archived.id,
        "earliest": new.archived.stored_at - WINDOW,
        "latest": new.archived.stored_at + WINDOW,
    }
    return connection.execute(_candidates(connection.dialect.name), asked).mappings().all()


def index_article(connection: Connection, new: NewArticle, story_id: int) -> None:
    """Store the fingerprint and the keys by which later articles find this one."""
    article_id = new.archived.id
    fingerprint = {
        "article_id": article_id,
        "story_id": story_id,
        "seen_at": new.archived.stored_at,
        "title_key": new.keys.title,
        "sketch": array("q", new.fingerprint.shingle_hashes).tobytes(),
        "terms": new.fingerprint.terms,
    }
    save_rows(connection, FingerprintRow, [fingerprint])
    for table, keys in ((ShingleRow, new.keys.hashes), (StoryTermRow, sorted(new.keys.terms))):
        if keys:
            connection.execute(insert_pairs(connection.dialect.name, table), {"many": keys, "one": article_id})


def _fingerprint(row: RowMapping) -> StoryFingerprint:
    return from_row(
        StoryFingerprint,
        row,
        shingle_hashes=tuple(array("q", row.get("sketch", b""))),
        at=event_time(row["published_at"], row["seen_at"]),
    )
