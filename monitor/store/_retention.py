"""Retention: removes old polls, messages, hits, articles and what belongs to them, in short transactions.

An article that a hit refers to loses only its text: title, link, evidence, label and story stay as long as the hit.
The keys of entries stay: an entry that was seen once is not new again when its feed shows it after a year. Rows to
remove are found by reading, which does not block writers, and removed in batches that are checked once more under the
write lock.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, delete, exists, func, or_, select, true, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.stories.candidates import MAX_GAP
from monitor.store import _search_index
from monitor.store._audit_tables import JudgementRow, PossibleMissRow, SampledArticleRow, SuggestionRow
from monitor.store._incoming_tables import ArticleRow, EntryRow, HitRow, LedgerRow, PollRow
from monitor.store._outbox import UNSETTLED
from monitor.store._outgoing_tables import (
    BackupRow,
    ClaimRow,
    DeliveryRow,
    LabelRow,
    MessageRow,
    OperatorConditionRow,
    TranslationRow,
)
from monitor.store._statements import among
from monitor.store._story_tables import FingerprintRow, StoryKeyRow, StoryRow
from monitor.store._table_base import TableRow

TEXTS = "texts of articles"
"""The name under which removed texts are counted, beside the names of tables."""
_KEYS_AT_ONCE = 20_000
"""Keys that are read at a time, to limit memory."""
_FIRST_BATCH_ROWS, _MAX_BATCH_ROWS = 50, 2_000
"""Rows in the first transaction, and in any."""
_MIN_SECONDS, _MAX_SECONDS = 0.03, 0.1
"""Seconds of one transaction, below which the next batch is twice as large and above which it is half as large."""
_PAUSE_SECONDS = 0.05
"""Seconds between two transactions. A process that waits for SQLite's lock tries at least ten times a second."""

_IS_LASTING_NOTICE = (col(MessageRow.kind) == "notice") & exists().where(
    col(OperatorConditionRow.reported_at) <= col(MessageRow.created_at)
)
"""A notice that may report a lasting condition: the channels that got it also get the message about its end."""


@dataclass(frozen=True, slots=True)
class OutdatedRows:
    """Rows of one table to remove or to empty, and the rows of other tables that refer to them."""

    table: type[TableRow]
    key: SQLColumnExpression[Any]
    condition: ColumnElement[bool]
    """The condition of these rows. It holds before and after the rows of other tables were removed."""
    references: tuple[tuple[type[TableRow], SQLColumnExpression[Any]], ...] = ()
    """Tables whose rows refer to these, each with its column that does."""
    in_order: bool = False
    """True if the rows with the lowest keys are removed first."""
    emptied: Mapping[str, object] | None = None
    """Values that the rows get; None if they are removed."""
    emptied_name: str = ""
    """The name under which emptied rows are counted; without it they are not counted."""

    def tables(self) -> list[str]:
        """Return the names under which rows are counted."""
        names = [self._name, *(table.__table__.name for table, _ in self.references)]
        return [name for name in names if name]

    @property
    def _name(self) -> str:
        return self.table.__table__.name if self.emptied is None else self.emptied_name

    def keys(self, connection: Connection) -> list[Any]:
        """Read the keys of up to _KEYS_AT_ONCE of these rows."""
        statement = select(self.key).where(self.condition).distinct().limit(_KEYS_AT_ONCE)
        return list(connection.execute(statement.order_by(self.key) if self.in_order else statement).scalars())

    def count(self, connection: Connection) -> Counter[str]:
        """Count these rows, and those that refer to them, by table."""
        counts: Counter[str] = Counter()
        if self._name:
            own = select(func.count()).select_from(self.table).where(self.condition)
            counts[self._name] = connection.execute(own).scalar_one()
        for table, column in self.references:
            outdated = select(self.key).where(self.condition)
            referring = select(func.count()).select_from(table).where(column.in_(outdated))
            counts[table.__table__.name] += connection.execute(referring).scalar_one()
        return counts

    def remove(self, connection: Connection, keys: Sequence[Any]) -> Counter[str]:
        """Remove or empty those rows that are still outdated, after the rows that refer to them; return counts."""
        own = among(self.key, "keys"), self.condition
        still = {"keys": list(connection.execute(select(self.key).where(*own), {"keys": keys}).scalars())}
        counts: Counter[str] = Counter()
        for table, column in self.references:
            referring = delete(table).where(among(column, "keys"))
            counts[table.__table__.name] += connection.execute(referring, still).rowcount
        change = delete(self.table) if self.emptied is None else update(self.table).values(**self.emptied)
        changed = connection.execute(change.where(*own), still).rowcount
        if self._name:
            counts[self._name] += changed
        if self.table is ArticleRow:
            _search_index.remove(connection, still["keys"])
        return counts


