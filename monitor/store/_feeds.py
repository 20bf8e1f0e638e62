"""States of feeds between two polls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import col

from monitor.core.model import FeedId, FeedState, Health
from monitor.store._database import Database
from monitor.store._incoming_tables import EntryRow, FeedStateRow
from monitor.store._mapping import to_row
from monitor.store._statements import save_rows

_STATES = select(FeedStateRow)
_BY_FEED = _STATES.where(col(FeedStateRow.feed_id) == bindparam("feed_id"))
_RHYTHM = (
    select(col(EntryRow.first_seen_at), func.count())
    .where(col(EntryRow.feed_id) == bindparam("feed_id"), col(EntryRow.first_seen_at) > bindparam("since"))
    .group_by(col(EntryRow.first_seen_at))
    .order_by(col(EntryRow.first_seen_at))
)


class FeedStates(Database):
    """States of feeds between two polls."""

    def states(self) -> dict[FeedId, FeedState]:
        """Return the state of every feed that was ever polled."""
        with self._reading() as connection:
            return states(connection)

    def state(self, feed_id: FeedId) -> FeedState:
        """Return the state of a feed; the initial state if it was never polled."""
        row = self._row(_BY_FEED, {"feed_id": feed_id})
        return FeedState(feed_id=feed_id) if row is None else _state(row)


def states(connection: Connection) -> dict[FeedId, FeedState]:
    """Return every feed's state."""
    return {state.feed_id: state for state in map(_state, connection.execute(_STATES).mappings())}


def save(connection: Connection, states: Iterable[FeedState]) -> None:
    """Replace the states of feeds."""
    rows = [to_row(FeedStateRow, state, health=state.health.value) for state in states]
    save_rows(connection, FeedStateRow, rows)


def rhythm(connection: Connection, feed_id: FeedId, since: datetime) -> list[datetime]:
    """Return when the feed's entries were first seen, ascending."""
    rows = connection.execute(_RHYTHM, {"feed_id": feed_id, "since": since})  # a row for all that came at once
    return [first_seen_at for first_seen_at, number in rows for _ in range(number)]


def _state(row: RowMapping) -> FeedState:
    return FeedState(**{**row, "health": Health(row["health"])})
