"""Base class of the repositories: connections, transactions, schema, backups and locks."""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from sqlalchemy import select

from monitor.core.errors import DatabaseDamagedError, DatabaseError, UsageError
from monitor.store import (
    _backups,
    _checks,
    _copying,
    _damage,
    _engine,
    _file_access,
    _lock,
    _migrations,
    _pg_tools,
    _restoring,
    _senders,
)
from monitor.store._damage import DamageCheck
from monitor.store._failures import driver_message, is_about_access, translate_errors
from monitor.store._host_limits import HostLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Executable
    from sqlalchemy.engine import Connection, RowMapping

    from monitor.core.jobs import ProcessRole
    from monitor.store._restoring import RestoredDatabase

BUSY_TIMEOUT = timedelta(seconds=5)
SENDER_GRACE = timedelta(seconds=20)
"""How long a sender's lock must be free on PostgreSQL before the sender counts as dead: longer than a server takes to
restart and senders, which check every few seconds, take to reconnect."""


class Database:
    """Connections, transactions, schema, backups and locks, independent of what the tables contain."""

    url: str
    """The database's address, without its password."""

    def __init__(
        self, url: str, *, busy_timeout: timedelta = BUSY_TIMEOUT, sender_grace: timedelta = SENDER_GRACE
    ) -> None:
        parsed = _engine.parse(url)
        self.url = parsed.render_as_string(hide_password=True)
        self._address = parsed.render_as_string(hide_password=False)
        self._file = _engine.file_of(parsed)
        self.shareable = self._file is not None or parsed.get_backend_name() != "sqlite"
        """True if another process can open the same database."""
        self._engine = _engine.create(parsed, busy_timeout)
        self._writer = _engine.writing(self._engine)
        self._sender = _senders.sender_lock(self._engine, self._file, sender_grace)

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        """Pickle the address, so that another process opens its own connections; TypeError for a database in memory."""
        if not self.shareable:
            raise TypeError(f"{self.url} cannot be opened by another process")
        return type(self), (self._address,)

    def close(self) -> None:
        """Close all connections, and release the sender's lock, so that other senders can take its deliveries."""
        self._sender.close()
        _engine.close(self._engine)

    # -- schema

    def upgrade(self) -> list[str]:
        """Apply missing migrations and return them; an SQLite file that holds data is copied first."""
        if self._file is not None:
            _engine.make_file(self._file)
        revision = self.current()
        missing = _migrations.pending(revision)
        if not missing:
            return []
        with translate_errors(self.url):
            if self._file is not None and revision is not None:
                self._copy_before(missing[-1])
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
            problems = _checks.check(connection)
        if self._file is not None and not problems:
            _damage.delete_marker(self._file)
        return problems

    def quick_check(self, limit: timedelta) -> DamageCheck:
        """Check for damage within a time limit, and mark the file if it is damaged."""
        try:
            with self._reading() as connection:
                found = _damage.quick_check(connection, limit)
        except DatabaseDamagedError as error:
            return DamageCheck((driver_message(error),))
        if self._file is None:
            return found
        if found.problems:
            _damage.write_marker(self._file, "; ".join(found.problems))
        elif found.complete:
            _damage.delete_marker(self._file)
        return found

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
            _backups.write(self._engine, self._file, file)

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
            _file_access.make_folder(self._file.parent)
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

    def _copy_before(self, revision: str) -> None:
        """Copy an SQLite database beside itself before a migration; an older copy for the same step is replaced."""
        if self._file is not None:
            _backups.copy_sqlite(self._engine, self._file.with_name(f"{self._file.name}.before-{revision}"))

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
                with target.lock(), self._unchanging() as source, target._writing() as connection:  # noqa: SLF001 - a peer
                    return _copying.copy(source, connection)
        finally:
            target.close()

    def ping(self) -> None:
        """Run a trivial statement; DatabaseError if the database does not respond."""
        with self._reading() as connection:
            connection.execute(select(1))

    # -- processes

    @contextmanager
    def lock(self, role: ProcessRole = "all") -> Iterator[Callable[[], None]]:
        """Hold the locks of a role; DatabaseInUseError if a process with a conflicting role runs on this database.

        Yields a function to call every few seconds: it takes the lock again if it was lost with its connection.
        """
        if self._file is not None:
            with _lock.file_lock(self._file):
                yield _nothing
        elif self._engine.dialect.name != "postgresql":
            yield _nothing
        else:
            with closing(_lock.HeldLocks(self._engine, role)) as held:
                keep = translate_errors(self.url)(held.keep)
                keep()
                yield keep

    def conninfo(self) -> str:
        """Return the address, with its password, in the form of libpq."""
        return _engine.conninfo(self._engine)

    def host_limits(self, per_host: int) -> HostLimits:
        """Return the limits of requests to hosts that all processes on this database share."""
        return HostLimits(self._engine, self.url, per_host)

    # -- transactions

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise a DatabaseError for a failure of the database, and mark a damaged SQLite file."""
        try:
            with translate_errors(self.url):
                yield
        except DatabaseDamagedError as error:
            if self._file is not None:
                _damage.write_marker(self._file, driver_message(error))
            raise
        except DatabaseError as error:
            self._refuse_unwritable(error)
            raise

    def _refuse_unwritable(self, error: DatabaseError) -> None:
        """Raise a DatabaseError with the reason if the file could not be opened because it cannot be written."""
        if self._file is not None and is_about_access(error.__cause__) and (reason := self.unwritable()):
            raise DatabaseError(f"database {self.url}: {reason}") from error.__cause__

    def unwritable(self) -> str:
        """Return why the file cannot be written; empty if it can, or if the database is on a server or in memory."""
        return "" if self._file is None else _file_access.unwritable(self._file)

    def too_open(self) -> list[str]:
        """Return the permissions by which others can read the file, as sentences."""
        return [] if self._file is None else _file_access.too_open(self._file)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._translated(), self._engine.begin() as connection:
            yield connection

    def _rows(self, statement: Executable, values: Mapping[str, object] | None = None) -> Sequence[RowMapping]:
        """Read all rows of a statement, in a transaction of its own."""
        with self._reading() as connection:
            return connection.execute(statement, values or {}).mappings().all()

    def _row(self, statement: Executable, values: Mapping[str, object] | None = None) -> RowMapping | None:
        """Read the only row of a statement; None if there is none."""
        with self._reading() as connection:
            return connection.execute(statement, values or {}).mappings().one_or_none()

    def _write(self, statement: Executable, values: Mapping[str, object] | None = None) -> int:
        """Execute a statement in a transaction of its own, and return the number of rows that it changed."""
        with self._writing() as connection:
            return connection.execute(statement, values or {}).rowcount

    @contextmanager
    def _unchanging(self) -> Iterator[Connection]:
        """Read from one snapshot, whatever is written meanwhile."""
        level = {"isolation_level": "REPEATABLE READ"} if self._engine.dialect.name == "postgresql" else {}
        with self._translated(), self._engine.execution_options(**level).begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._translated(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _archiving(self) -> Iterator[Connection]:
        """Write matches, one process at a time."""
        with self._writing() as connection:
            _lock.lock_archive(connection)
            yield connection


def _nothing() -> None:
    """Do nothing: a lock without a connection cannot be lost."""
