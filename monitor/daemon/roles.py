"""What a process of the daemon does, by its role: everything, or what a scheduler or a worker does on PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.jobs import ALIVE, STARTED, WATCHED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from monitor.core.jobs import Job


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What a process does, by its role."""

    bodies: Mapping[Job, Callable[[], Awaitable[object]]]
    done: frozenset[Job] = frozenset(WATCHED)
    """Jobs that have succeeded when their bodies have ended well; of the others somebody else tells."""
    alive: tuple[str, ...] = (ALIVE,)
    started: str = STARTED
    keeps_house: bool = True
    is_well: Callable[[], bool] = lambda: True
    """Whether it may say that it is alive."""
    finish: Callable[[], Awaitable[None]] = _nothing
    """Finishes what is in hand beside the jobs, when no more is taken."""
