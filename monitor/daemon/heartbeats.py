"""Writes the heartbeats of a process, and keeps its lock on the database.

This runs outside of APScheduler, so that a failure of the scheduler is noticed: the heartbeats stop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from monitor.core import jobs
from monitor.core.errors import DatabaseInUseError, MonitorError
from monitor.daemon.roles import Role
from monitor.runtime import descriptors
from monitor.runtime.threads import DaemonThreads

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.store import DatabaseThread

log = structlog.get_logger("monitor.daemon")


@dataclass(slots=True, kw_only=True)
class HeartbeatWriter:
    """Writes the heartbeats of a role while its jobs run."""

    app: App
    database: DatabaseThread
    role: Role
    overdue: Callable[[], list[str]]
    """Return the jobs that have not run for so long that the scheduler must have failed."""
    is_running: Callable[[], bool]
    """Return True if the scheduler runs."""
    keep_lock: Callable[[], None]
    """Take the lock on the database again if it was lost; blocks."""
    threads: DaemonThreads

    async def run(self) -> None:
        """Write until cancelled; DatabaseInUseError if another process took the lock while the connection was lost."""
        while True:
            try:
                await self._write()
                await self.threads.run(self.keep_lock)
            except DatabaseInUseError:
                raise
            except MonitorError as error:
                log.error("heartbeat not stored", reason=str(error))  # noqa: TRY400 - an expected error with a clear message
            except Exception:
                log.exception("heartbeat not stored")
            await asyncio.sleep(jobs.HEARTBEAT.every.total_seconds())

    async def _write(self) -> None:
        if overdue := self.overdue():
            log.error("jobs do not run, restart the daemon", jobs=overdue)
        elif self.is_running() and self.role.is_healthy():
            for name in self.role.heartbeats:
                await self._record(name)
        if descriptors.is_nearly_exhausted():
            log.error("file descriptors run short", limit=descriptors.limit())
            await self._record(jobs.DESCRIPTORS_SHORT)

    async def _record(self, name: str) -> None:
        await self.database.run(self.app.record_heartbeat, name)
