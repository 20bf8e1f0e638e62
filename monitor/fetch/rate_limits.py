"""Rate limits for requests: how many at once in total and per host, and the minimum gap between two to one host.

The limits are fair between hosts: a request takes a slot of the total limit only once its own host admits it, and at
most one request per host waits for such a slot. Slow hosts together may use a quarter of the total, and pages three
quarters, so that feeds are polled on time. When several processes share a database, each request also waits for the
limits that they share (`SharedHostLimiter`).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

SLOW_SECONDS = 5.0
"""Seconds. A host is slow while its last request took longer, or a request under way does."""


class SharedHostLimiter(Protocol):
    """Limits per host that hold for the requests of several processes together."""

    async def try_acquire(self, host: str, gap: float) -> float:
        """Return 0.0 if a request may start now, else the seconds after which to try again."""

    def release(self, host: str) -> None:
        """Record that a request has ended."""


class _Host:
    """The limits of one host; times are those of the clock, in seconds."""

    __slots__ = ("gap", "last_start", "slots", "start", "started", "users", "was_slow")

    def __init__(self, slots: int) -> None:
        self.slots = asyncio.Semaphore(slots)
        self.started: list[float] = []
        """Start times of the requests under way."""
        self.was_slow = False
        """Whether the last request that ended took longer than SLOW_SECONDS."""
        self.start = asyncio.Lock()
        """Held by the request that starts next."""
        self.last_start = float("-inf")
        self.gap = 0.0
        """The gap that the host's robots.txt demands."""
        self.users = 0
        """Requests that wait or are under way; a host with any is not dropped."""


class HostLimiter:
    """The limits of one process; `clock` and `sleep` are in seconds."""

    def __init__(
        self,
        *,
        concurrency: int = 64,
        per_host: int = 2,
        min_gap: float = 1.0,
        max_hosts: int = 10_000,
        shared: SharedHostLimiter | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._page_slots = asyncio.Semaphore(max(1, concurrency - concurrency // 4))
        self._slow_slots = asyncio.Semaphore(max(1, concurrency // 4))
        self._per_host = per_host
        self._min_gap = min_gap
        self._max_hosts = max_hosts
        self._shared = shared
        self._clock = clock
        self._sleep = sleep
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def acquire(self, host: str, *, page: bool = False) -> AsyncIterator[None]:
        """Wait until a request to this host may start, and hold its slots while the block runs.

        `page` counts it against the limit for pages too.
        """
        entry = self._host(host)
        entry.users += 1
        try:
            async with entry.slots:
                async with entry.start:
                    held = await self._start(host, entry, page=page)
                async with held:
                    started = self._clock()
                    entry.started.append(started)
                    try:
                        yield
                    finally:
                        entry.started.remove(started)
                        entry.was_slow = self._clock() - started > SLOW_SECONDS
                        if self._shared is not None:
                            self._shared.release(host)
        finally:
            entry.users -= 1

    def is_slow(self, host: str) -> bool:
        """Return True while the host's last request took longer than SLOW_SECONDS, or a current one does."""
        entry = self._hosts.get(host)
        return entry is not None and self._is_slow(entry)

    def slow_down(self, host: str, gap: float) -> None:
        """Keep at least `gap` seconds between two requests to a host, as its robots.txt demands."""
        self._host(host).gap = gap

    async def _start(self, host: str, entry: _Host, *, page: bool) -> AsyncExitStack:
        """Wait until a request may start, and return the slots that it holds.

        It holds no slot while it waits for other processes.
        """
        await self._wait_for_gap(entry)
        while True:
            async with AsyncExitStack() as held:
                for slots in self._required_slots(entry, page=page):
                    await held.enter_async_context(slots)
                wait = await self._shared.try_acquire(host, self._gap(entry)) if self._shared is not None else 0.0
                if not wait:
                    entry.last_start = self._clock()
                    return held.pop_all()
            await self._sleep(wait)

    def _required_slots(self, entry: _Host, *, page: bool) -> Iterator[asyncio.Semaphore]:
        """Yield the limits that a request counts against, the narrowest first.

        A waiting request holds only the limits before it: one that waits for a slot of slow hosts holds none that fast
        hosts need, one that waits for a slot of pages holds none that feeds need, and none waits with a slot of the
        total.
        """
        if self._is_slow(entry):
            yield self._slow_slots
        if page:
            yield self._page_slots
        yield self._slots

    def _is_slow(self, entry: _Host) -> bool:
        return entry.was_slow or (bool(entry.started) and self._clock() - min(entry.started) > SLOW_SECONDS)

    def _gap(self, entry: _Host) -> float:
        return max(self._min_gap, entry.gap)

    async def _wait_for_gap(self, entry: _Host) -> None:
        gap = self._gap(entry)
        while (wait := entry.last_start + gap - self._clock()) > 0:
            await self._sleep(wait)

    def _host(self, host: str) -> _Host:
        entry = self._hosts.get(host)
        if entry is None:
            entry = self._hosts[host] = _Host(self._per_host)
            self._drop_old_hosts()
        self._hosts.move_to_end(host)
        return entry

    def _drop_old_hosts(self) -> None:
        """Drop the least recently used hosts beyond `max_hosts`; a host in use stays."""
        while len(self._hosts) > self._max_hosts:
            host, entry = next(iter(self._hosts.items()))
            if entry.users:
                return
            del self._hosts[host]
