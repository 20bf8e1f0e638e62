"""The ledger: what each transaction counted, and what the tables contain of the same window.

Counts are removed by retention together with the polls; rows stored before the oldest remaining count are not compared.
Each row is written in the transaction that it counts, so that a process that dies leaves both or neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Executable,
    SQLColumnExpression,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.articles.unmatched import UNMATCHED
from monitor.core.model import EntryCounts, FeedId, HitClaim, LedgerCounts, LedgerHit, LedgerKind, Message, StoredCounts
from monitor.core.polls.budget import OVER_BUDGET
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, EntryRow, HitRow, LedgerRow
from monitor.store._outgoing_tables import ClaimRow, DeliveryRow, DigestRunRow, MessageRow
from monitor.store._statements import count_where

_DECIDED = tuple(field.name for field in fields(EntryCounts))
_STORED = tuple(field.name for field in fields(StoredCounts))
_OUTCOMES = (*(name for name in _DECIDED if name != "seen"), "new", "edited", "same_text", "stored_before")
"""The possible results for an entry; their sum is `seen`."""
_HIT = tuple(field.name for field in fields(LedgerHit) if field.name not in {"claims", "language"})


def _within(column: SQLColumnExpression[datetime]) -> ColumnElement[bool]:
    return and_(column > bindparam("since"), column <= bindparam("until"))


_FIRST = select(col(LedgerRow.at)).order_by(col(LedgerRow.id)).limit(1)
_SUMS = select(
    *(func.coalesce(func.sum(getattr(LedgerRow, name)), 0).label(name) for name in (*_DECIDED, *_STORED))
).where(_within(col(LedgerRow.at)))
_UNBALANCED = (
    select(col(LedgerRow.feed_id))
    .where(
        _within(col(LedgerRow.at)),
        col(LedgerRow.feed_id).is_not(None),
        col(LedgerRow.kind).in_(("poll", "slice")),
        col(LedgerRow.seen) != sum((getattr(LedgerRow, name) for name in _OUTCOMES), literal(0)),
    )
    .distinct()
    .order_by(col(LedgerRow.feed_id))
)
_ENTRIES = select(
    func.count().label("entry_rows"),
    count_where(~exists().where(col(ArticleRow.entry_id) == col(EntryRow.id))).label("entries_without_article"),
).where(_within(col(EntryRow.first_seen_at)))
_ARTICLES = select(
    func.count().label("article_rows"),
    count_where(exists().where(col(HitRow.entry_id) == col(ArticleRow.entry_id))).label("matched"),
    count_where(col(ArticleRow.partial)).label("partial"),
    count_where(col(ArticleRow.truncated)).label("truncated"),
    count_where(col(ArticleRow.partial_reason).startswith(OVER_BUDGET)).label("title_only"),
    count_where(col(ArticleRow.partial_reason).startswith(UNMATCHED)).label("not_fully_matched"),
).where(_within(col(ArticleRow.stored_at)))
_HITS = (
    select(*(getattr(HitRow, name) for name in _HIT), col(ArticleRow.language))
    .join(ArticleRow, col(HitRow.article_id) == col(ArticleRow.id))
    .where(_within(col(HitRow.found_at)))
    .order_by(col(HitRow.found_at), col(HitRow.id))
)
_CLAIMS = (
    select(col(ClaimRow.hit_id), col(ClaimRow.consumer), col(ClaimRow.notified), col(ClaimRow.reason))
    .join(HitRow, col(ClaimRow.hit_id) == col(HitRow.id))
    .where(_within(col(HitRow.found_at)))
    .order_by(col(ClaimRow.claimed_at), col(ClaimRow.consumer))
)
_RUNS = and_(_within(col(DigestRunRow.created_at)), col(DigestRunRow.since) >= bindparam("since"))
"""Runs whose hits were all found in the window, so that retention cannot have removed any of them."""
_CLAIMED_BY_RUNS = select(func.coalesce(func.sum(col(DigestRunRow.hits)), 0)).where(_RUNS)
_CLAIM_ROWS = (
    select(func.count())
    .select_from(DigestRunRow)
    .join(
        ClaimRow,
        and_(
            col(ClaimRow.claimed_at) == col(DigestRunRow.created_at),
            col(ClaimRow.consumer) == literal("digest:") + col(DigestRunRow.digest_id),
        ),
    )
    .where(_RUNS)
)
_MESSAGES = select(func.count()).select_from(MessageRow).where(_within(col(MessageRow.created_at)))
_DELIVERIES = (
    select(
        col(DeliveryRow.state),
        func.count().label("number"),
        count_where(col(DeliveryRow.maybe_repeat)).label("unclear"),
    )
    .join(MessageRow, col(DeliveryRow.message_id) == col(MessageRow.id))
    .where(_within(col(MessageRow.created_at)))
    .group_by(col(DeliveryRow.state))
)


class Ledgers(Database):
    """The counts of the ledger."""

    def ledger_counts(self, since: datetime, until: datetime) -> LedgerCounts:
        """Return the counts of transactions, and of stored rows, in (since, until]; read from one snapshot."""
        with self._snapshot() as connection:
            first = connection.execute(_FIRST).scalar_one_or_none()
            if first is None or first > until:
                return LedgerCounts(since=until, until=until)
            start = max(since, first - timedelta(microseconds=1))
            return _read(connection, {"since": start, "until": until})


def _read(connection: Connection, window: dict[str, datetime]) -> LedgerCounts:
    sums = _read_sums(connection, _SUMS, window)
    by_state = connection.execute(_DELIVERIES, window).all()
    return LedgerCounts(
        since=window["since"],
        until=window["until"],
        entries=EntryCounts(**{name: sums[name] for name in _DECIDED}),
        stored=StoredCounts(**{name: sums[name] for name in _STORED}),
        unbalanced_feeds=tuple(FeedId(feed_id or "") for feed_id in connection.execute(_UNBALANCED, window).scalars()),
        **_read_sums(connection, _ENTRIES, window),
        **_read_sums(connection, _ARTICLES, window),
        hits=_hits_with_claims(connection, window),
        claimed_by_runs=connection.execute(_CLAIMED_BY_RUNS, window).scalar_one(),
        claim_rows=connection.execute(_CLAIM_ROWS, window).scalar_one(),
        message_rows=connection.execute(_MESSAGES, window).scalar_one(),
        deliveries={row.state: row.number for row in by_state},
        unclear=sum(row.unclear for row in by_state),
    )


def _read_sums(connection: Connection, statement: Executable, window: dict[str, datetime]) -> dict[str, int]:
    row = connection.execute(statement, window).mappings().one()
    return {name: int(value) for name, value in row.items()}


def _hits_with_claims(connection: Connection, window: dict[str, datetime]) -> tuple[LedgerHit, ...]:
    by_hit: dict[int, list[HitClaim]] = {}
    for hit_id, consumer, notified, reason in connection.execute(_CLAIMS, window):
        by_hit.setdefault(hit_id, []).append(HitClaim(consumer=consumer, notified=notified, reason=reason))
    hits = (LedgerHit(**row) for row in connection.execute(_HITS, window).mappings())
    return tuple(replace(hit, claims=tuple(by_hit.get(hit.id, ()))) for hit in hits)


class TransactionCounts(NamedTuple):
    """The counts of one transaction, and the time that it gave to its rows."""

    at: datetime
    kind: LedgerKind
    feed_id: FeedId | None
    stored: StoredCounts
    entries: EntryCounts = EntryCounts()


def write(connection: Connection, transactions: Sequence[TransactionCounts]) -> None:
    """Insert a row for each of these transactions that counted anything."""
    counted = ((each, {**asdict(each.entries), **asdict(each.stored)}) for each in transactions)
    rows = [
        {"at": each.at, "kind": each.kind, "feed_id": each.feed_id, **counts}
        for each, counts in counted
        if any(counts.values())
    ]
    if rows:
        connection.execute(insert(LedgerRow), rows)


def write_messages(connection: Connection, messages: Sequence[Message], now: datetime) -> None:
    """Insert the counts of messages queued in this transaction."""
    deliveries = sum(len(set(message.recipients)) or 1 for message in messages)
    write(
        connection,
        [TransactionCounts(now, "outbox", None, StoredCounts(messages=len(messages), deliveries=deliveries))],
    )
