"""File descriptors: the limit of this process, their allocation at start, and whether they are nearly exhausted.

Every socket, database file and pipe needs one. Polling and sending come first; the web page gets the rest.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

EXHAUSTION_ERRNOS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""The system has no descriptor, or no memory for one: not a failure of the other side."""
UNLIMITED = 65_536
"""The number that is assumed where the system sets no limit; more is never needed."""
BASE = 64
"""Descriptors of a process for database, lock and so on, with a reserve. Measured: 19 in a daemon on SQLite without its
extraction pool; database connections may grow to 15 with two files each."""
PER_WORKER = 4
"""Pipes to a process of the extraction pool."""
RESOLVER = 16
"""Sockets for concurrent name resolution."""
CHANNELS = 8
"""Sockets to mail servers and web hooks."""
IDLE_HOSTS = 256
"""Hosts to which connections are kept open for the next request, where descriptors abound."""
IDLE_PER_HOST = 2
SPARE = 8
"""Descriptors are nearly exhausted when at most this many, or a twentieth of the limit, are free."""
MIN_CONNECTIONS, MIN_FETCHES = 4, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Descriptors for each part of the process."""

    limit: int
    required: int
    """The limit at which every part gets what is configured."""
    connections: int
    """Concurrent connections of the web page."""
    concurrency: int
    """Concurrent requests to publishers."""

    @property
    def is_reduced(self) -> bool:
        """Return True if a part gets less than is configured."""
        return self.limit < self.required


def allocate(limit: int, *, concurrency: int, workers: int, connections: int) -> Allocation:
    """Allocate `limit` descriptors. If they do not suffice, reduce the page (to 16), then fetching, then the page."""
    own = BASE + RESOLVER + CHANNELS + PER_WORKER * workers
    left = limit - own - IDLE_PER_HOST * idle_hosts(limit)
    few = min(16, connections)
    page = _clamp(few, left - concurrency, connections)
    fetching = _clamp(min(MIN_FETCHES, concurrency), left - page, concurrency)
    page = _clamp(min(MIN_CONNECTIONS, connections), left - fetching, connections)
    idle = -(-4 * (own + concurrency + connections) // 3)  # idle_hosts() uses a quarter of the limit
    required = min(idle, own + concurrency + connections + IDLE_PER_HOST * IDLE_HOSTS)
    return Allocation(limit=limit, required=required, connections=page, concurrency=fetching)


def idle_hosts(limit: int) -> int:
    """Return the number of hosts with idle connections, which use at most a quarter of the descriptors."""
    return max(1, min(IDLE_HOSTS, limit // (4 * IDLE_PER_HOST)))


def _clamp(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def raise_limit() -> int:
    """Raise the soft limit to the hard limit; return the limit in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        wanted = max(soft, UNLIMITED) if hard == resource.RLIM_INFINITY else hard
        with suppress(OSError, ValueError):  # macOS reports no limit but has one
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return limit()


def limit() -> int:
    """Return the descriptor limit of this process."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return UNLIMITED if soft == resource.RLIM_INFINITY else soft


def count_open() -> int | None:
    """Return the number of open descriptors; the limit if none is left to count them, None if unknown."""
    try:
        return len(os.listdir("/dev/fd")) - 1  # noqa: PTH208 - only their number is wanted
    except OSError as error:
        return limit() if error.errno in EXHAUSTION_ERRNOS else None


def is_nearly_exhausted() -> bool:
    """Return True if so few descriptors are free that work fails or is about to."""
    most, used = limit(), count_open()
    return used is not None and most - used <= max(SPARE, most // 20)


def is_exhaustion_error(error: BaseException) -> bool:
    """Return True if the error or one of its causes is a lack of descriptors."""
    return any(isinstance(each, OSError) and each.errno in EXHAUSTION_ERRNOS for each in causes(error))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and the errors that it was raised from, or while handling which it was raised."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from error.exceptions
        error = error.__cause__ or error.__context__
