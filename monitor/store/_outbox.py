"""The outbox: rendered messages, and one delivery a recipient with the record of its attempts.

Taking a delivery is a conditional update under a lease: two senders never hold the same one. Its surprise: a lease that
ran out means that a sender died with the message on the wire, so the next attempt is marked as maybe a repeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, insert, or_, select, update

from monitor.core.messages.outbox import PATIENCE
from monitor.core.model import Delivery, DeliveryState, Message
from monitor.store._statements import among, has_come, insert_new, instants
from monitor.store._tables import deliveries, messages

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection, RowMapping

_MESSAGE = ("key", "kind", "channel", "subject", "text", "html", "payload", "recipients")
_ATTEMPT = ("id", "recipient", "state", "attempts", "created_at", "next_attempt_at", "last_error")
_DELIVERIES = select(
    *(deliveries.c[name] for name in (*_ATTEMPT, "maybe_repeat", "answer", "settled_at")),
    messages.c.key,
    messages.c.kind,
    messages.c.channel,
    messages.c.subject,
).join(messages, deliveries.c.message_id == messages.c.id)
_NEWEST = _DELIVERIES.order_by(deliveries.c.id.desc()).limit(bindparam("limit"))
_UNSENT = tuple(state.value for state in DeliveryState if state is not DeliveryState.SENT)
_FAILED = _NEWEST.where(
    or_(deliveries.c.state == DeliveryState.DEAD.value, deliveries.c.last_error != ""),
    deliveries.c.state.in_(_UNSENT),  # which an index knows, whereas "not sent" is in none
)
_WHOLE = (
    _DELIVERIES.add_columns(messages.c.text, messages.c.html, messages.c.payload, messages.c.recipients)
    .where(among(deliveries.c.id, "ids"))
    .order_by(deliveries.c.id)
)
_DUE = (
    select(deliveries.c.id)
    .join(messages, deliveries.c.message_id == messages.c.id)
    .where(
        ~among(messages.c.channel, "passing_over"),
        deliveries.c.state.in_((DeliveryState.QUEUED.value, DeliveryState.SENDING.value)),
        has_come(deliveries.c.next_attempt_at),
    )
    .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=deliveries)
)
_TAKE = (
    update(deliveries)
    .where(among(deliveries.c.id, "ids"))
    .values(
        maybe_repeat=or_(deliveries.c.maybe_repeat, deliveries.c.state == DeliveryState.SENDING.value),
        state=DeliveryState.SENDING.value,
        attempts=deliveries.c.attempts + 1,
        next_attempt_at=bindparam("lease_ends"),
    )
)
_THIS = and_(deliveries.c.id == bindparam("delivery_id"), deliveries.c.state != DeliveryState.SENT.value)
_SETTLE = update(deliveries).where(_THIS)
_REQUEUE = (
    update(deliveries)
    .where(_THIS, deliveries.c.state != DeliveryState.SENDING.value)
    .values(state=DeliveryState.QUEUED.value, next_attempt_at=bindparam("now"))
    .returning(deliveries.c.id)
)


def enqueue(connection: Connection, message: Message, now: datetime) -> bool:
    """Queue a message; False when its key is known."""
    statement = insert_new(connection.dialect.name, messages, ("key",), ("id",))
    row = {name: getattr(message, name) for name in _MESSAGE} | {"created_at": now}
    message_id = connection.execute(statement, row).scalar()
    if message_id is None:
        return False
    recipients = dict.fromkeys(message.recipients or (message.channel,))
    connection.execute(insert(deliveries), [_queued(message_id, recipient, now) for recipient in recipients])
    return True


def take(
    connection: Connection, now: datetime, lease: timedelta, limit: int, passing_over: Collection[str]
) -> list[tuple[Delivery, Message]]:
    """Take due deliveries and those whose lease ran out, but of channels that are busy."""
    asked = {**instants(now, PATIENCE), "limit": limit, "passing_over": passing_over}
    ids = list(connection.execute(_DUE, asked).scalars())
    if not ids:
        return []
    connection.execute(_TAKE, {"ids": ids, "lease_ends": now + lease})
    return [(_delivery(row), _message(row)) for row in connection.execute(_WHOLE, {"ids": ids}).mappings()]


def sent(connection: Connection, delivery_id: int, now: datetime, answer: str) -> None:
    """Note that it was taken."""
    values = {"state": DeliveryState.SENT.value, "settled_at": now, "next_attempt_at": None, "answer": answer}
    connection.execute(_SETTLE.values(values), {"delivery_id": delivery_id})


def put_off(connection: Connection, delivery_id: int, at: datetime, error: str) -> None:
    """Queue it again for later."""
    values = {"state": DeliveryState.QUEUED.value, "next_attempt_at": at, "last_error": error}
    connection.execute(_SETTLE.values(values), {"delivery_id": delivery_id})


def leave(connection: Connection, delivery_id: int, error: str) -> None:
    """Note why it is unclear whether it arrived; its lease goes on."""
    connection.execute(_SETTLE.values({"last_error": error}), {"delivery_id": delivery_id})


def give_up(connection: Connection, delivery_id: int, now: datetime, error: str) -> None:
    """Let it be dead."""
    values = {"state": DeliveryState.DEAD.value, "settled_at": now, "next_attempt_at": None, "last_error": error}
    connection.execute(_SETTLE.values(values), {"delivery_id": delivery_id})


def newest(connection: Connection, *, failed: bool, limit: int) -> list[Delivery]:
    """Read the outbox, newest first."""
    rows = connection.execute(_FAILED if failed else _NEWEST, {"limit": limit}).mappings()
    return [_delivery(row) for row in rows]


def requeue(connection: Connection, delivery_id: int, now: datetime) -> bool:
    """Queue it at once, unless it was sent or is on the wire."""
    return connection.execute(_REQUEUE, {"delivery_id": delivery_id, "now": now}).scalar() is not None


def _queued(message_id: int, recipient: str, now: datetime) -> dict[str, object]:
    return {
        "message_id": message_id,
        "recipient": recipient,
        "state": DeliveryState.QUEUED.value,
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": now,
        "settled_at": None,
        "maybe_repeat": False,
        "last_error": "",
        "answer": "",
    }


def _delivery(row: RowMapping) -> Delivery:
    state = DeliveryState(row["state"])
    return Delivery(
        **{name: row[name] for name in (*_ATTEMPT, "maybe_repeat", "answer", "kind", "channel", "subject")}
        | {"message_key": row["key"], "state": state}
        | {"sent_at": row["settled_at"] if state is DeliveryState.SENT else None}
    )


def _message(row: RowMapping) -> Message:
    return Message(**{name: row[name] for name in _MESSAGE} | {"recipients": tuple(row["recipients"])})
