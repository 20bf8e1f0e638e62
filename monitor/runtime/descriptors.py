"""File descriptors: how many this process may have, how they are shared out at start, and whether they run short.

Every socket, database file and pipe needs one. The daemon's own work comes first; the web page gets the rest.
"""

from __future__ import annotations

import errno
import os
import resource
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""The system has no descriptor, or no memory for one, at the moment; the other side has no part in it."""
UNLIMITED = 65_536
"""Taken as the limit where the system names none; more is never needed."""
BASE = 64
"""What a process has open at work, the database and its lock included, and some to spare: 19 were counted in a daemon
on SQLite beside its extraction pool, and the connections to the database may grow to 15 with two files each."""
PER_WORKER = 4
"""Pipes to a process of the extraction pool."""
RESOLVER = 16
"""Sockets of look-ups of names at once."""
CHANNELS = 8
"""Sockets to mail servers and web hooks."""
IDLE_HOSTS = 256
"""Hosts to which connections are kept open for the next request, where descriptors abound."""
IDLE_PER_HOST = 2
SPARE = 8
"""When no more than so many are left, or a twentieth of all, they run short."""
FEWEST_CONNECTIONS, FEWEST_FETCHES = 4, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What each part of the process gets; `wanted` is the limit at which all would get what is configured."""

    limit: int
    wanted: int
    connections: int
    """Of the web page, at once."""
    concurrency: int
    """Of requests to publishers, at once."""

    @property
    def short(self) -> bool:
        """Whether somebody gets less than is configured."""
        return self.limit < self.wanted


def share_out(limit: int, *, concurrency: int, workers: int, connections: int) -> Shares:
    """Share out `limit` descriptors: first the page gets fewer (to 16), then fetching, then the page again."""
    own = BASE + RESOLVER + CHANNELS + PER_WORKER * workers
    left = limit - own - IDLE_PER_HOST * idle_hosts(limit)
    few = min(16, connections)
    page = _between(few, left - concurrency, connections)
    fetching = _between(min(FEWEST_FETCHES, concurrency), left - page, concurrency)
    page = _between(min(FEWEST_CONNECTIONS, connections), left - fetching, connections)
    idle = -(-4 * (own + concurrency + connections) // 3)  # idle_hosts() takes a quarter of the limit
    wanted = min(idle, own + concurrency + connections + IDLE_PER_HOST * IDLE_HOSTS)
    return Shares(limit=limit, wanted=wanted, connections=page, concurrency=fetching)


def idle_hosts(limit: int) -> int:
    """Return to how many hosts idle connections may be kept: they take a quarter of the descriptors at most."""
    return max(1, min(IDLE_HOSTS, limit // (4 * IDLE_PER_HOST)))


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))


def raise_limit() -> int:
    """Raise the soft limit to the hard one; returns the limit that holds then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        wanted = max(soft, UNLIMITED) if hard == resource.RLIM_INFINITY else hard
        with suppress(OSError, ValueError):  # macOS names no limit and yet has one
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return limit()


def limit() -> int:
    """Return how many descriptors this process may have."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return UNLIMITED if soft == resource.RLIM_INFINITY else soft


def count_open() -> int | None:
    """Return how many are open; the limit when not one is left to look with, None where the system does not tell."""
    try:
        return len(os.listdir("/dev/fd")) - 1  # noqa: PTH208 - only their number is wanted
    except OSError as error:
        return limit() if error.errno in EXHAUSTED else None


def is_short() -> bool:
    """Whether so few are left that work fails, or is about to."""
    most, used = limit(), count_open()
    return used is not None and most - used <= max(SPARE, most // 20)


def is_exhaustion(error: BaseException) -> bool:
    """Whether an error comes of it, itself or by one of its causes."""
    return any(isinstance(each, OSError) and each.errno in EXHAUSTED for each in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from error.exceptions
        error = error.__cause__ or error.__context__
