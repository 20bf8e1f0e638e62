"""Writes the ledger: one row for each transaction that saw entries, or stored articles, hits or messages.

Each row is written in the transaction that it counts, so that a process that dies leaves both or neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert
from sqlalchemy.engine import Connection

from monitor.core.model import EntryCounts, FeedId, LedgerKind, Message, StoredCounts
from monitor.store._incoming_tables import LedgerRow


class Transaction(NamedTuple):
    """The counts of one transaction, and the time that it gave to its rows."""

    at: datetime
    kind: LedgerKind
    feed_id: FeedId | None
    stored: StoredCounts
    entries: EntryCounts = EntryCounts()


def write(connection: Connection, transactions: Sequence[Transaction]) -> None:
    """Insert a row for each of these transactions that counted anything."""
    rows = [_row(each) for each in transactions if any(_counts(each).values())]
    if rows:
        connection.execute(insert(LedgerRow), rows)


def write_messages(connection: Connection, messages: Sequence[Message], now: datetime) -> None:
    """Insert the counts of messages queued in this transaction."""
    deliveries = sum(len(set(message.recipients)) or 1 for message in messages)
    write(connection, [Transaction(now, "outbox", None, StoredCounts(messages=len(messages), deliveries=deliveries))])


def _row(transaction: Transaction) -> dict[str, object]:
    return {"at": transaction.at, "kind": transaction.kind, "feed_id": transaction.feed_id, **_counts(transaction)}


def _counts(transaction: Transaction) -> dict[str, int]:
    return {**asdict(transaction.entries), **asdict(transaction.stored)}
