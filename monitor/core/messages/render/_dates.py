"""Dates and times as readers see them, in the time zone of the digest."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.core.digests.digest import Digest
from monitor.core.model import has_time_of_day


def local(instant: datetime, timezone: str) -> datetime:
    """Convert an instant to a time zone; one at the edge of the calendar is returned unchanged."""
    try:
        return instant.astimezone(ZoneInfo(timezone))
    except OverflowError:
        return instant


def format_time(instant: datetime, digest: Digest) -> str:
    """`24 Nov, 08:00`; with the year if it is not that of the digest."""
    there = local(instant, digest.timezone)
    return f"{_format_day(there, digest)}, {there:%H:%M}"


def format_publication(instant: datetime, digest: Digest) -> str:
    """Format a time as `format_time` does; of a publisher who states no time of day, only the day, as it was stated."""
    return format_time(instant, digest) if has_time_of_day(instant) else _format_day(instant, digest)


def _format_day(there: datetime, digest: Digest) -> str:
    year = "" if there.year == local(digest.window.slot, digest.timezone).year else f" {there.year}"
    return f"{there.day} {there:%b}{year}"


def format_date(instant: datetime, digest: Digest) -> str:
    """`Tue 24 Nov 2026`."""
    there = local(instant, digest.timezone)
    return f"{there:%a} {there.day} {there:%b} {there.year}"


def possessive_day(instant: datetime, digest: Digest) -> str:
    """`Tuesday's` within the last six days, `3 November's` before."""
    there = local(instant, digest.timezone)
    if digest.window.until - instant < timedelta(days=6):
        return f"{there:%A}'s"
    return f"{there.day} {there:%B}'s"
