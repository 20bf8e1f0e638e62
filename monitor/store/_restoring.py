"""Restores a backup: checks it before anything changes, then replaces a database that is empty or was moved away."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, inspect, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.counts import join_names
from monitor.core.errors import DatabaseError, UsageError
from monitor.runtime.folders import make_private_folder
from monitor.store import _backups, _damage, _file_access, _migrations, _pg_tools
from monitor.store._incoming_tables import ArticleRow, FeedStateRow, HitRow, PollRow
from monitor.store._outbox import UNSETTLED
from monitor.store._outgoing_tables import DeliveryRow, LabelRow

_SQLITE_MAGIC, _POSTGRESQL_MAGIC = b"SQLite format 3\0", b"PGDMP"
_TABLES = frozenset({"feed_states", "entries", "articles", "hits", "deliveries", _migrations.VERSION_TABLE})
"""Tables that every schema of this program has."""
_FILE_SUFFIXES = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredDatabase:
    """The content of a database after it was restored."""

    schema_of_backup: str
    """Revision of the backup."""
    migrations: tuple[str, ...]
    """Migrations applied after restoring."""
    moved_to: str | None
    """Path to which the previous database was moved; None if there was none."""
    rows: dict[str, int]
    messages_waiting: int
    """Deliveries that are queued or were being sent; the daemon sends them, perhaps a second time."""
    newest_poll_at: datetime | None
    """End of the last poll in it; later entries are fetched again if feeds still list them."""


def check_sqlite(file: Path) -> str:
    """Return the revision of an intact backup of SQLite; UsageError or DatabaseError if it is anything else."""
    _require_kind(file, _SQLITE_MAGIC, "an SQLite file")
    wal = file.with_name(f"{file.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise UsageError(f"{file} is a database in use, or a copy of one: a part of it is in {wal}; name a backup")
    if problem := _backups.sqlite_problem(file):
        raise DatabaseError(f"{file} is damaged, nothing was changed: {problem}")
    with closing(_backups.open_unused(file)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        _require_tables(file, names)
        row = connection.execute(f"SELECT version_num FROM {_migrations.VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
    return _known_revision(file, row[0] if row else "")


def check_dump(file: Path) -> str:
    """Return the revision of an intact dump of PostgreSQL; UsageError or DatabaseError if it is anything else."""
    _require_kind(file, _POSTGRESQL_MAGIC, "a dump of PostgreSQL (pg_dump --format=custom)")
    _require_tables(file, set(_pg_tools.tables(file)))
    _pg_tools.verify(file)
    return _known_revision(file, _pg_tools.revision(file))


def replace_sqlite(file: Path, database: Path, now: datetime) -> str:
    """Replace a database file by a copy of a backup, and return the path to which the old one was moved."""
    new = database.with_name(f"{database.name}.restoring")
    try:
        make_private_folder(database.parent)
        new.unlink(missing_ok=True)
        _file_access.make_file(new)
        shutil.copyfile(file, new)
        _backups.sync(new)
        moved_to = _move_away(database, now)
        new.replace(database)
        _backups.sync(database.parent)
    except OSError as error:
        raise DatabaseError(f"{database} cannot be written: {error.strerror}") from None
    finally:
        new.unlink(missing_ok=True)
    _damage.delete_marker(database)
    return moved_to


def require_empty(connection: Connection, url: str) -> None:
    """Raise UsageError if a PostgreSQL database holds any table."""
    if tables := sorted(inspect(connection).get_table_names()):
        raise UsageError(
            f"{url} is not empty (it holds {join_names(tables, 1)}): make an empty one with "
            "createdb, and name it in monitor.yaml or MONITOR_DATABASE"
        )


def summary(connection: Connection, *, revision: str, applied: list[str], moved_to: str) -> RestoredDatabase:
    """Return the content of the database."""
    rows = {
        str(row.__tablename__): connection.execute(select(func.count()).select_from(row)).scalar_one()
        for row in (FeedStateRow, ArticleRow, HitRow, LabelRow, DeliveryRow)
    }
    waiting = select(func.count()).select_from(DeliveryRow).where(col(DeliveryRow.state).in_(UNSETTLED))
    return RestoredDatabase(
        schema_of_backup=revision,
        migrations=tuple(applied),
        moved_to=moved_to or None,
        rows=rows,
        messages_waiting=connection.execute(waiting).scalar_one(),
        newest_poll_at=connection.execute(select(func.max(col(PollRow.finished_at)))).scalar(),
    )


def _move_away(database: Path, now: datetime) -> str:
    """Rename a database and its WAL with a date; returns the path of the database, empty if there is none."""
    if not any(database.with_name(database.name + suffix).exists() for suffix in _FILE_SUFFIXES):
        return ""
    name = f"{database.name}.replaced-{now:%Y%m%dT%H%M%SZ}"
    for suffix in _FILE_SUFFIXES:
        old = database.with_name(database.name + suffix)
        if old.exists():
            old.rename(database.with_name(name + suffix))
    return str(database.with_name(name))


def _require_kind(file: Path, expected_magic: bytes, kind: str) -> None:
    try:
        with file.open("rb") as backup:
            magic = backup.read(len(_SQLITE_MAGIC))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {str(error.strerror).lower()}") from None
    if not magic.startswith(expected_magic):
        if not magic.startswith((_SQLITE_MAGIC, _POSTGRESQL_MAGIC)):
            raise UsageError(f"{file} is not a backup of this program: it is not {kind}")
        raise UsageError(
            f"{file} is a backup of another kind of database, and the configured one needs {kind}; set `database` to "
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
