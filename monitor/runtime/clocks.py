"""Detection of steps of the wall clock and of suspensions, and the uptime of this machine.

The wall clock may be set at any time, by an operator or a time server. The monotonic clock only runs forward, so a
change of the difference between the two is a step of the wall clock, or time during which the machine was suspended
(which Linux's monotonic clock does not count).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from monitor.core.durations import describe_duration
from monitor.core.model import Uptime

MIN_STEP = timedelta(seconds=1)
"""Smaller steps have no effect that matters; time servers slew instead, by at most 0.5 ms per second."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(slots=True)
class ClockStepDetector:
    """Compares the wall clock with the monotonic clock (in seconds) between two calls of `detect`."""

    wall: Callable[[], datetime]
    monotonic: Callable[[], float]
    _last: tuple[datetime, float] = field(init=False)

    def __post_init__(self) -> None:
        self._last = self.wall(), self.monotonic()

    def detect(self) -> timedelta | None:
        """Return the step of the wall clock since the last call, negative if set back; None if below MIN_STEP."""
        before = self.monotonic()
        wall = self.wall()
        after = self.monotonic()
        if after - before > MIN_STEP.total_seconds() / 2:
            return None  # this thread was paused between the readings, which are not comparable; try again next time
        (last_wall, last_monotonic), self._last = self._last, (wall, after)
        step = (wall - last_wall) - timedelta(seconds=after - last_monotonic)
        return step if abs(step) >= MIN_STEP else None


@dataclass(slots=True)
class SuspensionDetector:
    """Compares the uptime of this machine between two calls of `detect`, which are made every second."""

    uptime: Callable[[], Uptime | None]
    """Suspension included; None where the system does not tell."""
    _last: Uptime | None = field(init=False)

    def __post_init__(self) -> None:
        self._last = self.uptime()

    def detect(self) -> timedelta:
        """Return the time since the last call, in which this process or the machine may have been suspended."""
        before, self._last = self._last, self.uptime()
        if before is None or self._last is None or before.boot != self._last.boot:
            return timedelta(0)
        return timedelta(seconds=self._last.seconds - before.seconds)


def read_uptime() -> Uptime | None:
    """Return the uptime of this machine, including suspension; None on systems other than Linux."""
    try:
        return Uptime(boot=_BOOT_ID.read_text().strip(), seconds=time.clock_gettime(time.CLOCK_BOOTTIME))
    except (OSError, AttributeError):
        return None


def describe_step(step: timedelta) -> str:
    """Format a step for the log and `monitor doctor`."""
    length = timedelta(seconds=round(abs(step).total_seconds()))  # so that an hour is no "60 minutes"
    return f"stepped {'back' if step < timedelta(0) else 'forward'} by {describe_duration(length)}"
