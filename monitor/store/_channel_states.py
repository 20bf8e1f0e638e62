"""States of channels that have failed: consecutive failures, pauses, probes, and what was reported of them.

A channel has a row from its first failure on. While it is paused, its deliveries stay queued, except one probe at a
time. `core.messages.pausing` decides.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.messages import pausing
from monitor.core.messages.retries import RETRY_PERIOD, UNCONFIRMED
from monitor.core.model import WAITS_FOR_EARLIER, ChannelState, DeliveryState, Message
from monitor.store import _outbox
from monitor.store._database import Database
from monitor.store._outgoing_tables import ChannelStateRow, DeliveryRow, MessageRow
from monitor.store._statements import among, due_condition, due_parameters, insert_new

EXPIRED = f"it waited {pausing.MAX_CHANNEL_PAUSE.days} days for its channel, which is paused"
_QUEUED = col(DeliveryRow.state) == DeliveryState.QUEUED.value
_WAITING = (
    select(func.count())
    .select_from(DeliveryRow)
    .join(MessageRow, col(DeliveryRow.message_id) == col(MessageRow.id))
    .where(_QUEUED, col(MessageRow.channel) == col(ChannelStateRow.name))
    .scalar_subquery()
)
_STATES = select(
    ChannelStateRow, case((col(ChannelStateRow.paused_at).is_not(None), _WAITING), else_=0).label("waiting")
).order_by(col(ChannelStateRow.name))
_LOCKED_STATE = select(ChannelStateRow).where(col(ChannelStateRow.name) == bindparam("channel")).with_for_update()
_UPDATE = update(ChannelStateRow).where(col(ChannelStateRow.name) == bindparam("channel"))
_CHANNEL_OF_DELIVERY = (
    select(col(MessageRow.channel), col(MessageRow.key), col(MessageRow.kind))
    .join(DeliveryRow, col(DeliveryRow.message_id) == col(MessageRow.id))
    .where(col(DeliveryRow.id) == bindparam("delivery_id"))
)
_OF_CHANNEL = col(DeliveryRow.message_id).in_(
    select(col(MessageRow.id)).where(col(MessageRow.channel) == bindparam("channel"))
)
_IS_NOT_NOTICE = col(DeliveryRow.message_id).not_in(select(col(MessageRow.id)).where(col(MessageRow.kind) == "notice"))
"""Excludes notices: one that a channel refuses is sent through another channel."""
_QUEUE_FAILED_AGAIN = (
    update(DeliveryRow)
    .where(
        _OF_CHANNEL,
        _IS_NOT_NOTICE,
        col(DeliveryRow.state) == DeliveryState.DEAD.value,
        col(DeliveryRow.settled_at) >= bindparam("failing_since"),
        ~col(DeliveryRow.last_error).contains(UNCONFIRMED),
    )
    .values(state=DeliveryState.QUEUED.value, settled_at=None, next_attempt_at=bindparam("now"))
)
"""Queue failed deliveries again, except those that were sent twice without a confirmation and may have arrived."""
_RESTART_RETRIES = update(DeliveryRow).where(_OF_CHANNEL, _QUEUED).values(retry_since=bindparam("now"))
_EXPIRE_WAITING = (
    update(DeliveryRow)
    .where(_OF_CHANNEL, _QUEUED, col(DeliveryRow.created_at) < bindparam("before"))
    .values(state=DeliveryState.DEAD.value, settled_at=bindparam("now"), next_attempt_at=None, last_error=EXPIRED)
)
_TO_PROBE = (
    select(col(ChannelStateRow.name), col(ChannelStateRow.probes))
    .where(
        col(ChannelStateRow.paused_at).is_not(None),
        due_condition(col(ChannelStateRow.probe_at), col(ChannelStateRow.probes), pausing.PROBE_DELAYS),
        ~among(col(ChannelStateRow.name), "excluded_channels"),
    )
    .with_for_update(skip_locked=True)
)
_OLDEST_QUEUED = (
    select(col(DeliveryRow.id))
    .join(MessageRow, col(DeliveryRow.message_id) == col(MessageRow.id))
    .where(
        col(MessageRow.channel) == bindparam("channel"),
        _QUEUED,
        _outbox.IS_DUE,
    )
    .order_by(col(DeliveryRow.last_error) == WAITS_FOR_EARLIER, col(DeliveryRow.next_attempt_at), col(DeliveryRow.id))
    .limit(1)
    .with_for_update(skip_locked=True, of=DeliveryRow)
)
"""One that waits for another comes last: it would be held again, and the channel not tried."""
_NO_FAILURES = {
    "failures": 0, "failing_since": None, "last_message": "", "reason": "", "paused_at": None, "probe_at": None,
    "probes": 0, "config": "",
}  # fmt: skip


class ChannelStates(Database):
    """States of the channels that have failed."""

    def channel_states(self) -> dict[str, ChannelState]:
        """Return the channels that have ever failed permanently, by name; `waiting` is counted for paused ones only."""
        return {row["name"]: ChannelState(**row) for row in self._rows(_STATES)}

    def resume_channel(self, name: str, now: datetime) -> bool:
        """Resume a paused channel; False if it is not paused."""
        with self._writing() as connection:
            return _resume(connection, name, now)

    def note_channel_config(self, name: str, fingerprint: str) -> None:
        """Store the fingerprint of the configuration with which a channel was paused."""
        self._write(_UPDATE.values(config=fingerprint), {"channel": name})

    def report_channels(self, message: Message, names: Collection[str], now: datetime) -> bool:
        """Queue a notice about channels; False, with nothing stored, if another sender has reported them meanwhile."""
        with self._writing() as connection:
            states = [_lock_channel(connection, channel) for channel in sorted(names)]
            if not all(pausing.is_notice_due(state, now) for state in states):
                return False
            _outbox.enqueue(connection, [message], now)
            for channel in names:
                connection.execute(_UPDATE.values(unreported=0, noticed_at=now), {"channel": channel})
            return True


def count_failure(connection: Connection, delivery_id: int, now: datetime, reason: str, *, of_channel: bool) -> bool:
    """Count a delivery that failed permanently, and pause its channel if that is due.

    With `of_channel` False the failure concerns this delivery alone and is only reported. Returns True if the delivery
    waits for its paused channel instead of failing.
    """
    row = connection.execute(_CHANNEL_OF_DELIVERY, {"delivery_id": delivery_id}).one_or_none()
    if row is None:
        return False
    channel, key, kind = row
    state = _lock_channel(connection, channel)
    if of_channel:
        state = pausing.record_failure(state, key, reason, now)
    waits = of_channel and state.paused_at is not None and kind != "notice"
    values = _row_values(state) | {"unreported": state.unreported + (kind != "notice" and not waits)}
    connection.execute(_UPDATE.values(values), {"channel": channel})
    if waits:
        connection.execute(_QUEUE_FAILED_AGAIN, {"channel": channel, "failing_since": state.failing_since, "now": now})
    return waits


def resume_channel_of(connection: Connection, delivery_id: int, now: datetime) -> None:
    """Reset the failures of a delivery's channel, after it accepted a delivery or one was requeued."""
    row = connection.execute(_CHANNEL_OF_DELIVERY, {"delivery_id": delivery_id}).one_or_none()
    if row is not None:
        _resume(connection, row.channel, now)


