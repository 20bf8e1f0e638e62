"""Locks that show which senders are alive.

A sender claims deliveries under its number and holds a lock of that number as long as it lives. The operating system or
the PostgreSQL server releases the lock when the process ends, however it ends, so no clock is needed to see that a
sender is dead. The outbox stores which deliveries a sender holds.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection, Engine

from monitor.core.errors import DatabaseError
from monitor.store._file_access import file_mode
from monitor.store._process_locks import close_connection, is_connected, open_connection

_BITS = 62
"""Bits of a sender's number: it fits PostgreSQL's bigint, and random numbers do not collide."""
_HELD_ON_SERVER = text("""
    SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")
"""PostgreSQL shows an advisory lock on one bigint as its upper and lower half, with objsubid 1 (manual, pg_locks)."""


class SenderLock:
    """The lock of one sender, and its view of the locks of others; this class is for a database in memory."""

    def __init__(self) -> None:
        self.number = secrets.randbits(_BITS)

    def ensure_held(self) -> None:
        """Take the lock, again if it was lost. Raises DatabaseError if it cannot be taken."""

    def dead(self, connection: Connection, numbers: Collection[int]) -> set[int]:  # noqa: ARG002
        """Return which of these senders have ended; never this one, nor one that still holds its lock."""
        return set(numbers) - {self.number}

    def close(self) -> None:
        """Release the lock."""


def sender_lock(engine: Engine, file: Path | None, grace: timedelta) -> SenderLock:
    """Create the lock for a kind of database; `ensure_held` opens it. `grace` is for PostgreSQL only."""
    if file is not None:
        return SenderFileLock(file)
    return SenderServerLock(engine, grace) if engine.dialect.name == "postgresql" else SenderLock()


class SenderFileLock(SenderLock):
    """A locked file beside an SQLite database, named after the sender. If it is missing or free, the sender is dead."""

    def __init__(self, database: Path) -> None:
        super().__init__()
        self._database = database
        self._handle: int | None = None
        self._thread_lock = threading.Lock()
        """Two threads that lock the file at once would wait for each other's handles for ever."""

    def ensure_held(self) -> None:
        """Create and lock the file if missing, and remove the files of dead senders."""
        with self._thread_lock:
            if self._handle is not None and _is_at(self._handle, self._path(self.number)):
                return
            try:
                self._remove_abandoned()
                while self._handle is None or not _is_at(self._handle, self._path(self.number)):
                    self.close()
                    self._handle = _open_locked(self._path(self.number))
            except OSError as error:
                raise DatabaseError(f"the lock beside the database cannot be written: {error}") from None

    def dead(self, connection: Connection, numbers: Collection[int]) -> set[int]:  # noqa: ARG002
        """Return those whose files are missing or not locked."""
        return {number for number in numbers if number != self.number and _remove_if_free(self._path(number))}

    def close(self) -> None:
        """Remove the file, then unlock it, so that no process finds it unlocked."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):
                if _is_at(handle, self._path(self.number)):
                    self._path(self.number).unlink()
            os.close(handle)

    def _path(self, number: int) -> Path:
        return self._database.with_name(f"{self._database.name}.sender-{number:016x}")

    def _remove_abandoned(self) -> None:
        prefix = f"{self._database.name}.sender-"
        for path in [each for each in self._database.absolute().parent.iterdir() if each.name.startswith(prefix)]:
            _remove_if_free(path)


def _open_locked(path: Path) -> int:
    """Open and lock a file. Another process may remove it in between; the caller checks for that."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(handle, file_mode(path.parent))  # a group that shares the folder can see whether it is locked
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        os.close(handle)
        raise
    return handle


def _is_at(handle: int, path: Path) -> bool:
    """Return True if the open file is still the one at that path."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _remove_if_free(path: Path) -> bool:
    """Remove a file that is not locked; returns False if it is locked, or cannot be opened."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except OSError:
        return False  # not readable is not dead
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(handle, path):
            path.unlink()
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


class SenderServerLock(SenderLock):
    """A session's advisory lock on PostgreSQL, on its own connection.

    A living sender loses its lock when its connection is cut (the server restarts, say) and takes it again within
    seconds. Therefore a sender counts as dead only if its lock was free for `grace`.
    """

    def __init__(self, engine: Engine, grace: timedelta) -> None:
        super().__init__()
        self._engine = engine
        self._grace = grace.total_seconds()
        self._connection: Connection | None = None
        self._free_since: dict[int, float] = {}
        """By sender, the monotonic time at which its lock was first seen free."""

    def ensure_held(self) -> None:
        """Take the lock; do nothing as long as the server has not noticed that the old connection is dead."""
        if is_connected(self._connection):
            return
        self.close()
        connection = open_connection(self._engine)
        is_held = False
        try:
            is_held = bool(connection.execute(select(func.pg_try_advisory_lock(self.number))).scalar())
        finally:
            if is_held:
                self._connection = connection
            else:
                close_connection(connection)

    def dead(self, connection: Connection, numbers: Collection[int]) -> set[int]:
        """Return those whose locks have been free for `grace`."""
        free = set(numbers) - {self.number}
        free -= set(connection.execute(_HELD_ON_SERVER).scalars()) if free else set()
        now = time.monotonic()
        self._free_since = {number: self._free_since.get(number, now) for number in free}
        return {number for number, since in self._free_since.items() if now - since >= self._grace}

    def close(self) -> None:
        """Release the lock at once."""
        connection, self._connection = self._connection, None
        close_connection(connection)
