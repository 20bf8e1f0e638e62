"""Heartbeats: when each job and process was last active."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.model import Uptime, to_present_clock
from monitor.store import _host_limits
from monitor.store._database import Database
from monitor.store._outgoing_tables import HeartbeatRow
from monitor.store._statements import save_rows


class Heartbeats(Database):
    """When each job and process was last active."""

    def record_heartbeat(self, name: str, now: datetime, uptime: Uptime | None = None) -> None:
        """Store a heartbeat."""
        with self._writing() as connection:
            save(connection, name, now, uptime)

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
        found = ((row, None if row.boot is None else Uptime(boot=row.boot, seconds=row.uptime)) for row in rows)
        return {row.name: to_present_clock(row.at, then, now, uptime) for row, then in found}

    def delete_stale(self, prefix: str, before: datetime) -> None:
        """Delete heartbeats with this prefix that are older than an instant, and limits of hosts that are not used."""
        gone = col(HeartbeatRow.name).startswith(prefix, autoescape=True), col(HeartbeatRow.at) < before
        with self._writing() as connection:
            connection.execute(delete(HeartbeatRow).where(*gone))
            _host_limits.delete_idle(connection)


def save(connection: Connection, name: str, now: datetime, uptime: Uptime | None) -> None:
    """Store a heartbeat."""
    boot, seconds = (None, None) if uptime is None else (uptime.boot, uptime.seconds)
    save_rows(connection, HeartbeatRow, [{"name": name, "at": now, "boot": boot, "uptime": seconds}])
