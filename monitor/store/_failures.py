"""Explains failures of a database in one line that says what to do.

Only what an operator can fix becomes a DatabaseError; a violated constraint or a wrong statement is a bug and raised
as it is.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from monitor.core.errors import DatabaseDamagedError, DatabaseError, DatabaseUnreachableError
from monitor.store._damage import ADVICE

NOT_MIGRATED = "its schema is not that of this program: run `monitor db upgrade`"

UNKNOWN_TABLES = (
    "it has tables that another program or revision made: check the address of the database, or restore a backup"
)
"""Why a migration cannot create what is there already."""
SLOW = "the query exceeded its time limit; narrow it"

_SQLITE = {
    "BUSY": "locked by another program for longer than this one waits; try again",
    "LOCKED": "locked by another program for longer than this one waits; try again",
    "FULL": "the disk is full; the last change was rolled back",
    "READONLY": "it cannot be written: check the file's and the folder's permissions",
    "CANTOPEN": "it cannot be opened: does it exist, and may it be read? `monitor db upgrade` creates it",
    "CORRUPT": f"the file is damaged: {ADVICE}",
    "NOTADB": f"the file is not an SQLite database, or is damaged: {ADVICE}",
    "IOERR_SHMSIZE": "the disk is full: free some space",  # the file that processes share cannot be made
    "IOERR": "the disk failed to read or write: check it before anything else",
    "INTERRUPT": SLOW,
    "PERM": "permission denied: check the file's and the folder's permissions",
}
_POSTGRESQL = {  # by SQLSTATE, or by its class: the first two characters
    "08": "the server cannot be reached",
    "28": "the server refused the user or the password",
    "3D": "the server has no such database",
    "42P01": NOT_MIGRATED,
    "42703": NOT_MIGRATED,
    "42P07": UNKNOWN_TABLES,
    "42701": UNKNOWN_TABLES,
    "42501": "the user lacks a permission: check its grants",
    "53100": "the server's disk is full; the last change was rolled back",
    "53": "the server is out of resources",
    "55P03": "locked by another program for longer than this one waits; try again",
    "57014": SLOW,
    "57": "the server is shutting down or starting",
    "40": "transactions conflicted; try again",
    "58": "the server's disk failed to read or write",
    "XX": "the server's files are damaged",
}


@contextmanager
def translate_errors(address: str) -> Iterator[None]:
    """Raise a DatabaseError, which names the database, for a failure that an operator can fix."""
    try:
        yield
    except PoolTimeoutError:
        raise DatabaseError(f"database {address}: every connection is in use") from None
    except (DBAPIError, sqlite3.Error) as error:
        reason = explain(error.orig if isinstance(error, DBAPIError) else error)
        if reason is None:
            raise
        raise _kind(error)(f"database {address}: {reason}") from error


def _kind(error: DBAPIError | sqlite3.Error) -> type[DatabaseError]:
    if _is_damage(error):
        return DatabaseDamagedError
    # psycopg gives no SQLSTATE where no connection was made
    is_unconnected = isinstance(error, DBAPIError) and not any(_codes(error))
    return DatabaseUnreachableError if is_unconnected else DatabaseError


def driver_message(error: DatabaseError) -> str:
    """Return the first line of the driver's message behind a DatabaseError."""
    cause = error.__cause__
    return _first_line(cause.orig if isinstance(cause, DBAPIError) else cause)


def _codes(error: BaseException | None) -> tuple[str, str]:
    """Return SQLite's error name without `SQLITE_`, and PostgreSQL's SQLSTATE; empty for other errors."""
    driver_error = error.orig if isinstance(error, DBAPIError) else error
    name, state = (getattr(driver_error, each, None) or "" for each in ("sqlite_errorname", "sqlstate"))
    return name.removeprefix("SQLITE_"), state


def _is_damage(error: DBAPIError | sqlite3.Error) -> bool:
    name, state = _codes(error)
    return name.startswith(("CORRUPT", "NOTADB")) or state in {"XX001", "XX002"}


def is_access_error(error: BaseException | None) -> bool:
    """Return True if SQLite could not open or write a file, whatever the reason."""
    return _codes(error)[0].startswith(("CANTOPEN", "READONLY", "PERM"))


def explain(error: BaseException | None) -> str | None:
    """Return what a driver's error means and what to do; None if it is a bug of this program."""
    if isinstance(error, sqlite3.Error):
        return _explain_sqlite(error)
    state = getattr(error, "sqlstate", None)
    if state is None:
        return _explain_unreachable(error)
    meaning = next((_POSTGRESQL[state[:n]] for n in (5, 2) if state[:n] in _POSTGRESQL), None)
    return f"{meaning} ({_first_line(error)})" if meaning else None


def _explain_sqlite(error: sqlite3.Error) -> str | None:
    if re.match(r"no such (table|column)|table .* has no column", str(error)):
        return f"{NOT_MIGRATED} ({error})"
    if re.match(r"(table|index) .* already exists|duplicate column name", str(error)):
        return f"{UNKNOWN_TABLES} ({error})"
    name = _codes(error)[0]
    meaning = _SQLITE.get(name) or _SQLITE.get(name.split("_")[0])
    return f"{meaning} ({error})" if meaning else None


def _explain_unreachable(error: BaseException | None) -> str | None:
    """Explain an error of psycopg without a state, which means that the server was not reached."""
    if "connection option" in str(error):
        return f"its address is wrong ({_first_line(error)})"
    if type(error).__name__ not in {"OperationalError", "ConnectionTimeout"}:
        return None
    return f"the server cannot be reached ({_first_line(error)})"


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).strip().splitlines()), "no reason given")
