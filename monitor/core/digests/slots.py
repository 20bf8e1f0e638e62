"""When a digest is due: the instants that a cron expression names in a time zone.

Each local time is one slot on every day of the year: a time that daylight saving skips moves to the instant at which
the clocks go forward, and a time that occurs twice counts once, the first time. Cron expressions are evaluated on naive
wall clock times, which are converted to the zone afterwards: libraries that evaluate them on aware times fire twice in
autumn or never in spring.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

LONGEST_SKIP = timedelta(hours=26)
"""More than any clock was ever put forward: Samoa skipped a day in 2011."""


def latest_slot(schedule: str, timezone: str, now: datetime) -> datetime:
    """Return the latest slot at or before `now`; every expression that cronsim accepts has one within forty years."""
    zone = ZoneInfo(timezone)
    wall = now.astimezone(zone).replace(tzinfo=None) + LONGEST_SKIP
    slots = (to_instant(local, zone) for local in CronSim(schedule, wall, reverse=True))
    return next(slot for slot in slots if slot <= now)


def next_slot(schedule: str, timezone: str, now: datetime) -> datetime:
    """Return the first slot after `now`."""
    zone = ZoneInfo(timezone)
    wall = now.astimezone(zone).replace(tzinfo=None) - LONGEST_SKIP
    slots = (to_instant(local, zone) for local in CronSim(schedule, wall))
    return next(slot for slot in slots if slot > now)


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Convert a naive wall clock time to UTC; never decreases when `local` grows, so slots keep their order."""
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    return _end_of_gap(local, zone)


def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """Find the second at which the clocks went forward over `local`."""
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
