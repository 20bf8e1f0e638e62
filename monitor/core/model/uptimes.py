"""The time since a machine booted, which does not change when its wall clock is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """One reading: comparable with others of the same boot only."""

    boot: str
    """The kernel's random id of this boot; the same in all containers of a machine."""
    seconds: float
    """Seconds since the boot, suspension included."""


def to_present_clock(at: datetime, uptime: Uptime | None, now: datetime, present: Uptime | None) -> datetime:
    """Convert a time that was stored as wall clock `at` and `uptime` to the present wall clock.

    The wall clock may have been set since. Where the two readings of the uptime cannot be compared (another machine,
    another boot, or a container with a boot clock of its own, which can lie behind), it is `at` as it was noted.
    """
    if uptime is None or present is None or uptime.boot != present.boot or uptime.seconds > present.seconds:
        return at
    return now - timedelta(seconds=present.seconds - uptime.seconds)
