"""When each job and process was last active, and which conditions of the service were reported to the operator."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.model import Message, ReportedCondition, Uptime, to_present_clock
from monitor.store import _host_limits, _outbox
from monitor.store._database import Database
from monitor.store._incoming_tables import PollRow
from monitor.store._outgoing_tables import HeartbeatRow, OperatorConditionRow
from monitor.store._statements import among, save_rows

LAST_OPERATOR_MESSAGE = "operator message"
"""Name under which the time of the last message to the operator is recorded beside the heartbeats."""
_FIRST_POLLS = (
    select(col(PollRow.feed_id), func.min(col(PollRow.started_at)).label("first_at"))
    .where(among(col(PollRow.feed_id), "feed_ids"))
    .group_by(col(PollRow.feed_id))
)
_REPORTED = select(OperatorConditionRow.__table__).order_by(col(OperatorConditionRow.key))


class Heartbeats(Database):
    """Heartbeats of jobs and processes, and the conditions that were reported to the operator."""

    def record_heartbeat(self, name: str, now: datetime, uptime: Uptime | None = None) -> None:
        """Store a heartbeat."""
        with self._writing() as connection:
            _save(connection, name, now, uptime)

    def delete_heartbeat(self, name: str) -> None:
        """Delete a heartbeat, if it is stored."""
        self._write(delete(HeartbeatRow).where(col(HeartbeatRow.name) == name))

    def heartbeats(self, now: datetime | None = None, uptime: Uptime | None = None) -> dict[str, datetime]:
        """Return the time of each heartbeat by name.

        Without `now` the times are those of the wall clock when they were stored. With `now` and the present uptime of
        this machine, heartbeats of the same boot are converted to the present wall clock, so that their age is right
        even if the clock was set since.
        """
        with self._reading() as connection:
            rows = connection.execute(select(HeartbeatRow)).all()
        if now is None:
            return {row.name: row.at for row in rows}
        beats = ((row, None if row.boot is None else Uptime(boot=row.boot, seconds=row.uptime)) for row in rows)
        return {row.name: to_present_clock(row.at, then, now, uptime) for row, then in beats}

    def delete_stale(self, prefix: str, before: datetime) -> None:
        """Delete heartbeats with this prefix that are older than an instant, and limits of hosts that are not used."""
        gone = col(HeartbeatRow.name).startswith(prefix, autoescape=True), col(HeartbeatRow.at) < before
        with self._writing() as connection:
            connection.execute(delete(HeartbeatRow).where(*gone))
            _host_limits.delete_idle(connection)

    def reported_conditions(self) -> list[ReportedCondition]:
        """Return the reported conditions whose end has not been reported."""
        return [ReportedCondition(**row) for row in self._rows(_REPORTED)]

    def save_conditions(
        self, reported: Sequence[ReportedCondition], messages: Sequence[Message], now: datetime
    ) -> None:
        """Replace the reported conditions and queue the messages about them, in one transaction."""
        with self._writing() as connection:
            connection.execute(delete(OperatorConditionRow))
            if reported:
                connection.execute(insert(OperatorConditionRow), [asdict(each) for each in reported])
            _outbox.enqueue(connection, messages, now)
            if messages:
                _save(connection, LAST_OPERATOR_MESSAGE, now, None)

    def first_polls(self, feed_ids: Collection[str]) -> dict[str, datetime]:
        """Return the time of the oldest stored poll of each of these feeds."""
        rows = self._rows(_FIRST_POLLS, {"feed_ids": list(feed_ids)})
        return {row["feed_id"]: row["first_at"] for row in rows}


def _save(connection: Connection, name: str, now: datetime, uptime: Uptime | None) -> None:
    """Store a heartbeat."""
    boot, seconds = (None, None) if uptime is None else (uptime.boot, uptime.seconds)
    save_rows(connection, HeartbeatRow, [{"name": name, "at": now, "boot": boot, "uptime": seconds}])
