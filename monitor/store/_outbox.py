"""The outbox: rendered messages, and one delivery for each recipient with the record of its attempts.

A sender takes due deliveries under its number and keeps them for as long as it lives, however slow it is. The
deliveries of a sender that has died are queued again at once, marked as possible repeats: nobody knows whether they
arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, insert, or_, select, update
from sqlmodel import col

from monitor.core.messages.retries import RETRY_PERIOD, UNCLEAR_WAIT
from monitor.core.model import Delivery, DeliveryState, Message
from monitor.store._outgoing_tables import ChannelStateRow, DeliveryRow, MessageRow
from monitor.store._statements import among, has_come, insert_new, instants

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection, RowMapping

    from monitor.store._senders import SenderLock

ORPHANED = "the process that was sending it has ended; it may have arrived"
BROKEN_OFF = "sending it was broken off; it may have arrived"
_MESSAGE = tuple(Message.__dataclass_fields__)
_AS_STORED = Delivery.__dataclass_fields__.keys() - {"message_key", "state", "sent_at"}
"""Fields of a Delivery that have the name and the type of their column."""
_DELIVERIES = select(
    col(DeliveryRow.id),
    col(DeliveryRow.recipient),
    col(DeliveryRow.state),
    col(DeliveryRow.attempts),
    col(DeliveryRow.created_at),
    col(DeliveryRow.next_attempt_at),
    col(DeliveryRow.last_error),
    col(DeliveryRow.retry_since),
    col(DeliveryRow.maybe_repeat),
    col(DeliveryRow.answer),
    col(DeliveryRow.settled_at),
    col(MessageRow.key),
    col(MessageRow.kind),
    col(MessageRow.channel),
    col(MessageRow.subject),
).join(MessageRow, col(DeliveryRow.message_id) == col(MessageRow.id))
_PAUSED = select(col(ChannelStateRow.name)).where(col(ChannelStateRow.paused_at).is_not(None))
_NEWEST = _DELIVERIES.order_by(col(DeliveryRow.id).desc()).limit(bindparam("limit"))
_UNSENT = tuple(state.value for state in DeliveryState if state is not DeliveryState.SENT)
_FAILED = _NEWEST.where(
    or_(
        col(DeliveryRow.state) == DeliveryState.DEAD.value,
        col(DeliveryRow.last_error) != "",
        col(MessageRow.channel).in_(_PAUSED),
    ),
    col(DeliveryRow.state).in_(_UNSENT),  # which an index knows, whereas "not sent" is in none
)
_WHOLE = (
    _DELIVERIES.add_columns(
        col(MessageRow.text), col(MessageRow.html), col(MessageRow.payload), col(MessageRow.recipients)
    )
    .where(among(col(DeliveryRow.id), "ids"))
    .order_by(col(DeliveryRow.id))
)
_DUE = (
    select(col(DeliveryRow.id))
    .join(MessageRow, col(DeliveryRow.message_id) == col(MessageRow.id))
    .where(
        ~among(col(MessageRow.channel), "passing_over"),
        col(MessageRow.channel).not_in(_PAUSED),
        col(DeliveryRow.state) == DeliveryState.QUEUED.value,
        or_(
            col(DeliveryRow.attempts) == 0,
            has_come(col(DeliveryRow.next_attempt_at), col(DeliveryRow.attempts), (RETRY_PERIOD,)),
        ),
    )
    .order_by(col(DeliveryRow.next_attempt_at), col(DeliveryRow.id))
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=DeliveryRow)
)
_TAKE = (
    update(DeliveryRow)
    .where(among(col(DeliveryRow.id), "ids"))
    .values(
        state=DeliveryState.SENDING.value,
        attempts=col(DeliveryRow.attempts) + 1,
        next_attempt_at=None,
        owner=bindparam("taken_by"),
    )
)
_UNDER_WAY = col(DeliveryRow.state) == DeliveryState.SENDING.value
_OWNERS = select(col(DeliveryRow.owner)).where(_UNDER_WAY, col(DeliveryRow.owner).is_not(None)).distinct()
_RELEASE = update(DeliveryRow).values(
    state=DeliveryState.QUEUED.value, maybe_repeat=True, owner=None, next_attempt_at=bindparam("at")
)
_RELEASE_OF_DEAD = _RELEASE.values(last_error=ORPHANED).where(_UNDER_WAY, among(col(DeliveryRow.owner), "dead"))
_RELEASE_OF_OWN = _RELEASE.values(last_error=BROKEN_OFF).where(
    _UNDER_WAY, col(DeliveryRow.owner) == bindparam("own"), ~among(col(DeliveryRow.id), "in_hand")
)
_RELEASE_WITHOUT_OWNER = _RELEASE.values(last_error=ORPHANED).where(
    _UNDER_WAY,
    col(DeliveryRow.owner).is_(None),
    has_come(col(DeliveryRow.next_attempt_at), col(DeliveryRow.attempts), (RETRY_PERIOD,)),
)
"""Those that a program before revision 0008 has left, which knew no owners: when their time has come."""
_PLANNED = select(col(DeliveryRow.id), col(DeliveryRow.next_attempt_at)).where(
    col(DeliveryRow.state) == DeliveryState.QUEUED.value, col(DeliveryRow.next_attempt_at) > bindparam("now")
)
_REPLAN = (
    update(DeliveryRow).where(col(DeliveryRow.id) == bindparam("delivery_id")).values(next_attempt_at=bindparam("at"))
)
_THIS = and_(col(DeliveryRow.id) == bindparam("delivery_id"), col(DeliveryRow.state) != DeliveryState.SENT.value)
_SET_OUTCOME = update(DeliveryRow).where(_THIS).values(owner=None)
_REQUEUE = (
    update(DeliveryRow)
    .where(_THIS, col(DeliveryRow.state) != DeliveryState.SENDING.value)
    .values(state=DeliveryState.QUEUED.value, next_attempt_at=bindparam("now"), retry_since=bindparam("now"))
    .returning(col(DeliveryRow.id))
)


def enqueue(connection: Connection, message: Message, now: datetime) -> bool:
    """Queue a message; False when its key is known."""
    statement = insert_new(connection.dialect.name, MessageRow, ("key",), ("id",))
    row = {name: getattr(message, name) for name in _MESSAGE} | {"created_at": now}
    message_id = connection.execute(statement, row).scalar()
    if message_id is None:
        return False
    recipients = dict.fromkeys(message.recipients or (message.channel,))
    connection.execute(insert(DeliveryRow), [_queued(message_id, recipient, now) for recipient in recipients])
    return True


def due(connection: Connection, now: datetime, limit: int, passing_over: Collection[str]) -> list[int]:
    """Choose due deliveries, except those of channels that are passed over or paused.

    What was never tried is due whatever the clock said when it was queued.
    """
    asked = {**instants(now, (RETRY_PERIOD,)), "limit": limit, "passing_over": passing_over}
    return list(connection.execute(_DUE, asked).scalars())


def take(connection: Connection, ids: Collection[int], owner: int) -> list[tuple[Delivery, Message]]:
    """Take these deliveries for a sender."""
    if not ids:
        return []
    connection.execute(_TAKE, {"ids": ids, "taken_by": owner})
    return [(_delivery(row), _message(row)) for row in connection.execute(_WHOLE, {"ids": ids}).mappings()]


def release(connection: Connection, now: datetime, sender: SenderLock, in_hand: Collection[int]) -> None:
    """Queue again what no living sender works on, marked as possible repeats.

    Deliveries of dead senders are due at once. Those of this sender that are not in its hand were broken off: the other
    side may still be working on them, so that they wait as long as any other whose outcome is unclear.
    """
    owners = {owner for owner in connection.execute(_OWNERS).scalars() if owner is not None}
    if dead := sender.dead(connection, owners - {sender.number}):
        connection.execute(_RELEASE_OF_DEAD, {"at": now, "dead": dead})
    if sender.number in owners:
        own = {"at": now + UNCLEAR_WAIT, "own": sender.number, "in_hand": in_hand}
        connection.execute(_RELEASE_OF_OWN, own)
    connection.execute(_RELEASE_WITHOUT_OWNER, {"at": now, **instants(now, (RETRY_PERIOD,))})


def bring_forward(connection: Connection, now: datetime, by: timedelta) -> None:
    """Plan the next attempts of what failed before earlier by so much, as the clock was put back by that."""
    planned = connection.execute(_PLANNED, {"now": now}).all()
    earlier = [{"delivery_id": row.id, "at": max(now, row.next_attempt_at - by)} for row in planned]
    if earlier:
        connection.execute(_REPLAN, earlier)


def sent(connection: Connection, delivery_id: int, now: datetime, answer: str) -> None:
    """Note that the other side accepted it."""
    values = {"state": DeliveryState.SENT.value, "settled_at": now, "next_attempt_at": None, "answer": answer}
    connection.execute(_SET_OUTCOME.values(values), {"delivery_id": delivery_id})


def put_off(connection: Connection, delivery_id: int, at: datetime, error: str, *, may_have_arrived: bool) -> None:
    """Queue it again for later."""
    values = {"state": DeliveryState.QUEUED.value, "next_attempt_at": at, "last_error": error}
    mark = {"maybe_repeat": True} if may_have_arrived else {}
    connection.execute(_SET_OUTCOME.values(values | mark), {"delivery_id": delivery_id})


def give_up(connection: Connection, delivery_id: int, now: datetime, error: str) -> None:
    """Let it be dead."""
    values = {"state": DeliveryState.DEAD.value, "settled_at": now, "next_attempt_at": None, "last_error": error}
    connection.execute(_SET_OUTCOME.values(values), {"delivery_id": delivery_id})


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
        **{name: row[name] for name in _AS_STORED}
        | {"message_key": row["key"], "state": state}
        | {"sent_at": row["settled_at"] if state is DeliveryState.SENT else None}
    )


def _message(row: RowMapping) -> Message:
    return Message(**{name: row[name] for name in _MESSAGE} | {"recipients": tuple(row["recipients"])})
