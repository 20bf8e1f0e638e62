"""Limits of requests to hosts that several processes share, on PostgreSQL: how many at once, and the gap between two.

The time of a host's last request is a row; each request under way holds an advisory lock, which the server releases
when the process dies. Nothing here waits: a caller that has to wait gets the number of seconds.
"""

from __future__ import annotations

from zlib import crc32

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from monitor.store._failures import translate_errors
from monitor.store._process_locks import close_connection

RETRY_SECONDS = 0.1
"""Seconds, while all slots of a host are taken."""
_MIN_RETRY_SECONDS = 0.005
_START = text("""
    INSERT INTO host_rate_limits AS known (host, started_at, gap) VALUES (:host, clock_timestamp(), :gap)
    ON CONFLICT (host) DO UPDATE SET started_at = clock_timestamp(), gap = greatest(known.gap, :gap)
    WHERE known.started_at + make_interval(secs => greatest(known.gap, :gap)) <= clock_timestamp()
    RETURNING true
""")
"""Starts a request unless it is too early. A gap that one process has read from robots.txt applies to all."""
_SECONDS_LEFT = text("""
    SELECT extract(epoch FROM started_at - clock_timestamp()) + greatest(gap, :gap) FROM host_rate_limits
    WHERE host = :host
""")
_DELETE_IDLE = text("DELETE FROM host_rate_limits WHERE started_at + make_interval(secs => gap) < clock_timestamp()")
_LOCK = text("SELECT pg_try_advisory_lock(:host, :slot)")
_UNLOCK = text("SELECT pg_advisory_unlock(:host, :slot)")


class HostLimits:
    """The requests of one process; for one thread at a time."""

    def __init__(self, engine: Engine, url: str, per_host: int) -> None:
        self._engine = engine
        self._url = url
        self._per_host = per_host
        self._connection: Connection | None = None
        self._held: dict[int, list[int]] = {}
        """By host, the slots that this process holds: a session can acquire its own locks twice."""

    def try_acquire(self, host: str, gap: float) -> float:
        """Start a request to a host; return 0.0, or the seconds after which to try again.

        `gap`: minimum seconds since the last request to the host.
        """
        with translate_errors(self._url):
            try:
                return self._acquire(self._open(), host, gap)
            except BaseException:
                self.close()  # it is not known any more which locks the connection holds
                raise

    def release(self, host: str) -> None:
        """Record that a request to a host has ended."""
        slots = self._held.get(_lock_key(host))
        if not slots or self._connection is None:
            return
        with translate_errors(self._url), self._connection.begin():
            self._connection.execute(_UNLOCK, {"host": _lock_key(host), "slot": slots.pop()})

    def close(self) -> None:
        """Release everything."""
        self._held.clear()
        connection, self._connection = self._connection, None
        close_connection(connection)

    def _acquire(self, connection: Connection, host: str, gap: float) -> float:
        parameters = {"host": host, "gap": gap}
        with connection.begin() as transaction:
            if not connection.execute(_START, parameters).scalar():
                seconds_left = connection.execute(_SECONDS_LEFT, parameters).scalar()
                return max(float(seconds_left or 0.0), _MIN_RETRY_SECONDS)
            if not self._acquire_slot(connection, _lock_key(host)):
                transaction.rollback()
                return RETRY_SECONDS
            return 0.0

    def _acquire_slot(self, connection: Connection, host_key: int) -> bool:
        held = self._held.setdefault(host_key, [])
        for slot in range(self._per_host):
            if slot not in held and connection.execute(_LOCK, {"host": host_key, "slot": slot}).scalar():
                held.append(slot)
                return True
        return False

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.detach()  # so that closing it releases its locks
            with self._connection.begin():
                self._connection.exec_driver_sql("SET tcp_keepalives_idle = 30")
        return self._connection


def delete_idle(connection: Connection) -> None:
    """Delete the rows of hosts whose gap has passed."""
    if connection.dialect.name == "postgresql":
        connection.execute(_DELETE_IDLE)


def _lock_key(host: str) -> int:
    """Return a host's key among the advisory locks; two hosts with the same key share their limit."""
    return crc32(host.encode()) - 2**31
