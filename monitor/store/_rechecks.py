"""Rechecks of pages that may have been edited: which are due, and their results."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, select, update
from sqlmodel import col

from monitor.core.model import Article, Entry, FoundArticle, Hit, RecheckDue, Validators
from monitor.core.polls.retry_policy import RECHECK_WAITS
from monitor.store import _archiving, _articles, _entries, _paragraphs
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, EntryRow
from monitor.store._polls import add_found_hits
from monitor.store._statements import among, due_condition, due_parameters
from monitor.store._types import from_row, to_row

_DUE = (
    _articles.WITH_ENTRY.add_columns(col(ArticleRow.etag), col(ArticleRow.last_modified), col(ArticleRow.revisits))
    .where(due_condition(col(ArticleRow.revisit_at), col(ArticleRow.revisits), RECHECK_WAITS))
    .order_by(col(ArticleRow.revisit_at), col(ArticleRow.id))
    .limit(bindparam("limit"))
)
_UPDATE_CURRENT = update(ArticleRow).where(and_(col(ArticleRow.id) == bindparam("article"), col(ArticleRow.current)))
_POSTPONE = tuple(
    update(ArticleRow)
    .where(among(col(ArticleRow.id), "article_ids"), column < bindparam("until"))
    .values({column: bindparam("until")})
    for column in (col(ArticleRow.retry_at), col(ArticleRow.revisit_at))
)
_NEXT_VERSION = (
    update(EntryRow)
    .where(
        col(EntryRow.id) == bindparam("entry"),
        exists().where(col(ArticleRow.id) == bindparam("article"), col(ArticleRow.current)),
    )
    .values(versions=col(EntryRow.versions) + 1)
    .returning(col(EntryRow.versions))
)
_STILL_CURRENT = select(col(ArticleRow.id)).where(col(ArticleRow.id) == bindparam("article"), col(ArticleRow.current))
_ENTRY = select(EntryRow).where(col(EntryRow.id) == bindparam("entry"))
_VERSIONS = (
    select(ArticleRow)
    .where(col(ArticleRow.entry_id) == bindparam("entry"), col(ArticleRow.text_removed_at).is_(None))
    .order_by(col(ArticleRow.version))
)


class Rechecks(Database):
    """Pages that were fetched and may have been edited since."""

    def postpone_pages(self, article_ids: Collection[int], until: datetime) -> None:
        """Postpone retries and rechecks of these articles' pages; nothing is counted."""
        with self._writing() as connection:
            for statement in _POSTPONE:
                connection.execute(statement, {"article_ids": article_ids, "until": until})

    def rechecks_due(self, now: datetime, limit: int = 50) -> list[RecheckDue]:
        """Return articles whose recheck is due, oldest first."""
        rows = self._rows(_DUE, {**due_parameters(now, RECHECK_WAITS), "limit": limit})
        return [
            from_row(
                RecheckDue,
                row,
                entry_id=row["id"],
                entry=_entries.entry_from_row(row),
                article=_articles.article_from_row(row, "article_"),
                validators=from_row(Validators, row),
                rechecks=row["revisits"],
            )
            for row in rows
        ]

    def record_recheck(self, article_id: int, recheck_at: datetime | None, validators: Validators | None) -> None:
        """Store a recheck without an edit, and when the next is due; None for validators keeps the stored ones."""
        values: dict[str, object] = {"revisits": col(ArticleRow.revisits) + 1, "revisit_at": recheck_at}
        if validators is not None:
            values |= to_row(ArticleRow, validators)
        self._write(_UPDATE_CURRENT.values(values), {"article": article_id})

    def record_page_edit(self, due: RecheckDue, found: FoundArticle, now: datetime) -> list[Hit]:
        """Store an edit that a recheck found as a new version, and return the hits that are new with it.

        Nothing is stored if the feed has brought another version meanwhile.
        """
        with self._writing_archive() as connection:
            ids = {"entry": due.entry_id, "article": due.article_id}
            version = connection.execute(_NEXT_VERSION, ids).scalar_one_or_none()
            if version is None or connection.execute(_STILL_CURRENT, {"article": due.article_id}).one_or_none() is None:
                return []
            incoming = _entries.IncomingEntry(due.feed_id, found, now)
            archived = _archiving.add(connection, [_entries.IdentifiedEntry(due.entry_id, version, incoming)])
            _paragraphs.save(connection, archived)
            return add_found_hits(connection, "recheck", archived, now)

    def entry_versions(self, entry_id: int) -> tuple[Entry, list[Article]] | None:
        """Return an entry and the stored versions of its article, oldest first; None if no text is stored."""
        with self._reading() as connection:
            row = connection.execute(_ENTRY, {"entry": entry_id}).mappings().one_or_none()
            versions = connection.execute(_VERSIONS, {"entry": entry_id}).mappings().all()
            if row is None or not versions:
                return None
            return _entries.entry_from_row(row), [_articles.article_from_row(each, "") for each in versions]
