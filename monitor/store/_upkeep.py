"""Checks of a database, and the heartbeats of jobs and processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, text
from sqlmodel import col

from monitor.core.model import Uptime
from monitor.store import _migrations, _search_index
from monitor.store._outgoing_tables import HeartbeatRow
from monitor.store._statements import upsert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


def check(connection: Connection) -> list[str]:
    """Return problems as sentences."""
    revision = _migrations.current(connection)
    if missing := _migrations.pending(revision):
        return [f"the schema is {revision or 'missing'}, this program wants {missing[-1]}: run `monitor db upgrade`"]
    damage = [] if connection.dialect.name != "sqlite" else _sqlite_damage(connection)
    return damage + _migrations.differences(connection) + _search_index.differences(connection)


def save_heartbeat(connection: Connection, name: str, now: datetime, uptime: Uptime | None) -> None:
    """Store a heartbeat."""
    boot, seconds = (None, None) if uptime is None else (uptime.boot, uptime.seconds)
    row = {"name": name, "at": now, "boot": boot, "uptime": seconds}
    connection.execute(upsert(connection.dialect.name, HeartbeatRow, ("name",)), row)


def read_heartbeats(connection: Connection) -> dict[str, tuple[datetime, Uptime | None]]:
    """Return the time of each heartbeat: its wall clock time, and the uptime."""
    return {
        row.name: (row.at, None if row.boot is None else Uptime(boot=row.boot, seconds=row.uptime))
        for row in connection.execute(select(HeartbeatRow))
    }


def delete_old_heartbeats(connection: Connection, prefix: str, before: datetime) -> None:
    """Delete heartbeats with this prefix that are older than `before`."""
    gone = col(HeartbeatRow.name).startswith(prefix, autoescape=True), col(HeartbeatRow.at) < before
    connection.execute(delete(HeartbeatRow).where(*gone))


def _sqlite_damage(connection: Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(10)"))]
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return [f"damaged: {each}" for each in found if each != "ok"] + [
        f"a row of {row[0]} has lost its parent in {row[2]}" for row in orphans[:10]
    ]