class Batches:
    """Divides keys into batches, each for a transaction that holds the write lock for a fraction of a second."""

    def __init__(self) -> None:
        self._size = _FIRST_BATCH_ROWS

    def of(self, keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """Yield batches of keys, with a pause between two so that another process can take the lock."""
        start = 0
        while start < len(keys):
            if start:
                time.sleep(_PAUSE_SECONDS)
            batch = keys[start : start + self._size]
            start += len(batch)
            yield batch

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Adapt the size of the next batch to how long this transaction takes."""
        started = time.monotonic()
        yield
        seconds = time.monotonic() - started
        if seconds > _MAX_SECONDS:
            self._size = max(1, self._size // 2)
        elif seconds < _MIN_SECONDS:
            self._size = min(_MAX_BATCH_ROWS, self._size * 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionCutoffs:
    """Times before which data is outdated."""

    articles: datetime
    hits: datetime
    polls: datetime


def outdated(connection: Connection, before: RetentionCutoffs, now: datetime) -> list[OutdatedRows]:
    """List what is older than retention allows, rows before those that they refer to.

    Rows of the ledger are removed first, the oldest before the others, so that what a row counts is stored as long as
    the row is. The conditions hold before any row is removed and after, so that rows can be counted without removal.
    """
    old_hit = col(HitRow.found_at) < before.hits
    unsettled = exists().where(col(DeliveryRow.message_id) == col(MessageRow.id), col(DeliveryRow.state).in_(UNSETTLED))
    first = max(before.articles, before.hits, before.polls)
    return [
        OutdatedRows(LedgerRow, col(LedgerRow.id), col(LedgerRow.at) < first, in_order=True),
        OutdatedRows(PollRow, col(PollRow.id), col(PollRow.started_at) < before.polls),
        OutdatedRows(
            MessageRow,
            col(MessageRow.id),
            (col(MessageRow.created_at) < before.articles) & ~unsettled & ~_IS_LASTING_NOTICE,
            ((DeliveryRow, col(DeliveryRow.message_id)),),
        ),
        OutdatedRows(
            HitRow, col(HitRow.id), old_hit, ((ClaimRow, col(ClaimRow.hit_id)), (LabelRow, col(LabelRow.hit_id)))
        ),
        *_old_articles(connection, before, now),
        OutdatedRows(TranslationRow, col(TranslationRow.key), col(TranslationRow.made_at) < before.articles),
        OutdatedRows(BackupRow, col(BackupRow.id), col(BackupRow.started_at) < before.hits),
        _old_suggestions(before),
        _old_entries(before),
    ]


def _old_articles(connection: Connection, before: RetentionCutoffs, now: datetime) -> list[OutdatedRows]:
    """List fingerprints, articles, texts and stories; an article that a hit refers to loses only its text."""
    old_hit = col(HitRow.found_at) < before.hits
    old_article = col(ArticleRow.stored_at) < before.articles
    needed_by_hit = exists().where(col(HitRow.article_id) == col(ArticleRow.id), ~old_hit)
    in_article = exists().where(col(ArticleRow.story_id) == col(StoryRow.id), or_(~old_article, needed_by_hit))
    in_hit = exists().where(col(HitRow.story_id) == col(StoryRow.id), ~old_hit)
    has_text = col(ArticleRow.text_removed_at).is_(None)
    return [
        *_old_fingerprints(connection, old_article),
        OutdatedRows(
            ArticleRow,
            col(ArticleRow.id),
            old_article & ~needed_by_hit,
            (
                (JudgementRow, col(JudgementRow.article_id)),
                (SampledArticleRow, col(SampledArticleRow.article_id)),
                (PossibleMissRow, col(PossibleMissRow.article_id)),
            ),
        ),
        OutdatedRows(
            ArticleRow,
            col(ArticleRow.id),
            old_article & needed_by_hit & has_text,
            emptied={"text": "", "boilerplate": [], "retry_at": None, "revisit_at": None, "text_removed_at": now},
            emptied_name=TEXTS,
        ),
        OutdatedRows(StoryRow, col(StoryRow.id), ~in_article & ~in_hit),
    ]


def _old_suggestions(before: RetentionCutoffs) -> OutdatedRows:
    """Return the suggestions that were replaced long ago; the last one stays, so that its number is not given again."""
    last = select(func.max(col(SuggestionRow.id))).scalar_subquery()
    is_old = (col(SuggestionRow.replaced_at) < before.articles) & (col(SuggestionRow.id) < last)
    return OutdatedRows(SuggestionRow, col(SuggestionRow.id), is_old)


def _old_entries(before: RetentionCutoffs) -> OutdatedRows:
    """Return the entries without articles: they keep their keys and lose their text."""
    has_text = exists().where(col(ArticleRow.entry_id) == col(EntryRow.id), col(ArticleRow.text_removed_at).is_(None))
    is_old = (col(EntryRow.last_seen_at) < before.articles) & (col(EntryRow.summary) != "")
    return OutdatedRows(
        EntryRow, col(EntryRow.id), is_old & ~has_text, emptied={"summary": "", "author": "", "tags": []}
    )


def _old_fingerprints(connection: Connection, old_article: ColumnElement[bool]) -> list[OutdatedRows]:
    """Return the fingerprints of outdated articles, and of those a week older than the latest, with their keys.

    Articles are compared within a week of each other; it is counted from the latest one, since no clock is read here.
    """
    condition: ColumnElement[bool] = exists().where(col(ArticleRow.id) == col(FingerprintRow.article_id), old_article)
    latest = connection.execute(select(func.max(col(FingerprintRow.seen_at)))).scalar()
    if latest is not None:
        condition = or_(condition, col(FingerprintRow.seen_at) < latest - MAX_GAP)
    first = select(func.min(col(FingerprintRow.article_id))).where(~condition).scalar_subquery()
    return [
        OutdatedRows(FingerprintRow, col(FingerprintRow.article_id), condition),
        OutdatedRows(StoryKeyRow, col(StoryKeyRow.key), func.coalesce(col(StoryKeyRow.newest) < first, true())),
    ]
