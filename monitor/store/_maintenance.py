"""Maintenance of a database as a whole: its schema, checks, backups, restoring, and copies to another database."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection

from monitor.core.errors import DatabaseDamagedError, DatabaseError, UsageError
from monitor.runtime.folders import make_private_folder
from monitor.store import (
    _backups,
    _copying,
    _damage,
    _engine,
    _migrations,
    _pg_tools,
    _restoring,
    _search_index_check,
)
from monitor.store._damage import DamageCheck
from monitor.store._database import Database
from monitor.store._failures import driver_message, translate_errors
from monitor.store._restoring import RestoredDatabase


class Maintenance(Database):
    """Schema, checks, backups and copies of the database."""

    def upgrade(self) -> list[str]:
        """Apply missing migrations and return them; an SQLite file that holds data is copied first."""
        if self._file is not None:
            _engine.create_file(self._file)
        revision = self.current()
        missing = _migrations.pending(revision)
        if not missing:
            return []
        with translate_errors(self.url):
            if self._file is not None and revision is not None:
                # an earlier copy, of an attempt that failed, is replaced
                _backups.copy_sqlite(self._engine, self._file.with_name(f"{self._file.name}.before-{missing[-1]}"))
            with _migrations.transaction(self._writer) as connection:
                return _migrations.upgrade(connection)

    def current(self) -> str | None:
        """Return the revision of the schema; None for an empty database."""
        with self._reading() as connection:
            return _migrations.current(connection)

    def head(self) -> str:
        """Return the revision that this program needs."""
        return _migrations.head()

    def check(self) -> list[str]:
        """Return problems of the database as sentences; none if it is sound."""
        with self._reading() as connection:
            problems = find_problems(connection)
        if self._file is not None and not problems:
            _damage.delete_marker(self._file)
        return problems

    def quick_check(self, limit: timedelta) -> DamageCheck:
        """Check for damage within a time limit, and mark the file if it is damaged."""
        try:
            with self._reading() as connection:
                check = _damage.quick_check(connection, limit)
        except DatabaseDamagedError as error:
            return DamageCheck((driver_message(error),))
        if self._file is None:
            return check
        if check.problems:
            _damage.write_marker(self._file, "; ".join(check.problems))
        elif check.complete:
            _damage.delete_marker(self._file)
        return check

    def is_missing(self) -> bool:
        """Return True for a file that does not exist yet; a server or an unreadable folder is not missing."""
        try:
            return self._file is not None and not self._file.exists()
        except OSError:
            return False  # the first use of it says what is wrong

    def damage(self) -> str:
        """Return the damage found at the last start or since; empty if none is known."""
        if self._file is not None:
            return _damage.read_marker(self._file)
        return "; ".join(self.quick_check(timedelta(seconds=1)).problems)

    def backup(self, file: Path) -> None:
        """Write a verified copy into a new file while the database is in use; on PostgreSQL with pg_dump."""
        with translate_errors(self.url):
            _backups.back_up(self._engine, self._file, file)

    @property
    def backup_ending(self) -> str:
        """The file name ending of backups: `.db` for SQLite, `.dump` for PostgreSQL."""
        return ".db" if self._engine.dialect.name == "sqlite" else ".dump"

    def restore(self, file: Path, now: datetime) -> RestoredDatabase:
        """Replace this database by a backup, upgraded to the schema of this program.

        Everything is checked before anything changes. A file that is there is moved away under a dated name; a
        PostgreSQL database must be empty. DatabaseInUseError while a daemon or workers run on it.
        """
        moved_to = ""
        if self._file is not None:
            if self._file.exists() and file.samefile(self._file):
                raise UsageError(f"{file} is the database itself: name a backup")
            revision = _restoring.check_sqlite(file)
            make_private_folder(self._file.parent)
            with self.lock():
                self._engine.dispose()
                moved_to = _restoring.replace_sqlite(file, self._file, now)
        else:
            revision = _restoring.check_dump(file)
            with self.lock():
                with self._reading() as connection:
                    _restoring.require_empty(connection, self.url)
                _pg_tools.restore(self.conninfo(), file)
        applied = self.upgrade()
        if problems := self.check():
            raise DatabaseError(f"database {self.url} was restored and is not sound: {problems[0]}")
        with self._reading() as connection:
            return _restoring.summary(connection, revision=revision, applied=applied, moved_to=moved_to)

    def copy_to(self, url: str) -> dict[str, int]:
        """Copy everything into another database, which must be empty or missing; return the number of rows by table.

        DatabaseInUseError while a daemon or workers run on either; UsageError when the other one is not empty.
        """
        target = type(self)(url)
        if target.url == self.url:
            raise UsageError(f"{self.url} is the database itself: name another one")
        try:
            with self.lock():
                self.current()  # fails if this database cannot be read, before the other one is created
                target.upgrade()
                with target.lock(), self._snapshot() as source, target._writing() as connection:  # noqa: SLF001 - a peer
                    return _copying.copy(source, connection)
        finally:
            target.close()


def find_problems(connection: Connection) -> list[str]:
    """Return problems as sentences."""
    revision = _migrations.current(connection)
    if missing := _migrations.pending(revision):
        return [f"the schema is {revision or 'missing'}, this program wants {missing[-1]}: run `monitor db upgrade`"]
    damage = [] if connection.dialect.name != "sqlite" else _sqlite_damage(connection)
    return damage + _migrations.differences(connection) + _search_index_check.differences(connection)


def _sqlite_damage(connection: Connection) -> list[str]:
    findings = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(10)"))]
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return [f"damaged: {each}" for each in findings if each != "ok"] + [
        f"a row of {row[0]} has lost its parent in {row[2]}" for row in orphans[:10]
    ]
