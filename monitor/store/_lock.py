"""One daemon per database: a file lock beside an SQLite file, an advisory lock on PostgreSQL.

Both go by themselves when the process dies. Its surprise: a database in memory needs none, nobody else can see it.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from monitor.core.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine

_LOCK = 0x6D6F6E69746F72 + 1
"""Next to the lock under which the schema is migrated."""
HELD = "another monitor is running on this database"


@contextmanager
def file_lock(database: Path) -> Iterator[None]:
    """Hold a lock on a file beside the database."""
    beside = database.with_name(f"{database.name}.lock")
    try:
        handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise DatabaseError(f"the lock beside the database cannot be written: {error}") from None
    try:
        _take(handle)
        yield
    finally:
        os.close(handle)


@contextmanager
def advisory_lock(engine: Engine) -> Iterator[None]:
    """Hold an advisory lock on a connection of its own."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # closed for good at the end, and the lock goes with it
        if not connection.execute(select(func.pg_try_advisory_lock(_LOCK))).scalar():
            raise DatabaseError(HELD)
        yield


def _take(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 20).decode("ascii", "replace").strip()
        raise DatabaseError(f"{HELD} (process {holder or 'unknown'})") from None
    os.truncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
