"""Which processes may use a database together: one daemon, or, on PostgreSQL, one scheduler and any number of workers.

SQLite uses a file lock beside the database, PostgreSQL advisory locks; both are released when the process dies. A
database in memory needs no lock, because no other process can open it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Function, func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from monitor.core.errors import DatabaseError, DatabaseInUseError
from monitor.core.jobs import ProcessRole

_SCHEDULER_LOCK = 0x6D6F6E69746F72 + 1
"""Advisory lock of the process that schedules. Migrations use the number before it (_migrations.py)."""
_WORKER_LOCK = _SCHEDULER_LOCK + 1
"""Advisory lock of processes that poll and send: shared by workers, exclusive for a daemon that does everything."""
_ARCHIVE_LOCK = _SCHEDULER_LOCK + 2
"""Advisory lock that is held during a transaction that stores matches."""
_DATABASE_IN_USE = "another monitor is running on this database"
_STOP_IT = "stop it first"
_ALL_RUNS = "a monitor that does everything is running on this database; stop it, and start a scheduler for the workers"
_WORKERS_RUN = "workers are running on this database; stop them, or start `monitor run --role scheduler`"


@contextmanager
def lock_file(database: Path) -> Iterator[None]:
    """Hold a lock on a file beside the database."""
    with ExitStack() as stack:
        try:
            lock_path = database.with_name(f"{database.name}.lock")
            handle = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            stack.callback(os.close, handle)
            _lock_handle(handle)
        except OSError as error:
            raise DatabaseError(f"the lock beside the database cannot be written: {error}") from None
        yield


class RoleLocks:
    """The locks of a role, on a connection of their own; `ensure_held` takes them again if the connection was lost."""

    def __init__(self, engine: Engine, role: ProcessRole) -> None:
        self._engine = engine
        self._role = role
        self._connection: Connection | None = None

    def ensure_held(self) -> None:
        """Take the locks, again if they were lost; DatabaseInUseError when others have them."""
        if is_connected(self._connection):
            return
        self.close()
        connection = self._connection = open_connection(self._engine)
        if refusal := _acquire_role_locks(connection, self._role):
            self.close()
            raise DatabaseInUseError(refusal)

    def close(self) -> None:
        """Release the locks."""
        connection, self._connection = self._connection, None
        close_connection(connection)


def is_connected(connection: Connection | None) -> bool:
    """Return True if a connection still works, so that it holds its locks."""
    if connection is None:
        return False
    try:
        connection.exec_driver_sql("SELECT 1")
    except DBAPIError:
        return False
    return True


def open_connection(engine: Engine) -> Connection:
    """Open a connection outside of the pool to hold locks: closing it releases them."""
    connection = engine.connect()
    try:
        connection.execution_options(isolation_level="AUTOCOMMIT").detach()
        connection.exec_driver_sql("SET tcp_keepalives_idle = 30")  # locks of a dead machine are released soon
    except BaseException:
        connection.close()
        raise
    return connection


def _acquire_role_locks(connection: Connection, role: ProcessRole) -> str:
    """Take the locks of a role; return why they cannot be taken, or an empty string."""
    if role != "worker" and not _acquire(connection, func.pg_try_advisory_lock(_SCHEDULER_LOCK)):
        return f"{_DATABASE_IN_USE}; {_STOP_IT}"
    if role == "all" and not _acquire(connection, func.pg_try_advisory_lock(_WORKER_LOCK)):
        return _WORKERS_RUN
    if role == "worker" and not _acquire(connection, func.pg_try_advisory_lock_shared(_WORKER_LOCK)):
        return _ALL_RUNS
    return ""


def close_connection(connection: Connection | None) -> None:
    """Close a connection that holds locks, and release them at once instead of when the server notices."""
    if connection is None:
        return
    if not connection.invalidated:
        with suppress(DBAPIError):
            connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
    connection.close()


def lock_archive(connection: Connection) -> None:
    """Lock the storing of matches, for one process at a time, until the transaction ends.

    Two processes that store at once would each begin a story with the same news, and could deadlock on each other's
    rows.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ARCHIVE_LOCK)))


def _acquire(connection: Connection, lock: Function[bool]) -> bool:
    return bool(connection.execute(select(lock)).scalar())


def _lock_handle(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 20).decode("ascii", "replace").strip()
        raise DatabaseInUseError(f"{_DATABASE_IN_USE} (process {holder or 'unknown'}); {_STOP_IT}") from None
    os.truncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
