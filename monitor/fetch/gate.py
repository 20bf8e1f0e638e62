"""Rate limits for requests: concurrent requests in all and per host, and a minimum gap between two to one host.

Fair between hosts: a request takes one of the places that all hosts share only when its own host allows it, and at
most one request per host waits for such a place. Slow hosts share a quarter of the places, and pages three quarters, so
that feeds are polled on time whatever their neighbours' pages do. Where several processes ask the same hosts, each
request also waits for its turn among those of all processes (`Turns`).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

SLOW = 5.0
"""Seconds: a host is slow while its last request took longer, or one that is under way does."""


class Turns(Protocol):
    """A host's turns among the requests of several processes."""

    async def take(self, host: str, gap: float) -> float:
        """Start a request: 0.0, or the seconds after which to ask again."""

    def give_back(self, host: str) -> None:
        """Say that a request has ended."""


class _Host:
    __slots__ = ("gap", "last_start", "places", "start", "started", "users", "was_slow")

    def __init__(self, places: int) -> None:
        self.places = asyncio.Semaphore(places)
        self.started: list[float] = []
        """When each request that is under way began."""
        self.was_slow = False
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
        self._page_places = asyncio.Semaphore(max(1, concurrency - concurrency // 4))
        self._slow_places = asyncio.Semaphore(max(1, concurrency // 4))
        self._per_host = per_host
        self._min_gap = min_gap
        self._max_hosts = max_hosts
        self._turns = turns
        self._clock = clock
        self._sleep = sleep
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def turn(self, host: str, *, page: bool = False) -> AsyncIterator[None]:
        """Wait until a request to this host may start, and hold its places while the block runs."""
        entry = self._host(host)
        entry.users += 1
        try:
            async with entry.places:
                async with entry.start:
                    held = await self._begin(host, entry, page=page)
                started = self._clock()
                entry.started.append(started)
                try:
                    yield
                finally:
                    entry.started.remove(started)
                    entry.was_slow = self._clock() - started > SLOW
                    _release(held)
                    if self._turns is not None:
                        self._turns.give_back(host)
        finally:
            entry.users -= 1

    def is_slow(self, host: str) -> bool:
        """Return True while the host's last request took longer than SLOW seconds, or a current one does."""
        entry = self._hosts.get(host)
        return entry is not None and self._is_slow(entry)

    def slow_down(self, host: str, gap: float) -> None:
        """Keep at least this many seconds between two requests to a host (robots.txt may ask for it)."""
        self._host(host).gap = gap

    async def _begin(self, host: str, entry: _Host, *, page: bool) -> list[asyncio.Semaphore]:
        """Wait until a request may start, and return the places that it holds.

        While it waits for other processes it holds none.
        """
        await self._pause(entry)
        held = await self._acquire(entry, page=page)
        try:
            while wait := await self._turns.take(host, self._gap(entry)) if self._turns is not None else 0.0:
                _release(held)
                held = []
                await self._sleep(wait)
                held = await self._acquire(entry, page=page)
        except BaseException:
            _release(held)
            raise
        entry.last_start = self._clock()
        return held

    async def _acquire(self, entry: _Host, *, page: bool) -> list[asyncio.Semaphore]:
        held: list[asyncio.Semaphore] = []
        try:
            for places in self._places_for(entry, page=page):
                await places.acquire()
                held.append(places)
        except BaseException:
            _release(held)
            raise
        return held

    def _places_for(self, entry: _Host, *, page: bool) -> Iterator[asyncio.Semaphore]:
        """Give the limits that a request counts against; the one that all share comes last, so none waits with it."""
        if page:
            yield self._page_places
        if self._is_slow(entry):
            yield self._slow_places
        yield self._places

    def _is_slow(self, entry: _Host) -> bool:
        return entry.was_slow or (bool(entry.started) and self._clock() - min(entry.started) > SLOW)

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


def _release(held: list[asyncio.Semaphore]) -> None:
    for places in held:
        places.release()
