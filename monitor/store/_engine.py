"""Builds database engines from addresses.

SQLite: WAL, synchronous=FULL (a delivery marked as sent must survive a power cut), foreign keys, and explicit BEGINs,
because the driver's own come too late for DDL and for reads. A writer begins IMMEDIATE: a transaction that reads first
and writes later would fail at once, whatever the busy timeout. A missing file is an error; opening a database never
creates one.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool

from monitor.core.errors import DatabaseError
from monitor.runtime.folders import make_private_folder
from monitor.store import _file_access

BEGIN = "monitor_begin"
"""The execution option with a connection's BEGIN statement."""
IN_BINARY = "monitor_in_binary"
"""The execution option of a connection that gets results in PostgreSQL's binary format: bytes take half the time."""
_OPEN_FILE = "monitor_open_file"
"""The key, in the `info` of a connection, of device and inode of the file that it opened."""
_MAX_TRIES = 3
"""Attempts to switch a file to write-ahead logging, while other connections do the same."""
_STEPS_PER_CHECK = 20_000
"""Steps of SQLite's virtual machine between two readings of the clock: a few milliseconds."""


def parse(url: str) -> URL:
    """Parse a database address; DatabaseError if it is none, or if its database or driver is not supported."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the second if the port is no number
        raise DatabaseError(
            "database: not an address; write sqlite:///data/monitor.db or postgresql+psycopg://..."
        ) from None
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return parsed.set(drivername="sqlite")
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise DatabaseError(f"database: {other} is not supported; use sqlite or postgresql+psycopg")


def file_of(url: URL) -> Path | None:
    """Return the file of an SQLite database; None for one in memory or on a server."""
    in_file = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
    return Path(url.database or "") if in_file else None


def create_file(file: Path) -> None:
    """Create an empty SQLite database and its folder if missing; removes the access of other users."""
    try:
        make_private_folder(file.parent)
        _file_access.make_file(file)
    except OSError as error:
        reason = _file_access.why_unwritable(file) or str(error.strerror).lower()
        raise DatabaseError(f"database sqlite:///{file} cannot be created or written: {reason}") from None
    _file_access.restrict(file)


def create(url: URL, busy_timeout: timedelta) -> Engine:
    """Create an engine; nothing is connected yet."""
    if url.get_backend_name() == "postgresql":
        return _postgresql(url)
    return _sqlite(url, busy_timeout)


class ClosingPool(QueuePool):
    """A connection pool that, once closed, closes connections in use when they are returned.

    `Engine.dispose` would forget connections in use, and they would stay open until the garbage collector finds them.
    Threads that outlive the closing (an abandoned call, a slow page) can still finish their transactions.
    """

    closed = False
    _sqla_logger_namespace = "sqlalchemy.pool.impl.QueuePool"
    """Without this, SQLAlchemy would log under the name of this module, which the program's log shows."""

    def close(self) -> None:
        """Close the idle connections now, and the others when they are returned."""
        self.closed = True
        self.dispose()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        if self.closed:  # checked last, so that a connection that is returned meanwhile is not missed
            self.dispose()


def close(engine: Engine) -> None:
    """Close every connection of an engine; those in use are closed when they are returned."""
    if isinstance(engine.pool, ClosingPool):
        engine.pool.close()
    else:
        engine.dispose()


def writing(engine: Engine) -> Engine:
    """Return a view of the engine whose transactions take the write lock when they begin."""
    return engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})


def make_read_only(engine: Engine, limit: timedelta) -> None:
    """Make an engine read-only, and abort transactions that read for longer than `limit`."""
    seconds = limit.total_seconds()

    def begun(connection: Connection) -> None:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")
            return
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA query_only=ON")
        end = time.monotonic() + seconds
        raw.set_progress_handler(lambda: time.monotonic() > end, _STEPS_PER_CHECK)

    event.listen(engine, "begin", begun)


def conninfo(engine: Engine) -> str:
    """Return what this engine connects to, in the form of libpq."""
    from psycopg.conninfo import make_conninfo

    # `context` is for psycopg; the other settings are parameters of libpq.
    _, settings = engine.dialect.create_connect_args(engine.url)
    return make_conninfo(**{name: value for name, value in settings.items() if name != "context"})


def _postgresql(url: URL) -> Engine:
    options = "-c timezone=UTC -c lock_timeout=30s -c idle_in_transaction_session_timeout=10min"
    existing = url.query.get("options", "")
    defaults = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
    not_in_address = {name: value for name, value in defaults.items() if name not in url.query}
    engine = create_engine(
        url,
        poolclass=ClosingPool,
        pool_pre_ping=True,
        pool_timeout=30,
        connect_args={"options": f"{options} {existing}".strip(), **not_in_address},
    )
    event.listen(engine, "before_cursor_execute", _choose_format)
    return engine


def _choose_format(connection: Connection, cursor: Any, *_: object) -> None:  # noqa: ANN401 - a cursor of psycopg
    if connection.get_execution_options().get(IN_BINARY):
        cursor.format = True


def _sqlite(url: URL, busy_timeout: timedelta) -> Engine:
    file = file_of(url)
    engine = create_engine(
        "sqlite://",
        creator=_connector(file, busy_timeout),
        poolclass=ClosingPool if file else StaticPool,
        # A row at a time costs next to nothing here, while a statement for each number of rows would be kept, by the
        # driver, with the texts that were last stored with it.
        insertmanyvalues_page_size=1,
    )
    event.listen(engine, "begin", _begin)
    if file:
        event.listen(engine, "connect", lambda _, record: record.info.update({_OPEN_FILE: _identity(file)}))
    return engine


def is_file_gone(connection: Connection, file: Path) -> bool:
    """Return True if the file at the path is missing, or is not the one that the connection has open."""
    return bool(connection.info.get(_OPEN_FILE) != _identity(file))


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _connector(file: Path | None, busy_timeout: timedelta) -> Callable[[], sqlite3.Connection]:
    address = f"file:{quote(str(file))}?mode=rw" if file else ":memory:"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address,
            uri=file is not None,
            timeout=busy_timeout.total_seconds(),
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    return connect


def _set_up(connection: sqlite3.Connection) -> None:
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA journal_size_limit=67108864")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a new file to write-ahead logging, once.

    If several connections do this at once, SQLite refuses all but one without waiting as it does for other locks; a
    refused connection waits for the write lock and checks again.
    """
    for tries_left in reversed(range(_MAX_TRIES)):
        if connection.execute("PRAGMA journal_mode").fetchone() != ("delete",):
            return
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not tries_left or not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))
