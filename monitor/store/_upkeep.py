"""Backups and checks of a database, and the heartbeats of the daemon's parts.

A backup only reads, and holds no lock that a writer waits for. It is made with VACUUM INTO rather than with SQLite's
backup API: that would copy damaged pages as they are, and the text of rows that were removed.
"""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, text
from sqlmodel import col

from monitor.core.errors import DatabaseError, UsageError
from monitor.core.model import Uptime
from monitor.store import _file_access, _migrations
from monitor.store._outgoing_tables import HeartbeatRow
from monitor.store._statements import upsert

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine


def backup(engine: Engine, file: Path) -> None:
    """Copy an SQLite database into a new file."""
    if engine.dialect.name != "sqlite":
        raise UsageError("db backup copies SQLite files; a PostgreSQL database is backed up with pg_dump")
    if file.exists():
        raise UsageError(f"{file} exists already: name a new file")
    _copy(engine, file)


def backup_before(engine: Engine, database: Path, revision: str) -> None:
    """Copy an SQLite database beside itself before it is migrated; an older copy for the same step is replaced."""
    _copy(engine, database.with_name(f"{database.name}.before-{revision}"))


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


def _copy(engine: Engine, file: Path) -> None:
    """Write a copy that is consistent while the database is in use, and that appears whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    try:
        _file_access.make_folder(file.parent)
        part.unlink(missing_ok=True)
        _file_access.make_file(part)  # SQLite writes into an empty file, and leaves its mode alone
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(part),))
        part.replace(file)
    except OSError as error:
        raise DatabaseError(f"the copy {file} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):  # where there is no folder, say
            part.unlink()


def _sqlite_damage(connection: Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(10)"))]
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return [f"damaged: {each}" for each in found if each != "ok"] + [
        f"a row of {row[0]} has lost its parent in {row[2]}" for row in orphans[:10]
    ]
