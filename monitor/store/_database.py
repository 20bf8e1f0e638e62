"""Base class of the repositories: connections, transactions and locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Self

from sqlalchemy import Executable, select
from sqlalchemy.engine import Connection, RowMapping

from monitor.core.errors import DatabaseDamagedError, DatabaseError
from monitor.core.jobs import ProcessRole
from monitor.store import _damage, _engine, _file_access, _process_locks, _senders
from monitor.store._failures import driver_message, is_access_error, translate_errors
from monitor.store._host_limits import HostLimits
from monitor.store._types import UnreadableValueError
from monitor.store._unreadable_values import LastStatements, unreadable_row

BUSY_TIMEOUT = timedelta(seconds=5)
FILE_GONE = (
    "its file was moved, removed or replaced while it is in use, so that what is stored would be lost; stop all"
    " `monitor` processes, put the right file there, and start them again"
)
SENDER_GRACE = timedelta(seconds=20)
"""How long a sender's lock must be free on PostgreSQL before the sender counts as dead: longer than a server takes to
restart and senders, which check every few seconds, take to reconnect."""


class Database:
    """Connections, transactions and locks, independent of what the tables contain."""

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
        self._last_statements = LastStatements()
        self._last_statements.listen(self._engine)
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
            with _process_locks.lock_file(self._file):
                yield lambda: None  # a lock without a connection cannot be lost
        elif self._engine.dialect.name != "postgresql":
            yield lambda: None
        else:
            with closing(_process_locks.RoleLocks(self._engine, role)) as locks:
                ensure_held = translate_errors(self.url)(locks.ensure_held)
                ensure_held()
                yield ensure_held

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
        except UnreadableValueError as error:
            raise unreadable_row(error, self._last_statements, self._engine, self.url) from error
        except DatabaseDamagedError as error:
            if self._file is not None:
                _damage.write_marker(self._file, driver_message(error))
            raise
        except DatabaseError as error:
            self._refuse_unwritable(error)
            raise

    def _refuse_unwritable(self, error: DatabaseError) -> None:
        """Raise a DatabaseError with the reason if the file could not be opened because it cannot be written."""
        if self._file is not None and is_access_error(error.__cause__) and (reason := self.why_unwritable()):
            raise DatabaseError(f"database {self.url}: {reason}") from error.__cause__

    def why_unwritable(self) -> str:
        """Return why the file cannot be written; empty if it can, or if the database is on a server or in memory."""
        return "" if self._file is None else _file_access.why_unwritable(self._file)

    def excess_permissions(self) -> list[str]:
        """Return the permissions by which others can read the file, as sentences."""
        return [] if self._file is None else _file_access.excess_permissions(self._file)

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
    def _snapshot(self) -> Iterator[Connection]:
        """Read from one snapshot, whatever is written meanwhile."""
        level = {"isolation_level": "REPEATABLE READ"} if self._engine.dialect.name == "postgresql" else {}
        with self._translated(), self._engine.execution_options(**level).begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._translated(), self._writer.begin() as connection:
            if self._file is not None and _engine.is_file_gone(connection, self._file):
                raise DatabaseError(f"database {self.url}: {FILE_GONE}")
            yield connection

    @contextmanager
    def _writing_archive(self) -> Iterator[Connection]:
        """Write articles, matches or their indexes, one process at a time."""
        with self._writing() as connection:
            _process_locks.lock_archive(connection)
            yield connection
