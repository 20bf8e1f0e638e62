"""When a digest is due: the instants that a cron expression names in a time zone.

One local time is one slot, all year: a time that the clocks skip falls on the instant at which they are put forward, a
time that comes twice counts the first time. The surprise: cron is read against the wall clock alone and only then put
into the zone, because cron libraries that walk real time fire twice in autumn or never in spring.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

SKIPPED_MOST = timedelta(hours=26)
"""No clock was ever put forward by more: Samoa lost a whole day in 2011."""


def latest_slot(schedule: str, timezone: str, now: datetime) -> datetime:
    """Return the latest slot at or before `now`; every expression that cronsim takes has one within forty years."""
    zone = ZoneInfo(timezone)
    wall = now.astimezone(zone).replace(tzinfo=None) + SKIPPED_MOST
    slots = (to_instant(local, zone) for local in CronSim(schedule, wall, reverse=True))
    return next(slot for slot in slots if slot <= now)


def next_slot(schedule: str, timezone: str, now: datetime) -> datetime:
    """Return the first slot after `now`."""
    zone = ZoneInfo(timezone)
    wall = now.astimezone(zone).replace(tzinfo=None) - SKIPPED_MOST
    slots = (to_instant(local, zone) for local in CronSim(schedule, wall))
    return next(slot for slot in slots if slot > now)


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Put a wall-clock time into its zone. Never decreases when `local` grows, so that slots keep their order."""
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
