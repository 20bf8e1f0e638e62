"""The outbox: rendered messages, each with one delivery for each recipient.

A message is queued in the transaction that decides on it: a digest's run, an alert, a notice about channels.
`_deliveries` has the state of its deliveries.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, insert, or_
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import col

from monitor.core.messages.retries import RETRY_PERIOD
from monitor.core.model import DeliveryState, Message
from monitor.store import _ledger
from monitor.store._outgoing_tables import DeliveryRow, MessageRow
from monitor.store._statements import due_condition, insert_new
from monitor.store._types import from_row, to_row

UNSETTLED = (DeliveryState.QUEUED.value, DeliveryState.SENDING.value)
"""The states of deliveries that are to be sent, or are being sent."""
IS_DUE = or_(
    and_(col(DeliveryRow.attempts) == 0, col(DeliveryRow.retry_since).is_(None)),
    due_condition(col(DeliveryRow.next_attempt_at), col(DeliveryRow.attempts), (RETRY_PERIOD,)),
)
"""The next attempt of a delivery has come. One that was neither tried nor held is due whatever the clock said when it
was queued. `due_parameters(now, (RETRY_PERIOD,))` are the parameters."""


def enqueue(connection: Connection, messages: Iterable[Message], now: datetime) -> int:
    """Queue messages whose keys are not known, count them in the ledger, and return their number."""
    new = [message for message in messages if _insert(connection, message, now)]
    _ledger.write_messages(connection, new, now)
    return len(new)


def _insert(connection: Connection, message: Message, now: datetime) -> bool:
    """Insert a message with one delivery for each recipient; False if its key is known."""
    statement = insert_new(connection.dialect.name, MessageRow, ("key",), ("id",))
    message_id = connection.execute(statement, to_row(MessageRow, message, created_at=now)).scalar()
    if message_id is None:
        return False
    recipients = dict.fromkeys(message.recipients or (message.channel,))
    connection.execute(insert(DeliveryRow), [_delivery_row(message_id, each, now, message) for each in recipients])
    return True


def message_from_row(row: RowMapping) -> Message:
    """Build a message from its row."""
    return from_row(Message, row, recipients=tuple(row["recipients"]))


def _delivery_row(message_id: int, recipient: str, now: datetime, message: Message) -> dict[str, object]:
    """Build the row of a delivery; if its message is held, its retries are counted from the end of that."""
    return {
        "message_id": message_id,
        "recipient": recipient,
        "state": DeliveryState.QUEUED.value,
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": message.not_before or now,
        "retry_since": message.not_before,
        "settled_at": None,
        "maybe_repeat": False,
        "unconfirmed": False,
        "last_error": "",
        "answer": "",
        "digest_id": message.digest_id,
    }
