"""When a digest is due: the instants that a cron expression names in a time zone.

Each local time is one slot on every day of the year: a time that daylight saving skips moves to the instant at which
the clocks go forward, and a time that occurs twice counts once, the first time. Cron expressions are evaluated on naive
wall clock times, which are converted to the zone afterwards: libraries that evaluate them on aware times fire twice in
autumn or never in spring. What falls due in a reader's quiet hours is held until they end.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

MAX_REPEATED_TIME = timedelta(hours=26)
"""A longer time than any clock was ever put back: Kwajalein repeated almost a day in 1969."""

_A_LEAP_YEAR = datetime(2024, 1, 1)  # noqa: DTZ001 - the clock on the wall
_SLOTS_EXAMINED = 150
"""Slots of a schedule among which the longest wait is looked for: months of days, and a week of hours."""
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Names of weekdays by number; Sunday is 0 and 7."""
_RANGE = re.compile(r"(?P<first>[0-7]|[a-z]{3})-(?P<last>[0-7]|[a-z]{3})(?:/(?P<step>[1-7]))?")
_CRON_FIELDS = 5


def expand_weekdays(schedule: str) -> str:
    """Write out ranges of weekdays that go over Sunday, such as `sat-sun` and `fri-mon`, which cronsim refuses."""
    fields = schedule.split()
    if len(fields) != _CRON_FIELDS:
        return schedule
    return " ".join([*fields[:-1], ",".join(map(_expand_range, fields[-1].lower().split(",")))])


def _expand_range(text: str) -> str:
    match = _RANGE.fullmatch(text)
    first, last = (_weekday(match["first"]), _weekday(match["last"])) if match else (None, None)
    if match is None or first is None or last is None or first <= last < len(_WEEKDAYS) - 1:
        return text
    first %= 7
    days = range(first, last + 1 if last > first else last + 8, int(match["step"] or 1))
    return ",".join(map(str, sorted({day % 7 for day in days})))


def _weekday(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    return _WEEKDAYS.index(text) if text in _WEEKDAYS else None


def latest_slot(schedule: str, timezone: str, now: datetime) -> datetime:
    """Return the latest slot at or before `now`; every expression that cronsim accepts has one within forty years."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    # A time after `local` may have come before `now` only if the clocks were put back in between.
    wall = local.replace(tzinfo=None) + (MAX_REPEATED_TIME if local.fold else timedelta(seconds=1))
    slots = (to_instant(each, zone) for each in CronSim(expand_weekdays(schedule), wall, reverse=True))
    return next(slot for slot in slots if slot <= now)


def next_slot(schedule: str, timezone: str, now: datetime) -> datetime:
    """Return the first slot after `now`."""
    zone = ZoneInfo(timezone)
    wall = now.astimezone(zone).replace(tzinfo=None)
    slots = (to_instant(each, zone) for each in CronSim(expand_weekdays(schedule), wall))
    return next(slot for slot in slots if slot > now)


def longest_wait(schedule: str) -> timedelta:
    """Return the longest time between two slots, on a clock that is never changed; 0 if this is no schedule."""
    try:
        slots = list(islice(CronSim(expand_weekdays(schedule), _A_LEAP_YEAR), _SLOTS_EXAMINED))
    except CronSimError:
        return timedelta(0)
    return max((after - before for before, after in pairwise(slots)), default=timedelta(0))


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


def is_quiet(hours: tuple[time, time] | None, now: datetime, timezone: str) -> bool:
    """Return True within `hours` (begin and end, over midnight if the end is earlier) in this time zone."""
    if hours is None:
        return False
    begin, end = hours
    local = now.astimezone(ZoneInfo(timezone)).time()
    return begin <= local < end if begin < end else local >= begin or local < end


def quiet_until(hours: tuple[time, time] | None, now: datetime, timezone: str) -> datetime | None:
    """Return when the quiet hours that last now end; None if it is not quiet."""
    if hours is None or not is_quiet(hours, now, timezone):
        return None
    local, end = now.astimezone(ZoneInfo(timezone)), hours[1]
    day = local if local.time() < end else local + timedelta(days=1)
    wall = day.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0, fold=0)
    first = to_instant(wall.replace(tzinfo=None), ZoneInfo(timezone))
    return first if first > now else wall.replace(fold=1).astimezone(UTC)  # in the repeated hour: its second end


def quiet_length(hours: tuple[time, time] | None) -> timedelta:
    """Return for how long something may be held."""
    if hours is None:
        return timedelta(0)
    begin, end = (timedelta(hours=each.hour, minutes=each.minute) for each in hours)
    return (end - begin) % timedelta(days=1)
