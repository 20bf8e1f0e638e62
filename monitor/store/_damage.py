"""Checks a database for damage, and marks damaged SQLite files.

SQLite: `PRAGMA quick_check` within a time limit. A damaged database is marked by a file `<database>.damaged` beside it,
because nothing should be written into it. PostgreSQL: the number of pages with wrong checksums, which the server
counts; without data checksums there is no cheap check.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Timer
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from monitor.core.counts import count

_MAX_FINDINGS = 10
"""Problems that are listed."""
_STEPS_PER_CHECK = 1_000
"""Steps of SQLite's virtual machine between two readings of the clock: less than a millisecond."""
_CHECKSUMS = text("SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()")
ADVICE = (
    'stop the daemon, keep a copy of the file, and restore a backup: docs/operations.md, "Repair a damaged database"'
)


@dataclass(frozen=True, slots=True)
class DamageCheck:
    """The result of a check."""

    problems: tuple[str, ...] = ()
    complete: bool = True
    """False if the time limit ended the check before the whole file was read."""


def quick_check(connection: Connection, limit: timedelta) -> DamageCheck:
    """Check for damage for at most `limit`; raises the driver's error for a file that cannot be read at all."""
    if connection.dialect.name == "postgresql":
        failures = connection.execute(_CHECKSUMS).scalar() or 0
        wrong = count(failures, "page with a wrong checksum", "pages with wrong checksums")
        return DamageCheck((f"the server has counted {wrong}",) if failures else ())
    raw: Any = connection.connection.dbapi_connection
    findings: list[str] = []
    complete = True
    try:
        with deadline(raw, limit.total_seconds()):
            findings.extend(str(row[0]) for row in connection.execute(text(f"PRAGMA quick_check({_MAX_FINDINGS})")))
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_INTERRUPT":
            raise
        complete = False
    return DamageCheck(tuple(each for each in findings if each != "ok"), complete)


@contextmanager
def deadline(raw: Any, seconds: float) -> Iterator[None]:  # noqa: ANN401 - the driver's own connection
    """Interrupt the statements of a connection after `seconds`.

    The timer is for versions before SQLite 3.41, which check a whole table without calling the progress handler.
    """
    end = time.monotonic() + seconds
    timer = Timer(seconds, raw.interrupt)
    timer.daemon = True
    raw.set_progress_handler(lambda: time.monotonic() >= end, _STEPS_PER_CHECK)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        raw.set_progress_handler(None, 0)


# ---------------------------------------------------------------- markers beside SQLite files


def _marker(database: Path) -> Path:
    return database.with_name(f"{database.name}.damaged")


def write_marker(database: Path, problem: str) -> None:
    """Mark a database as damaged by a file beside it; does nothing if the folder cannot be written."""
    mark = _marker(database)
    with suppress(OSError):
        if not mark.exists():
            mark.touch(mode=0o600)
            mark.write_text(f"{problem}\n", encoding="utf-8")


def read_marker(database: Path) -> str:
    """Return the content of the mark; empty if there is none."""
    try:
        return _marker(database).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def delete_marker(database: Path) -> None:
    """Delete the mark after a complete check found no damage."""
    with suppress(OSError):
        _marker(database).unlink(missing_ok=True)
