"""Times of a day in which a reader is not to be disturbed: what falls due then is held until they end."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


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
    return day.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0, fold=0).astimezone(UTC)


def quiet_length(hours: tuple[time, time] | None) -> timedelta:
    """Return for how long something may be held."""
    if hours is None:
        return timedelta(0)
    begin, end = (timedelta(hours=each.hour, minutes=each.minute) for each in hours)
    return (end - begin) % timedelta(days=1)
