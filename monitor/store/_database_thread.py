"""The thread through which one process writes to its database.

SQLite allows one writer at a time. Two writing threads of a process would compete for its lock, and the one that waits
longer than the busy timeout would fail. Everything that writes therefore runs on one DatabaseThread, in the order of
the calls: polls, results of deliveries, alerts and digests, heartbeats and upkeep. Functions should take less than a
second, since the others wait.

The web page is the exception: it has its own connections, because it also runs as a separate process. It writes labels
only, one row in a transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, Self, TypeVar

from monitor.runtime.threads import DaemonThreads

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThread:
    """Runs functions one after the other on its own thread, which starts with the first call.

    Leaving the context waits up to two seconds for the function that is running; later calls raise RuntimeError.
    """

    def __init__(self) -> None:
        self._thread = DaemonThreads(1, "database")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function and return its result, or raise what it raises.

        When this call is cancelled, a function that has not started is dropped; one that has started is finished.
        """
        return await asyncio.wrap_future(self._thread.submit(function, *args, **kwargs))

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function for a caller on another thread, which blocks until the function returns."""
        return self._thread.submit(function, *args, **kwargs).result()
