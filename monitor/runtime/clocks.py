"""Steps of the wall clock: noticing them; and the time since this machine booted.

The wall clock may be set at any moment, by an operator or by a time server. The monotonic clock only runs forward, so
a change of the difference between the two is a step of the wall clock, or the time for which the machine was suspended
(which the monotonic clock of Linux does not count).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core.model import Uptime

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

SMALLEST_STEP = timedelta(seconds=1)
"""Smaller steps delay nothing that matters; time servers make them by slewing, at 0.5 ms a second at most."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(slots=True)
class StepWatch:
    """Compares the wall clock with the monotonic clock, from one look to the next."""

    wall: Callable[[], datetime]
    monotonic: Callable[[], float]
    _last: tuple[datetime, float] = field(init=False)

    def __post_init__(self) -> None:
        self._last = self.wall(), self.monotonic()

    def step(self) -> timedelta | None:
        """Tell by how much the wall clock was set since the last look, negative when back; None: not, or hardly."""
        before = self.monotonic()
        wall = self.wall()
        after = self.monotonic()
        if after - before > SMALLEST_STEP.total_seconds() / 2:
            return None  # this thread was held up between two readings, which cannot be compared; the next look can
        (last_wall, last_monotonic), self._last = self._last, (wall, after)
        step = (wall - last_wall) - timedelta(seconds=after - last_monotonic)
        return step if abs(step) >= SMALLEST_STEP else None


def read_uptime() -> Uptime | None:
    """Read how long this machine has been up, suspension included; None where the system does not tell (not Linux)."""
    try:
        return Uptime(boot=_BOOT_ID.read_text().strip(), seconds=time.clock_gettime(time.CLOCK_BOOTTIME))
    except (OSError, AttributeError):
        return None


def step_in_words(step: timedelta) -> str:
    """Write a step as the log and `monitor doctor` show it, in whole seconds."""
    seconds = round(step.total_seconds())
    return f"stepped {'back' if seconds < 0 else 'forward'} by {abs(seconds)} s"
