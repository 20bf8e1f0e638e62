"""Durations (`90d`) and bounds of time (`7d` ago, `2026-11-24`) as users write them in files, commands and pages.

ValueErrors carry a sentence that follows the text in question: `'5' has no unit; write ...`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from monitor.core.counts import count

DURATION_PATTERN = "[0-9]{1,9} *(ms|s|m|h|d|w)"
"""A regular expression for JSON Schemas, to be anchored."""
MAX_DURATION = timedelta(days=36_500)
"""What may be subtracted from any date of today, and written by any database."""
_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
"""Milliseconds."""
_FORM = re.compile(r"([0-9]{1,9})\s*([a-zA-Z]{0,2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(1900, 3000)

TimeBound = timedelta | date
"""A duration before now, or a day, which stands for its first instant in UTC."""


def parse_duration(text: str) -> timedelta:
    """Parse `500ms`, `30s`, `15m`, `6h`, `7d`, `2w` or `0`; 36,500 days at most."""
    text = text.strip()
    parsed = _FORM.fullmatch(text)
    unit = parsed[2] if parsed else ""
    if parsed and unit in _UNITS:
        milliseconds = int(parsed[1]) * _UNITS[unit]
        if milliseconds > MAX_DURATION / timedelta(milliseconds=1):
            raise ValueError("is longer than 100 years; write 36500d or less")
        return timedelta(milliseconds=milliseconds)
    if parsed and not unit and int(parsed[1]) == 0:
        return timedelta(0)
    if parsed and not unit:
        raise ValueError("has no unit; write it like 30s, 15m, 6h, 7d or 2w")
    raise ValueError("is not a duration; write a whole number and its unit: 30s, 15m, 6h, 7d or 2w")


def format_duration(value: timedelta) -> str:
    """Format a duration with the largest unit up to days that leaves a whole number: `14d`, not `2w` or `336h`."""
    milliseconds = round(value / timedelta(milliseconds=1))
    unit = next(unit for unit in ("d", "h", "m", "s", "ms") if milliseconds % _UNITS[unit] == 0)
    return f"{milliseconds // _UNITS[unit]}{unit}"


def describe_duration(length: timedelta) -> str:
    """Describe a duration in its largest unit up to days: `90 minutes` is `2 hours`."""
    seconds = length.total_seconds()
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size * 2 or (seconds >= size and unit != "day"):
            return count(round(seconds / size), unit)
    return count(round(seconds), "second")


def parse_time_bound(text: str) -> TimeBound:
    """Parse what `--until` takes: a duration before now, `0` for now, or a day as `2026-11-24`."""
    text = text.strip()
    if _DATE.fullmatch(text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ValueError("is not a day of the calendar") from None
        if day.year not in _YEARS:
            raise ValueError(f"is not a day of the years {_YEARS[0]} to {_YEARS[-1]}")
        return day
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ValueError(f"{error}, or a day: 2026-11-24") from None


def parse_start(text: str) -> TimeBound:
    """Parse what `--since` takes: a bound of time, but not `0d`, since when nothing can have happened."""
    bound = parse_time_bound(text)
    if bound == timedelta(0):
        raise ValueError("is no time before now; write it like 30s, 15m, 6h, 7d or 2w, or a day: 2026-11-24")
    return bound


def resolve_start(bound: TimeBound, now: datetime) -> datetime:
    """Return the instant at which a period begins; ValueError for a day that has not begun at `now`."""
    start = resolve_time_bound(bound, now)
    if start > now:
        raise ValueError(f"has not begun, it is {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC; write an earlier day, or 7d")
    return start


def resolve_time_bound(bound: TimeBound, now: datetime) -> datetime:
    """Return the instant that a bound stands for; `now` has a time zone."""
    if isinstance(bound, timedelta):
        return now - bound
    return datetime(bound.year, bound.month, bound.day, tzinfo=UTC)
