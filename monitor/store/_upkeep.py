"""Checks of a database, and the heartbeats of the daemon's parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, text
from sqlmodel import col

from monitor.core.model import Uptime
from monitor.store import _migrations
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
    return damage + _migrations.differences(connection)


def save_heartbeat(connection: Connection, name: str, now: datetime, uptime: Uptime | None) -> None:
    """Note that a part of the daemon is alive."""
    boot, seconds = (None, None) if uptime is None else (uptime.boot, uptime.seconds)
    row = {"name": name, "at": now, "boot": boot, "uptime": seconds}
    connection.execute(upsert(connection.dialect.name, HeartbeatRow, ("name",)), row)


def read_heartbeats(connection: Connection) -> dict[str, tuple[datetime, Uptime | None]]:
    """Read when each part of the daemon was last alive, by the wall clock of then and by the uptime."""
    return {
        row.name: (row.at, None if row.boot is None else Uptime(boot=row.boot, seconds=row.uptime))
        for row in connection.execute(select(HeartbeatRow))
    }


def delete_old_heartbeats(connection: Connection, prefix: str, before: datetime) -> None:
    """Forget parts under such names that are gone."""
    gone = col(HeartbeatRow.name).startswith(prefix, autoescape=True), col(HeartbeatRow.at) < before
    connection.execute(delete(HeartbeatRow).where(*gone))


def _sqlite_damage(connection: Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(10)"))]
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return [f"damaged: {each}" for each in found if each != "ok"] + [
        f"a row of {row[0]} has lost its parent in {row[2]}" for row in orphans[:10]
    ]
