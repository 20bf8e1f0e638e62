"""Deliveries: the state of each message for each recipient.

A sender claims due deliveries under its number and holds them as long as it lives, however slow it is. The deliveries
of a dead sender are queued again at once and marked as possible repeats, because it is not known whether they arrived:
see `_delivery_queue`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.engine import RowMapping
from sqlmodel import col

from monitor.core.errors import Arrival
from monitor.core.model import NO_ERRORS, Delivery, DeliveryState, Message, UndeliveredCounts
from monitor.store import _channel_states, _delivery_queue, _outbox
from monitor.store._configuration_edits import set_channel
from monitor.store._database import Database
from monitor.store._delivery_queue import PAUSED_CHANNELS
from monitor.store._failures import translate_errors
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
_COMPLETE = (
    _DELIVERIES.add_columns(
        col(MessageRow.text), col(MessageRow.html), col(MessageRow.payload), col(MessageRow.recipients)
    )
    .where(among(col(DeliveryRow.id), "ids"))
    .order_by(col(DeliveryRow.id))
)
_PLANNED = select(col(DeliveryRow.id), col(DeliveryRow.next_attempt_at)).where(
    col(DeliveryRow.state) == DeliveryState.QUEUED.value, col(DeliveryRow.next_attempt_at) > bindparam("now")
)
_REPLAN = (
    update(DeliveryRow).where(col(DeliveryRow.id) == bindparam("delivery_id")).values(next_attempt_at=bindparam("at"))
)
_NOT_SENT = and_(col(DeliveryRow.id) == bindparam("delivery_id"), col(DeliveryRow.state) != DeliveryState.SENT.value)
"""A delivery, unless it was sent."""
_SET_OUTCOME = update(DeliveryRow).where(_NOT_SENT).values(owner=None)
_HOLD = _SET_OUTCOME.values(
    state=DeliveryState.QUEUED.value,
    attempts=col(DeliveryRow.attempts) - 1,
    next_attempt_at=bindparam("until"),
    retry_since=func.coalesce(col(DeliveryRow.retry_since), col(DeliveryRow.created_at)),
    last_error=bindparam("reason"),
)
"""The update that holds a delivery. It sets `retry_since`, since what was neither tried nor held is due at once."""
_REQUEUE = (
    update(DeliveryRow)
    .where(_NOT_SENT, col(DeliveryRow.state) != DeliveryState.SENDING.value)
    .values(state=DeliveryState.QUEUED.value, next_attempt_at=bindparam("now"), retry_since=bindparam("now"))
    .returning(col(DeliveryRow.id))
)
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


class Deliveries(Database):
    """The messages of the outbox for each recipient."""

    def enqueue(self, message: Message, now: datetime) -> None:
        """Queue a message with one delivery for each recipient; nothing changes if its key is known."""
        with self._writing() as connection:
            _outbox.enqueue(connection, [message], now)

    def store_rendered(self, message_key: str, messages: Sequence[Message], now: datetime) -> None:
        """Put what is rendered only now in the place of the message with this key, and queue its further parts.

        All parts count as created when that message was; retries of the further ones are counted from now.
        """
        first, *further = messages
        values = {"key": first.key, "subject": first.subject, "payload": first.payload}
        values |= {"html": first.html, "text": first.text}
        replacement = update(MessageRow).where(col(MessageRow.key) == message_key).values(values)
        with self._writing() as connection:
            created_at = connection.execute(replacement.returning(col(MessageRow.created_at))).scalar_one()
            _outbox.enqueue(connection, [replace(each, not_before=now) for each in further], created_at)

    def claim_deliveries(
        self,
        now: datetime,
        limit: int = 50,
        *,
        excluded_channels: Collection[str] = (),
        in_progress: Collection[int] = (),
    ) -> list[tuple[Delivery, Message]]:
        """Claim due deliveries; no other sender gets them until their result is stored or this process ends.

        Deliveries of dead senders are due at once and marked as possible repeats. `in_progress` names the deliveries
        that this sender still works on; others that it holds were broken off, and are queued again for later, marked.
        Deliveries of `excluded_channels` are not claimed. One delivery of a paused channel is claimed when a probe is
        due, beyond the limit. A delivery that was neither tried nor held is due whatever the clock said when it was
        queued.
        """
        with translate_errors(self.url):
            self._sender.ensure_held()
        with self._writing() as connection:
            _delivery_queue.release_abandoned(connection, now, self._sender, in_progress)
            ids = _delivery_queue.take_due(connection, now, limit, excluded_channels, self._sender)
            rows = connection.execute(_COMPLETE, {"ids": ids}).mappings() if ids else ()
            return [(_delivery(row), _outbox.message_from_row(row)) for row in rows]

    def sent(self, delivery_id: int, now: datetime, answer: str = "") -> None:
        """Store that a delivery was accepted, with the response of the service. Resumes a paused channel."""
        values = {"state": DeliveryState.SENT.value, "settled_at": now, "next_attempt_at": None, "answer": answer}
        with self._writing() as connection:
            connection.execute(_SET_OUTCOME.values(values), {"delivery_id": delivery_id})
            _channel_states.resume_channel_of(connection, delivery_id, now)

    def retry_later(self, delivery_id: int, at: datetime, error: str, *, arrival: Arrival = "no") -> None:
        """Queue a delivery again for `at`; one that may have arrived is marked as a possible repeat."""
        values = {"state": DeliveryState.QUEUED.value, "next_attempt_at": at, "last_error": error}
        marks = {"maybe_repeat": arrival != "no", "unconfirmed": arrival == "unclear"}
        changes = values | {name: True for name, is_set in marks.items() if is_set}
        self._write(_SET_OUTCOME.values(changes), {"delivery_id": delivery_id})

    def hold(self, delivery_id: int, until: datetime, reason: str) -> None:
        """Queue a delivery again that was claimed and not tried: that counts as no attempt."""
        self._write(_HOLD, {"delivery_id": delivery_id, "until": until, "reason": reason})

    def advance_attempts(self, now: datetime, by: timedelta) -> None:
        """Plan further attempts earlier by `by`, because the clock was set back by that while they waited.

        For one process only: each call advances all attempts once more.
        """
        with self._writing() as connection:
            planned = connection.execute(_PLANNED, {"now": now}).all()
            earlier = [{"delivery_id": each, "at": max(now, at - by)} for each, at in planned if at is not None]
            if earlier:
                connection.execute(_REPLAN, earlier)

    def give_up(self, delivery_id: int, now: datetime, error: str, *, of_channel: bool = True) -> bool:
        """Mark a delivery as dead until it is requeued; True if it waits for its paused channel instead.

        A channel is paused after `pausing.MAX_FAILURES` consecutive messages. `of_channel` False: the failure says
        nothing about other messages.
        """
        values = {"state": DeliveryState.DEAD.value, "settled_at": now, "next_attempt_at": None, "last_error": error}
        with self._writing() as connection:
            connection.execute(_SET_OUTCOME.values(values), {"delivery_id": delivery_id})
            return _channel_states.count_failure(connection, delivery_id, now, error, of_channel=of_channel)

    def queued_deliveries(self) -> list[Delivery]:
        """Return the deliveries that are to be sent, now or later, and are not being sent."""
        return [_delivery(row) for row in self._rows(_QUEUED)]

    def deliveries(
        self, *, failed: bool = False, cancelled: bool = False, limit: int = 100, before: int | None = None
    ) -> list[Delivery]:
        """Return deliveries, newest first, after the one with the id `before`.

        `failed`: only those that have an error and are not sent, or are paused. `cancelled`: only those cancelled.
        """
        statement = _CANCELLED if cancelled else _FAILED if failed else _NEWEST
        if before is not None:
            statement = statement.where(col(DeliveryRow.id) < before)
        return [_delivery(row) for row in self._rows(statement, {"limit": limit})]

    def count_undelivered(self, failed_since: datetime) -> UndeliveredCounts:
        """Count the deliveries that failed for good since a time, and all those that are sent again."""
        with self._reading() as connection:
            row = connection.execute(_UNDELIVERED_COUNTS, {"failed_since": failed_since}).one()
        return UndeliveredCounts(failed=row.failed, waiting=row.waiting)

    def deliveries_of(self, digest_id: str, limit: int = 100) -> list[Delivery]:
        """Return the deliveries of a digest, those under its former ids included, newest first."""
        return [_delivery(row) for row in self._rows(_OF_DIGEST, {"digest_id": digest_id, "limit": limit})]

    def deliveries_of_notice(self, name: str) -> list[Delivery]:
        """Return the deliveries of a notice through all channels."""
        is_of_notice = col(MessageRow.key).startswith(f"notice/{name}/", autoescape=True)
        return [_delivery(row) for row in self._rows(_DELIVERIES.where(is_of_notice).order_by(col(DeliveryRow.id)))]

    def last_accepted(self, channel: str, since: datetime) -> dict[str, datetime]:
        """Return when the last message to each recipient was created that a channel accepted, since an instant."""
        rows = self._rows(_LAST_ACCEPTED, {"channel": channel, "since": since})
        return {row["recipient"]: row["created_at"] for row in rows}

    def delivery(self, delivery_id: int) -> tuple[Delivery, Message] | None:
        """Return a delivery with its message as it is stored; None if there is none."""
        row = self._row(_COMPLETE, {"ids": [delivery_id]})
        return None if row is None else (_delivery(row), _outbox.message_from_row(row))

    def first_delivery(self, message_key: str) -> Delivery | None:
        """Return the first delivery of a message; None if it is not stored."""
        row = self._row(_FIRST, {"message_key": message_key})
        return None if row is None else _delivery(row)

    def count_alerts(self, since: datetime) -> int:
        """Count the alerts that were queued since an instant; spikes do not count."""
        with self._reading() as connection:
            return connection.execute(_ALERTS, {"since": since}).scalar_one()

    def first_alerts(self, channel: str, story_ids: Collection[int]) -> dict[int, str]:
        """Return the key of the first message of an alert about each of these stories, in a channel with one each."""
        endings = {f"s{story_id}": story_id for story_id in story_ids}
        keys = [row["key"] for row in self._rows(_ALERT_KEYS, {"channel": channel})]
        return {endings[end]: key for key in reversed(keys) if (end := key.rpartition("/")[2]) in endings}

    def requeue(self, delivery_id: int, now: datetime, *, channel: str | None = None) -> bool:
        """Queue a dead or waiting delivery at once and resume its channel; False if unknown, sent or in progress.

        `channel`: the one by which it goes from now on, if it is the only delivery of its message.
        """
        with self._writing() as connection:
            if connection.execute(_REQUEUE, {"delivery_id": delivery_id, "now": now}).scalar() is None:
                return False
            if channel is not None:
                set_channel(connection, delivery_id, channel)
            _channel_states.resume_channel_of(connection, delivery_id, now)
            return True


def _delivery(row: RowMapping) -> Delivery:
    state = DeliveryState(row["state"])
    sent_at = row["settled_at"] if state is DeliveryState.SENT else None
    failed_at = row["settled_at"] if state is DeliveryState.DEAD else None
    return from_row(Delivery, row, message_key=row["key"], state=state, sent_at=sent_at, failed_at=failed_at)
