"""The turns of requests: so many at once in all, so many at once to one host, and a pause between two to one host.

Fair between hosts: a request takes one of the places that all share only when its host's turn has come, and of each
host one request at most waits for such a place. A slow host thus holds up itself alone. Where several processes ask the
same hosts, each request also takes its turn among those of all (`Turns`).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


class Turns(Protocol):
    """A host's turns among the requests of several processes."""

    async def take(self, host: str, gap: float) -> float:
        """Start a request: 0.0, or the seconds after which to ask again."""

    def give_back(self, host: str) -> None:
        """Say that a request has ended."""


class _Host:
    __slots__ = ("gap", "last_start", "places", "start", "users")

    def __init__(self, places: int) -> None:
        self.places = asyncio.Semaphore(places)
        self.start = asyncio.Lock()
        self.last_start = float("-inf")
        self.gap = 0.0
        self.users = 0


class Gate:
    """Lets requests pass one by one."""

    def __init__(
        self,
        *,
        concurrency: int = 64,
        per_host: int = 2,
        min_gap: float = 1.0,
        max_hosts: int = 10_000,
        turns: Turns | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._places = asyncio.Semaphore(concurrency)
        self._per_host = per_host
        self._min_gap = min_gap
        self._max_hosts = max_hosts
        self._turns = turns
        self._clock = clock
        self._sleep = sleep
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for this host's turn, and hold its place for as long as the block runs."""
        entry = self._host(host)
        entry.users += 1
        try:
            async with entry.places:
                async with entry.start:
                    await self._begin(host, entry)
                try:
                    yield
                finally:
                    self._places.release()
                    if self._turns is not None:
                        self._turns.give_back(host)
        finally:
            entry.users -= 1

    def slow_down(self, host: str, gap: float) -> None:
        """Keep at least this many seconds between two requests to a host (robots.txt may ask for it)."""
        self._host(host).gap = gap

    async def _begin(self, host: str, entry: _Host) -> None:
        """Wait until a request may start; what waits for other processes keeps no place meanwhile."""
        await self._pause(entry)
        await self._places.acquire()
        while wait := await self._wait_of_all(host, entry):
            self._places.release()
            await self._sleep(wait)
            await self._places.acquire()
        entry.last_start = self._clock()

    async def _wait_of_all(self, host: str, entry: _Host) -> float:
        if self._turns is None:
            return 0.0
        try:
            return await self._turns.take(host, self._gap(entry))
        except BaseException:
            self._places.release()
            raise

    def _gap(self, entry: _Host) -> float:
        return max(self._min_gap, entry.gap)

    async def _pause(self, entry: _Host) -> None:
        gap = self._gap(entry)
        while (wait := entry.last_start + gap - self._clock()) > 0:
            await self._sleep(wait)

    def _host(self, host: str) -> _Host:
        entry = self._hosts.get(host)
        if entry is None:
            entry = self._hosts[host] = _Host(self._per_host)
            self._forget()
        self._hosts.move_to_end(host)
        return entry

    def _forget(self) -> None:
        """Drop the hosts that were not asked for longest, once there are very many."""
        while len(self._hosts) > self._max_hosts:
            host, entry = next(iter(self._hosts.items()))
            if entry.users:
                return
            del self._hosts[host]
