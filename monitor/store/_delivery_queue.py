"""Which deliveries a sender gets: those that are due, and those of senders that have ended.

A sender takes deliveries under its number (`_senders`) and holds them until their results are stored.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, bindparam, case, select, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.messages.retries import RETRY_PERIOD, UNCLEAR_WAIT
from monitor.core.model import DeliveryState
from monitor.store import _channel_states, _outbox
from monitor.store._outgoing_tables import ChannelStateRow, DeliveryRow, MessageRow
from monitor.store._senders import SenderLock
from monitor.store._statements import among, due_condition, due_parameters

ORPHANED = "the process that was sending it has ended; it may have arrived"
BROKEN_OFF = "sending it was broken off; it may have arrived"
PAUSED_CHANNELS = select(col(ChannelStateRow.name)).where(col(ChannelStateRow.paused_at).is_not(None))
_DUE = (
    select(col(DeliveryRow.id))
    .join(MessageRow, col(DeliveryRow.message_id) == col(MessageRow.id))
    .where(
        ~among(col(MessageRow.channel), "excluded_channels"),
        col(MessageRow.channel).not_in(PAUSED_CHANNELS),
        col(DeliveryRow.state) == DeliveryState.QUEUED.value,
        _outbox.IS_DUE,
    )
    .order_by(col(DeliveryRow.next_attempt_at), col(DeliveryRow.id))
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=DeliveryRow)
)
_CLAIM = (
    update(DeliveryRow)
    .where(among(col(DeliveryRow.id), "ids"))
    .values(
        state=DeliveryState.SENDING.value,
        attempts=col(DeliveryRow.attempts) + 1,
        next_attempt_at=None,
        owner=bindparam("taken_by"),
    )
)
_IN_PROGRESS = col(DeliveryRow.state) == DeliveryState.SENDING.value
_OWNERS = select(col(DeliveryRow.owner)).where(_IN_PROGRESS, col(DeliveryRow.owner).is_not(None)).distinct()
_RELEASE = update(DeliveryRow).values(
    state=DeliveryState.QUEUED.value,
    maybe_repeat=True,
    unconfirmed=True,
    owner=None,
    next_attempt_at=bindparam("at"),
)
_AT_CREATION = case(
    (
        and_(col(DeliveryRow.created_at) < bindparam("at"), col(DeliveryRow.last_error) != ORPHANED),
        col(DeliveryRow.created_at),
    ),
    else_=bindparam("at"),
)
"""Due at once, and before what was created later, so that the parts of a message stay in order. A delivery during which
a process ended twice comes after all others, so that a message that ends the process does not block them."""
_RELEASE_OF_DEAD = _RELEASE.values(last_error=ORPHANED, next_attempt_at=_AT_CREATION).where(
    _IN_PROGRESS, among(col(DeliveryRow.owner), "dead")
)
_RELEASE_OF_OWN = _RELEASE.values(last_error=BROKEN_OFF).where(
    _IN_PROGRESS, col(DeliveryRow.owner) == bindparam("own"), ~among(col(DeliveryRow.id), "in_progress")
)
_RELEASE_WITHOUT_OWNER = _RELEASE.values(last_error=ORPHANED).where(
    _IN_PROGRESS,
    col(DeliveryRow.owner).is_(None),
    due_condition(col(DeliveryRow.next_attempt_at), col(DeliveryRow.attempts), (RETRY_PERIOD,)),
)
"""The update that queues deliveries again, once they are due, that were in progress when a program older than revision
0008 ended, which stored no owners."""


def release_abandoned(connection: Connection, now: datetime, sender: SenderLock, in_progress: Collection[int]) -> None:
    """Queue deliveries again that no living sender works on, marked as possible repeats.

    Deliveries of dead senders are due at once. Those of this sender that are not in progress were broken off: the
    server may still work on them, so they wait as long as any other whose result is unclear.
    """
    owners = {owner for owner in connection.execute(_OWNERS).scalars() if owner is not None}
    if dead := sender.dead(connection, owners - {sender.number}):
        connection.execute(_RELEASE_OF_DEAD, {"at": now, "dead": dead})
    if sender.number in owners:
        own = {"at": now + UNCLEAR_WAIT, "own": sender.number, "in_progress": in_progress}
        connection.execute(_RELEASE_OF_OWN, own)
    connection.execute(_RELEASE_WITHOUT_OWNER, {"at": now, **due_parameters(now, (RETRY_PERIOD,))})


def take_due(
    connection: Connection, now: datetime, limit: int, excluded_channels: Collection[str], sender: SenderLock
) -> list[int]:
    """Assign due deliveries, at most `limit`, and the probes of paused channels to a sender; return their ids."""
    ids = _channel_states.choose_probes(connection, now, excluded_channels)
    due = {**due_parameters(now, (RETRY_PERIOD,)), "limit": limit, "excluded_channels": excluded_channels}
    ids += connection.execute(_DUE, due).scalars()
    if ids:
        connection.execute(_CLAIM, {"ids": ids, "taken_by": sender.number})
    return ids
