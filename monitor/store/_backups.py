"""Writes backups and checks them, and records the results of the scheduled ones.

A backup appears under its name when it is whole, was read again without fault and is on the disk; until then it has the
ending `.part`. It only reads the database, and holds no lock that a writer waits for. SQLite is copied with VACUUM INTO
rather than with its backup API, which would copy damaged pages as they are, and the text of rows that were removed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.engine import Connection, Engine, RowMapping
from sqlmodel import col

from monitor.core.backups import Backup, BackupState, outdated_files
from monitor.core.errors import DatabaseError, UsageError
from monitor.runtime import disks
from monitor.runtime.folders import make_private_folder
from monitor.store import _engine, _file_access, _pg_tools
from monitor.store._database import Database
from monitor.store._outgoing_tables import BackupRow
from monitor.store._types import from_row, to_row

_MIN_FREE_BYTES = 50_000_000
"""Bytes that a copy of an SQLite database leaves free on the disk, for the database itself."""


def back_up(engine: Engine, database: Path | None, file: Path) -> None:
    """Back up into a new file; `database` is the file of an SQLite database."""
    if file.exists():
        raise UsageError(f"{file} exists already: name a new file")
    if database is not None:
        _refuse_without_room(database, file)
        copy_sqlite(engine, file)
    else:
        _dump(engine, file)


def copy_sqlite(engine: Engine, file: Path) -> None:
    """Copy an SQLite database while it is in use; replaces `file`."""
    with _whole_or_not_at_all(file) as part:
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(part),))
        if problem := sqlite_problem(part):
            raise DatabaseError(f"the copy {file} failed its check: {problem}")


def open_unused(file: Path) -> sqlite3.Connection:
    """Open an SQLite file that no process uses, for reading only."""
    return sqlite3.connect(f"file:{quote(str(file))}?mode=ro&immutable=1", uri=True)


def sqlite_problem(file: Path) -> str:
    """Return what is wrong with an SQLite file that no process uses; empty if it is intact."""
    try:
        with closing(open_unused(file)) as connection:
            findings = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as error:
        return str(error)
    return "" if findings == ["ok"] else "; ".join(findings)


def remove_outdated(folder: Path, keep: int) -> int:
    """Remove all but the newest `keep` scheduled backups of a folder, and return how many were removed."""
    removed = outdated_files((each.name for each in folder.iterdir()), keep)
    for name in removed:
        (folder / name).unlink(missing_ok=True)
    return len(removed)


def _dump(engine: Engine, file: Path) -> None:
    with _whole_or_not_at_all(file) as part:
        with part.open("wb") as output:
            _pg_tools.dump(_engine.conninfo(engine), output)
        _pg_tools.verify(part)


def _refuse_without_room(database: Path, file: Path) -> None:
    folder = file.absolute().parent
    with suppress(FileNotFoundError):
        needed, free = database.stat().st_size + _MIN_FREE_BYTES, disks.free_space(folder)
        if free is not None and free < needed:
            raise DatabaseError(
                f"the copy {file} would need up to {needed / 1e6:,.0f} MB, "
                f"and {free / 1e6:,.0f} MB are free at {folder}"
            )


@contextmanager
def _whole_or_not_at_all(file: Path) -> Iterator[Path]:
    """Yield a temporary file that replaces `file` at the end, after it was written to the disk."""
    part = file.with_name(f"{file.name}.part")
    try:
        make_private_folder(file.parent)
        part.unlink(missing_ok=True)
        _file_access.make_file(part)  # VACUUM INTO and pg_dump keep the mode of an empty file
        yield part
        sync(part)
        part.replace(file)
        sync(file.parent)
    except OSError as error:
        raise DatabaseError(f"the copy {file} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):  # the folder may be missing
            part.unlink()


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class BackupLog(Database):
    """The scheduled backups, successes and failures."""

    def record_backup(self, backup: Backup) -> None:
        """Store the result of a scheduled backup."""
        self._write(insert(BackupRow).values(to_row(BackupRow, backup)))

    def backup_state(self) -> BackupState:
        """Return the last success, the last failure after it, and the number of failures since."""
        with self._reading() as connection:
            success = _last(connection, col(BackupRow.reason) == "")
            failed = (col(BackupRow.reason) != "") & (col(BackupRow.id) > (success["id"] if success else 0))
            failures = connection.execute(select(func.count()).select_from(BackupRow).where(failed)).scalar_one()
            failure = _last(connection, failed)
        return BackupState(
            last_success=from_row(Backup, success) if success else None,
            last_failure=from_row(Backup, failure) if failure else None,
            failures=failures,
        )


def _last(connection: Connection, condition: ColumnElement[bool]) -> RowMapping | None:
    newest = select(BackupRow).where(condition).order_by(col(BackupRow.id).desc()).limit(1)
    return connection.execute(newest).mappings().one_or_none()