def choose_probes(connection: Connection, now: datetime, excluded_channels: Collection[str]) -> list[int]:
    """Choose a waiting delivery of each paused channel that is due for a probe; give up those that waited too long."""
    chosen = []
    parameters = {**due_parameters(now, pausing.PROBE_DELAYS), "excluded_channels": excluded_channels}
    for channel, probe_count in connection.execute(_TO_PROBE, parameters).all():
        _expire(connection, channel, now)
        oldest = connection.execute(
            _OLDEST_QUEUED, {"channel": channel, **due_parameters(now, (RETRY_PERIOD,))}
        ).scalar()
        if oldest is not None:
            chosen.append(oldest)
            values = {"probe_at": now + pausing.probe_delay(probe_count + 1), "probes": probe_count + 1}
            connection.execute(_UPDATE.values(values), {"channel": channel})
    return chosen


def _resume(connection: Connection, channel: str, now: datetime) -> bool:
    """Reset a channel's failures and release its queue; returns True if it was paused."""
    row = connection.execute(_LOCKED_STATE, {"channel": channel}).mappings().one_or_none()
    if row is None or not (row["failures"] or row["paused_at"]):
        return False
    connection.execute(_UPDATE.values(_NO_FAILURES), {"channel": channel})
    if row["paused_at"]:
        connection.execute(_RESTART_RETRIES, {"channel": channel, "now": now})
    return row["paused_at"] is not None


def _expire(connection: Connection, channel: str, now: datetime) -> None:
    parameters = {"channel": channel, "before": now - pausing.MAX_CHANNEL_PAUSE, "now": now}
    if expired := connection.execute(_EXPIRE_WAITING, parameters).rowcount:
        connection.execute(_UPDATE.values(unreported=col(ChannelStateRow.unreported) + expired), {"channel": channel})


def _lock_channel(connection: Connection, channel: str) -> ChannelState:
    """Return a channel's row locked for update; inserted if it is missing."""
    new = _row_values(ChannelState(name=channel)) | {"name": channel}
    connection.execute(insert_new(connection.dialect.name, ChannelStateRow, ("name",)), new)
    return ChannelState(**connection.execute(_LOCKED_STATE, {"channel": channel}).mappings().one())


def _row_values(state: ChannelState) -> dict[str, object]:
    return {name: value for name, value in asdict(state).items() if name not in {"name", "waiting"}}
