"""Jobs of a daemon that record their calls."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

from monitor.daemon.service import Daemon
from monitor.store import DatabaseThread

if TYPE_CHECKING:
    from monitor.settings import Settings

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass
class FakeJobs:
    """Jobs that record their calls, and fail or block as a test configures."""

    fails: dict[str, BaseException] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    applied: list[Settings] = field(default_factory=list)
    has_applied: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    database: DatabaseThread = field(default_factory=DatabaseThread)

    async def _do(self, name: str) -> None:
        self.calls.append(name)
        self.called.set()
        if name in self.fails:
            raise self.fails[name]
        if name in self.hangs:
            await self.release.wait()
            self.calls.append(f"{name} finished")

    async def start_due(self) -> None:
        await self._do("poll")

    async def retry_pages(self) -> None:
        await self._do("partials")

    async def recheck_pages(self) -> None:
        await self._do("revisits")

    async def digests(self) -> None:
        await self._do("digests")

    async def alerts(self) -> None:
        await self._do("alerts")

    async def operator(self) -> None:
        await self._do("operator")

    async def deliveries(self) -> None:
        await self._do("deliveries")

    @property
    def deliverer(self) -> FakeJobs:
        return self

    @property
    def poller(self) -> FakeJobs:
        return self

    def ledger(self, _since: datetime, _until: datetime) -> SimpleNamespace:
        """Return a ledger that balances."""
        return SimpleNamespace(differences=())

    async def drain(self) -> None:
        await self._do("drain")

    def stop(self) -> None:
        self.stopped.set()

    async def apply_settings(self, new: Settings) -> list[str]:
        self.applied.append(new)
        self.has_applied.set()
        return []


def wait_for_a_beat(watched: Daemon) -> asyncio.Event:
    """Return an event that is set after the first heartbeat, or after one that was suppressed."""
    loop, beaten = asyncio.get_running_loop(), asyncio.Event()
    watched.keep_lock = lambda: loop.call_soon_threadsafe(beaten.set)
    return beaten
