"""Deliveries whose reader or channel was edited: sent by another channel, cancelled, or queued again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.model import DeliveryState
from monitor.store._database import Database
from monitor.store._outbox import UNSETTLED
from monitor.store._outgoing_tables import DeliveryRow, MessageRow
from monitor.store._statements import among

_CANCEL = (
    update(DeliveryRow)
    .where(
        col(DeliveryRow.id) == bindparam("delivery_id"),
        col(DeliveryRow.state).in_(UNSETTLED),
    )
    .values(
        state=DeliveryState.CANCELLED.value,
        settled_at=bindparam("now"),
        next_attempt_at=None,
        owner=None,
        last_error=bindparam("reason"),
    )
)
_SET_CHANNEL = (
    update(MessageRow)
    .where(
        col(MessageRow.id)
        == select(col(DeliveryRow.message_id))
        .where(col(DeliveryRow.id) == bindparam("delivery_id"), col(DeliveryRow.state) == DeliveryState.QUEUED.value)
        .scalar_subquery(),
        col(MessageRow.channel) != bindparam("new_channel"),
    )
    .values(channel=bindparam("new_channel"))
)
_REQUEUE_FAILED = (
    update(DeliveryRow)
    .where(
        col(DeliveryRow.state) == DeliveryState.DEAD.value,
        among(col(DeliveryRow.last_error), "reasons"),
        col(DeliveryRow.created_at) >= bindparam("since"),
    )
    .values(
        state=DeliveryState.QUEUED.value,
        settled_at=None,
        next_attempt_at=bindparam("now"),
        retry_since=bindparam("now"),
    )
)


class ConfigurationEdits(Database):
    """Deliveries whose channel or reader changed with an edit of the configuration."""

    def send_by(self, delivery_id: int, channel: str) -> None:
        """Send a queued delivery, the only one of its message, by another channel; its key stays."""
        with self._writing() as connection:
            set_channel(connection, delivery_id, channel)

    def cancel(self, delivery_id: int, now: datetime, reason: str) -> None:
        """Mark a delivery that is queued or being sent as cancelled; only a manual retry queues it again."""
        self._write(_CANCEL, {"delivery_id": delivery_id, "now": now, "reason": reason})

    def requeue_failed(self, reasons: Collection[str], since: datetime, now: datetime) -> int:
        """Queue deliveries again that failed for one of these reasons and were created `since`; return how many."""
        return self._write(_REQUEUE_FAILED, {"reasons": reasons, "since": since, "now": now})


def set_channel(connection: Connection, delivery_id: int, channel: str) -> None:
    """Store the channel of a queued delivery's message."""
    connection.execute(_SET_CHANNEL, {"delivery_id": delivery_id, "new_channel": channel})
