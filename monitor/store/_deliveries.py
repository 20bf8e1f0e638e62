"""Deliveries: the state of each message for each recipient.

A sender claims due deliveries under its number and holds them as long as it lives, however slow it is. The deliveries
of a dead sender are queued again at once and marked as possible repeats, because it is not known whether they arrived:
see `_delivery_queue`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, func, select, update
from sqlmodel import col

from monitor.core.errors import Arrival
from monitor.core.model import Delivery, DeliveryState, Message
from monitor.store import _channel_states, _delivery_queue, _outbox
from monitor.store._configuration_edits import set_channel
from monitor.store._database import Database
from monitor.store._delivery_lists import COMPLETE, delivery_from_row
from monitor.store._failures import translate_errors
from monitor.store._outgoing_tables import DeliveryRow, MessageRow

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


class Deliveries(Database):
    """The messages of the outbox for each recipient, from being queued to being accepted or given up."""

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
            created_at = connection.execute(replacement.returning(col(MessageRow.created_at))).scalar()
            _outbox.enqueue(connection, [replace(each, not_before=now) for each in further], created_at or now)

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
            rows = connection.execute(COMPLETE, {"ids": ids}).mappings() if ids else ()
            return [(delivery_from_row(row), _outbox.message_from_row(row)) for row in rows]

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
