"""Stores articles: the versions of entries, and the texts of pages that replace texts of feeds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.articles.carry_forward import FEED_QUALITIES
from monitor.core.model import NO_TERMS, Article, FeedId, FoundArticle, Match, StoryTerms
from monitor.store import _entries, _feed_states, _search_index
from monitor.store._articles import ARTICLE_FIELDS
from monitor.store._incoming_tables import ArticleRow, EntryRow
from monitor.store._statements import among
from monitor.store._types import from_row, storable

_IDENTITY = (col(ArticleRow.entry_id), col(ArticleRow.feed_id), col(ArticleRow.text_hash), col(ArticleRow.stored_at))
_ADD = insert(ArticleRow).returning(col(ArticleRow.id), col(ArticleRow.entry_id))
_RETIRE = (
    update(ArticleRow)
    .where(among(col(ArticleRow.entry_id), "entry_ids"), col(ArticleRow.current))
    .values(current=False, retry_at=None, revisit_at=None)
)
_CURRENT = select(col(ArticleRow.id), col(ArticleRow.partial), *_IDENTITY).where(
    among(col(ArticleRow.entry_id), "entry_ids"), col(ArticleRow.current)
)
_UNCOUNT = update(EntryRow).where(among(col(EntryRow.id), "entry_ids")).values(versions=col(EntryRow.versions) - 1)
_UPDATE_PARTIAL = update(ArticleRow).where(and_(col(ArticleRow.id) == bindparam("article_id"), col(ArticleRow.partial)))


@dataclass(frozen=True, slots=True)
class ArchivedArticle:
    """A stored article with its matches."""

    id: int
    entry_id: int
    feed_id: FeedId
    text_hash: str
    stored_at: datetime
    article: Article
    matches: tuple[Match, ...]
    shingle_hashes: tuple[int, ...] = ()
    terms: StoryTerms = NO_TERMS
    paragraphs: frozenset[int] = frozenset()
    backfilled: bool = False
    updated: bool = False
    fresh: bool = False
    """True for the first version of its entry, stored in this transaction: it cannot be in a story yet."""
    inserted: bool = False
    """True if a row was added; False if an existing row was kept or changed."""


def add(connection: Connection, entries: Sequence[_entries.IdentifiedEntry]) -> list[ArchivedArticle]:
    """Store the articles of new and edited entries as their current versions.

    An edit that leaves the text unchanged adds no version and is not counted as one: its matches belong to the stored
    article.
    """
    same = _unchanged_articles(connection, [each for each in entries if each.version > 1])
    if same:
        connection.execute(_UNCOUNT, {"entry_ids": list(same)})
    other = [each for each in entries if each.entry_id not in same]
    if edited := [each.entry_id for each in other if each.version > 1]:
        retired = connection.execute(_RETIRE.returning(col(ArticleRow.id)), {"entry_ids": edited})
        _search_index.remove(connection, retired.scalars().all())
    rows = [_row(each) for each in other]
    ids = {entry_id: article_id for article_id, entry_id in connection.execute(_ADD, rows)} if rows else {}
    _search_index.add(connection, [_document(ids[row["entry_id"]], row) for row in rows])
    _feed_states.charge_usage(connection, map(_usage_of, other))
    return [
        *(_build_archived(*same[each.entry_id], each.incoming.found) for each in entries if each.entry_id in same),
        *(
            _build_archived(ids[each.entry_id], row, each.incoming.found, fresh=each.version == 1, inserted=True)
            for each, row in zip(other, rows, strict=True)
        ),
    ]


def _document(article_id: int, row: Mapping[str, Any]) -> _search_index.IndexableArticle:
    """Return the indexed columns of an article."""
    fields = ("entry_id", "feed_id", "language", "stored_at", "title", "text")
    return _search_index.IndexableArticle(article_id, *(row[field] for field in fields))


def _usage_of(entry: _entries.IdentifiedEntry) -> tuple[FeedId, date, Article, str]:
    found = entry.incoming.found
    return entry.incoming.feed_id, entry.incoming.at.date(), found.article, found.entry.summary


def _unchanged_articles(
    connection: Connection, edited: Sequence[_entries.IdentifiedEntry]
) -> dict[int, tuple[int, Mapping[str, Any]]]:
    """Return the current articles, by entry, whose text an edit did not change."""
    if not edited:
        return {}
    texts = {each.entry_id: each.incoming.found.article for each in edited}
    content = {entry_id: (_hash_of(article), article.partial) for entry_id, article in texts.items()}
    rows = connection.execute(_CURRENT, {"entry_ids": list(content)}).mappings()
    return {
        row["entry_id"]: (row["id"], dict(row))
        for row in rows
        if content[row["entry_id"]] == (row["text_hash"], row["partial"])
    }


def is_of_feed(article: Article) -> bool:
    """Return True if the article has no text of its page."""
    return article.quality in FEED_QUALITIES


def postpone_retry(connection: Connection, article_id: int, retry_at: datetime | None) -> None:
    """Count one more attempt that did not bring the text, and store when to retry."""
    values = {"attempts": col(ArticleRow.attempts) + 1, "retry_at": retry_at}
    connection.execute(_UPDATE_PARTIAL.values(values), {"article_id": article_id})


def replace(connection: Connection, article_id: int, found: FoundArticle) -> ArchivedArticle | None:
    """Replace the feed's text of a partial article by the page's; None if that was done before.

    A page of which only the beginning is public replaces only a text that came from the feed. Matches in the page of an
    edited entry count as matches in an edit.
    """
    retry_at = found.retry_at if found.article.partial else None
    values = _text(found.article) | _rechecks(found) | {"attempts": col(ArticleRow.attempts) + 1, "retry_at": retry_at}
    partial = _UPDATE_PARTIAL
    if found.article.partial and not found.rematched:
        partial = partial.where(col(ArticleRow.quality).in_(FEED_QUALITIES))
    statement = partial.values(values).returning(col(ArticleRow.version), *_IDENTITY)
    row = connection.execute(statement, {"article_id": article_id}).mappings().one_or_none()
    if row is None:
        return None
    _search_index.remove(connection, [article_id])
    _search_index.add(connection, [_document(article_id, {**row, **values})])
    is_edit = row["version"] > 1
    marked = dataclasses.replace(found, updated=is_edit, backfilled=found.backfilled and not is_edit)
    return _build_archived(article_id, dict(row), marked)


def _hash_of(article: Article) -> str:
    """Return the hash of the text that the positions of evidence refer to."""
    return sha256(storable(f"{article.title}\n{article.text}").encode()).hexdigest()


def _build_archived(
    article_id: int, row: Mapping[str, Any], found: FoundArticle, *, fresh: bool = False, inserted: bool = False
) -> ArchivedArticle:
    return from_row(
        ArchivedArticle,
        row,
        id=article_id,
        article=found.article,
        matches=found.matches,
        shingle_hashes=found.shingle_hashes,
        terms=found.terms,
        paragraphs=found.paragraphs,
        backfilled=found.backfilled,
        updated=found.updated,
        fresh=fresh,
        inserted=inserted,
    )


def _row(entry: _entries.IdentifiedEntry) -> dict[str, Any]:
    incoming = entry.incoming
    return _text(incoming.found.article) | {
        "entry_id": entry.entry_id,
        "feed_id": incoming.feed_id,
        "version": entry.version,
        "current": True,
        "story_id": None,
        "stored_at": incoming.at,
        "retry_at": incoming.found.retry_at,
        "attempts": 0,
        **_rechecks(incoming.found),
    }


def _text(article: Article) -> dict[str, object]:
    return {name: getattr(article, name) for name in ARTICLE_FIELDS} | {"text_hash": _hash_of(article)}


def _rechecks(found: FoundArticle) -> dict[str, object]:
    return {
        "revisit_at": found.recheck_at,
        "revisits": found.rechecks,
        "etag": found.validators.etag if found.validators else None,
        "last_modified": found.validators.last_modified if found.validators else None,
    }
