"""What a process of the daemon does, by its role: everything, or what a scheduler or a worker does on PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from monitor.core.jobs import DAEMON, DAEMON_STARTED, WATCHED, Job


async def _do_nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The jobs and heartbeats of one process."""

    actions: Mapping[Job, Callable[[], Awaitable[object]]]
    """What to run for each job."""
    recorded: frozenset[Job] = frozenset(WATCHED)
    """Jobs whose success this process records; the others only enqueue tasks, and workers record them."""
    heartbeats: tuple[str, ...] = (DAEMON,)
    started: str = DAEMON_STARTED
    """Name of the heartbeat recorded at start."""
    does_upkeep: bool = True
    records_configuration: bool = True
    """True if this process stores which configuration is in force."""
    is_healthy: Callable[[], bool] = lambda: True
    """Returns True if the heartbeats should be written."""
    finish: Callable[[], Awaitable[None]] = _do_nothing
    """Finish what runs beside the jobs, after new work has been stopped."""
