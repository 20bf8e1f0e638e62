"""Lists and counts of deliveries, and what earlier alerts and messages a new one refers to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.engine import RowMapping
from sqlmodel import col

from monitor.core.model import NO_ERRORS, Delivery, DeliveryState, Message, UndeliveredCounts
from monitor.store import _outbox
from monitor.store._database import Database
from monitor.store._delivery_queue import PAUSED_CHANNELS
from monitor.store._outgoing_tables import DeliveryRow, MessageRow
from monitor.store._statements import among, count_where
from monitor.store._types import from_row

_IS_PAUSED = col(MessageRow.channel).in_(PAUSED_CHANNELS)
_DELIVERIES = select(
    DeliveryRow,
    col(MessageRow.key),
    col(MessageRow.kind),
    col(MessageRow.channel),
    col(MessageRow.subject),
    _IS_PAUSED.label("channel_paused"),
).join(MessageRow, col(DeliveryRow.message_id) == col(MessageRow.id))
_NEWEST = _DELIVERIES.order_by(col(DeliveryRow.id).desc()).limit(bindparam("limit"))
_UNSENT = (*_outbox.UNSETTLED, DeliveryState.DEAD.value)
_IS_DEAD = col(DeliveryRow.state) == DeliveryState.DEAD.value
_FAILED = _NEWEST.where(
    or_(
        _IS_DEAD,
        col(DeliveryRow.last_error).not_in(NO_ERRORS),
        _IS_PAUSED,
    ),
    col(DeliveryRow.state).in_(_UNSENT),  # an index on the state answers this, but not "not sent"
)
_CANCELLED = _NEWEST.where(col(DeliveryRow.state) == DeliveryState.CANCELLED.value)
_OF_DIGEST = _NEWEST.where(col(DeliveryRow.digest_id) == bindparam("digest_id"))
_IS_WAITING = and_(
    col(DeliveryRow.state) == DeliveryState.QUEUED.value,
    or_(col(DeliveryRow.last_error).not_in(NO_ERRORS), _IS_PAUSED),
)
_UNDELIVERED_COUNTS = (
    select(
        count_where(and_(_IS_DEAD, col(DeliveryRow.settled_at) >= bindparam("failed_since"))).label("failed"),
        count_where(_IS_WAITING).label("waiting"),
    )
    .select_from(DeliveryRow)
    .join(MessageRow, col(DeliveryRow.message_id) == col(MessageRow.id))
    .where(col(DeliveryRow.state).in_(_UNSENT))
)
"""The counts of what `Delivery.status` calls failed, and waiting or paused."""
COMPLETE = (
    _DELIVERIES.add_columns(
        col(MessageRow.text), col(MessageRow.html), col(MessageRow.payload), col(MessageRow.recipients)
    )
    .where(among(col(DeliveryRow.id), "ids"))
    .order_by(col(DeliveryRow.id))
)
"""The deliveries with the parameter `ids`, with their messages; `delivery_from_row` reads the rows."""
_QUEUED = _DELIVERIES.where(col(DeliveryRow.state) == DeliveryState.QUEUED.value).order_by(col(DeliveryRow.id))
_FIRST = _DELIVERIES.where(col(MessageRow.key) == bindparam("message_key")).order_by(col(DeliveryRow.id)).limit(1)
_LAST_ACCEPTED = (
    select(col(DeliveryRow.recipient), func.max(col(DeliveryRow.created_at)).label("created_at"))
    .join(MessageRow, col(DeliveryRow.message_id) == col(MessageRow.id))
    .where(
        col(MessageRow.channel) == bindparam("channel"),
        col(DeliveryRow.state) == DeliveryState.SENT.value,
        col(DeliveryRow.created_at) >= bindparam("since"),
    )
    .group_by(col(DeliveryRow.recipient))
)
_ALERT_KEYS = (
    select(col(MessageRow.key))
    .where(col(MessageRow.kind) == "alert", col(MessageRow.channel) == bindparam("channel"))
    .order_by(col(MessageRow.id))
)
_ALERTS = select(func.count(col(MessageRow.created_at).distinct())).where(
    col(MessageRow.created_at) >= bindparam("since"), col(MessageRow.key).startswith("alert/alerts")
)
"""The messages of one alert, for all stories, channels and readers, are queued at the same time."""


class DeliveryLists(Database):
    """Reads deliveries; `Deliveries` changes their states."""

    def queued_deliveries(self) -> list[Delivery]:
        """Return the deliveries that are to be sent, now or later, and are not being sent."""
        return [delivery_from_row(row) for row in self._rows(_QUEUED)]

    def deliveries(
        self, *, failed: bool = False, cancelled: bool = False, limit: int = 100, before: int | None = None
    ) -> list[Delivery]:
        """Return deliveries, newest first, after the one with the id `before`.

        `failed`: only those that have an error and are not sent, or are paused. `cancelled`: only those cancelled.
        """
        statement = _CANCELLED if cancelled else _FAILED if failed else _NEWEST
        if before is not None:
            statement = statement.where(col(DeliveryRow.id) < before)
        return [delivery_from_row(row) for row in self._rows(statement, {"limit": limit})]

    def count_undelivered(self, failed_since: datetime) -> UndeliveredCounts:
        """Count the deliveries that failed for good since a time, and all those that are sent again."""
        with self._reading() as connection:
            row = connection.execute(_UNDELIVERED_COUNTS, {"failed_since": failed_since}).one()
        return UndeliveredCounts(failed=row.failed, waiting=row.waiting)

    def deliveries_of(self, digest_id: str, limit: int = 100) -> list[Delivery]:
        """Return the deliveries of a digest, those under its former ids included, newest first."""
        return [delivery_from_row(row) for row in self._rows(_OF_DIGEST, {"digest_id": digest_id, "limit": limit})]

    def deliveries_of_notice(self, name: str) -> list[Delivery]:
        """Return the deliveries of a notice through all channels."""
        is_of_notice = col(MessageRow.key).startswith(f"notice/{name}/", autoescape=True)
        return [
            delivery_from_row(row) for row in self._rows(_DELIVERIES.where(is_of_notice).order_by(col(DeliveryRow.id)))
        ]

    def last_accepted(self, channel: str, since: datetime) -> dict[str, datetime]:
        """Return when the last message to each recipient was created that a channel accepted, since an instant."""
        rows = self._rows(_LAST_ACCEPTED, {"channel": channel, "since": since})
        return {row["recipient"]: row["created_at"] for row in rows}

    def delivery(self, delivery_id: int) -> tuple[Delivery, Message] | None:
        """Return a delivery with its message as it is stored; None if there is none."""
        row = self._row(COMPLETE, {"ids": [delivery_id]})
        return None if row is None else (delivery_from_row(row), _outbox.message_from_row(row))

    def first_delivery(self, message_key: str) -> Delivery | None:
        """Return the first delivery of a message; None if it is not stored."""
        row = self._row(_FIRST, {"message_key": message_key})
        return None if row is None else delivery_from_row(row)

    def count_alerts(self, since: datetime) -> int:
        """Count the alerts that were queued since an instant; spikes do not count."""
        with self._reading() as connection:
            return connection.execute(_ALERTS, {"since": since}).scalar_one()

    def first_alerts(self, channel: str, story_ids: Collection[int]) -> dict[int, str]:
        """Return the key of the first message of an alert about each of these stories, in a channel with one each."""
        endings = {f"s{story_id}": story_id for story_id in story_ids}
        keys = [row["key"] for row in self._rows(_ALERT_KEYS, {"channel": channel})]
        return {endings[end]: key for key in reversed(keys) if (end := key.rpartition("/")[2]) in endings}


def delivery_from_row(row: RowMapping) -> Delivery:
    """Build a delivery from its row."""
    state = DeliveryState(row["state"])
    sent_at = row["settled_at"] if state is DeliveryState.SENT else None
    failed_at = row["settled_at"] if state is DeliveryState.DEAD else None
    return from_row(Delivery, row, message_key=row["key"], state=state, sent_at=sent_at, failed_at=failed_at)
