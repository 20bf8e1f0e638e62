"""Restores a backup: checks it before anything changes, then replaces a database that is empty or was moved away."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import func, inspect, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.errors import DatabaseError, UsageError
from monitor.store import _backups, _damage, _file_access, _migrations, _pg_tools
from monitor.store._incoming_tables import ArticleRow, FeedStateRow, HitRow, PollRow
from monitor.store._outgoing_tables import DeliveryRow, LabelRow

_SQLITE, _POSTGRESQL = b"SQLite format 3\0", b"PGDMP"
_TABLES = frozenset({"feed_states", "entries", "articles", "hits", "deliveries", _migrations.VERSION_TABLE})
"""Tables that every schema of this program has."""
_BESIDE = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredDatabase:
    """The content of a database after it was restored."""

    schema_of_backup: str
    """Revision of the backup."""
    migrations: tuple[str, ...]
    """Applied to it since."""
    moved_to: str | None
    """Path to which the previous database was moved; None if there was none."""
    rows: dict[str, int]
    messages_waiting: int
    """They will be sent, or sent again, when the daemon starts."""
    newest_poll_at: datetime | None
    """End of the last poll in it; later entries are fetched again if feeds still list them."""


def check_sqlite(file: Path) -> str:
    """Return the revision of an intact backup of SQLite; UsageError or DatabaseError if it is anything else."""
    _require_kind(file, _SQLITE, "an SQLite file")
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        raise UsageError(f"{file} is a database in use, or a copy of one: a part of it is in {log}; name a backup")
    if problem := _backups.sqlite_problem(file):
        raise DatabaseError(f"{file} is damaged, nothing was changed: {problem}")
    with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro&immutable=1", uri=True)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        _require_tables(file, names)
        row = connection.execute(f"SELECT version_num FROM {_migrations.VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
    return _known_revision(file, row[0] if row else "")


def check_dump(file: Path) -> str:
    """Return the revision of an intact dump of PostgreSQL; UsageError or DatabaseError if it is anything else."""
    _require_kind(file, _POSTGRESQL, "a dump of PostgreSQL (pg_dump --format=custom)")
    _require_tables(file, set(_pg_tools.tables(file)))
    _pg_tools.verify(file)
    return _known_revision(file, _pg_tools.revision(file))


def replace_sqlite(file: Path, database: Path, now: datetime) -> str:
    """Replace a database file by a copy of a backup, and return the path to which the old one was moved."""
    part = database.with_name(f"{database.name}.restoring")
    try:
        _file_access.make_folder(database.parent)
        part.unlink(missing_ok=True)
        _file_access.make_file(part)
        shutil.copyfile(file, part)
        _backups.sync(part)
        moved = _move_away(database, now)
        part.replace(database)
        _backups.sync(database.parent)
    except OSError as error:
        raise DatabaseError(f"{database} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    _damage.delete_marker(database)
    return moved


def require_empty(connection: Connection, url: str) -> None:
    """Raise UsageError if a PostgreSQL database holds any table."""
    if held := sorted(inspect(connection).get_table_names()):
        raise UsageError(
            f"{url} is not empty (it holds {held[0]} and {len(held) - 1} more tables): make an empty one with "
            "createdb, and name it in monitor.yaml or MONITOR_DATABASE"
        )


def summary(connection: Connection, *, revision: str, applied: list[str], moved_to: str) -> RestoredDatabase:
    """Return the content of the database."""
    rows = {
        str(row.__tablename__): connection.execute(select(func.count()).select_from(row)).scalar_one()
        for row in (FeedStateRow, ArticleRow, HitRow, LabelRow, DeliveryRow)
    }
    waiting = select(func.count()).select_from(DeliveryRow).where(col(DeliveryRow.state).in_(("queued", "sending")))
    return RestoredDatabase(
        schema_of_backup=revision,
        migrations=tuple(applied),
        moved_to=moved_to or None,
        rows=rows,
        messages_waiting=connection.execute(waiting).scalar_one(),
        newest_poll_at=connection.execute(select(func.max(col(PollRow.finished_at)))).scalar(),
    )


def _move_away(database: Path, now: datetime) -> str:
    """Rename a database and its log with a date; returns the path of the database, empty if there is none."""
    if not any(database.with_name(database.name + ending).exists() for ending in _BESIDE):
        return ""
    name = f"{database.name}.replaced-{now:%Y%m%dT%H%M%SZ}"
    for ending in _BESIDE:
        old = database.with_name(database.name + ending)
        if old.exists():
            old.rename(database.with_name(name + ending))
    return str(database.with_name(name))


def _require_kind(file: Path, start: bytes, wanted: str) -> None:
    try:
        with file.open("rb") as opened:
            found = opened.read(len(_SQLITE))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {str(error.strerror).lower()}") from None
    if not found.startswith(start):
        if not found.startswith((_SQLITE, _POSTGRESQL)):
            raise UsageError(f"{file} is not a backup of this program: it is not {wanted}")
        raise UsageError(
            f"{file} is a backup of another kind of database, and the configured one needs {wanted}; set `database` to "
            "the kind that was backed up, and move afterwards with `monitor db copy`"
        )


def _require_tables(file: Path, names: set[str]) -> None:
    if missing := sorted(_TABLES - names):
        raise UsageError(f"{file} is not a backup of this program: it has no table {missing[0]}")


def _known_revision(file: Path, revision: str) -> str:
    if not revision:
        raise UsageError(f"{file} is not a backup of this program: it names no schema")
    try:
        _migrations.pending(revision)
    except DatabaseError:
        raise DatabaseError(f"{file} has schema {revision}: it was made by a newer program; install that one") from None
    return revision
