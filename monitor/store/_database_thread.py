"""The thread through which one process writes to its database.

SQLite lets one connection write at a time. Two threads of one process that write would compete for its lock, and the
one that waits for longer than the busy timeout fails. Everything in a process that writes therefore goes through one
DatabaseThread, in the order in which it was asked: polls, outcomes of deliveries, alerts and digests, heartbeats and
upkeep. Functions that it runs should take less than a second, since the others wait.

The web page is the exception: it has connections of its own, because it also runs as a process of its own. It writes
labels only, one row in a transaction.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from monitor.runtime.threads import DaemonThreads

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThread:
    """Runs functions one after the other on a thread of its own, which starts with the first of them.

    Leaving the context waits two seconds for the function that is running and no longer; then RuntimeError is raised
    for further ones.
    """

    def __init__(self) -> None:
        self._thread = DaemonThreads(1, "database")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function and return its result, or raise what it raises.

        When this call is cancelled, a function that has not begun is not run; one that has begun is finished.
        """
        return await asyncio.wrap_future(self._thread.submit(function, *args, **kwargs))

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function for a caller on another thread, which blocks until it has ended."""
        return self._thread.submit(function, *args, **kwargs).result()
