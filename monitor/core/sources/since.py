"""`{since}` in the address of an API: the time from which the next response must list items.

It is taken from when a new item was last stored, not from the dates of items: a publisher may date an item ahead, and
all between would be missed. OVERLAP before it makes up for items that the API lists later than their date says.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from monitor.core.model import FeedState

FIRST_PERIOD = timedelta(days=30)
"""How far the first poll looks back, and any poll before an item was found."""
OVERLAP = timedelta(days=3)
MAX_PERIOD = timedelta(days=365)
"""The longest window, for a source that had no new item for years."""
_FORMATS = {"date": "%Y-%m-%d", "time": "%Y-%m-%dT%H:%M:%SZ"}
_PLACEHOLDER = re.compile(r"\{since(?::(\w+))?\}")


def is_template(url: str) -> bool:
    """Return True if an address has a placeholder of the kind `{since}`, `{since:time}` or `{since:unix}`."""
    return bool(_PLACEHOLDER.search(url))


def unknown_formats(url: str) -> list[str]:
    """Return the formats of placeholders that do not exist."""
    return [name for name in _PLACEHOLDER.findall(url) if name not in {"", "date", "time", "unix"}]


def start_of_window(state: FeedState, now: datetime) -> datetime:
    """Return the time since which items are requested."""
    if state.last_entry_at is None:
        return now - FIRST_PERIOD
    return max(min(state.last_entry_at, now) - OVERLAP, now - MAX_PERIOD)


def fill(url: str, when: datetime) -> str:
    """Fill in a time in UTC: `{since}` as a date, `{since:time}` as date and time, `{since:unix}` in seconds."""

    def written(match: re.Match[str]) -> str:
        if match[1] == "unix":
            return str(int(when.timestamp()))
        return when.strftime(_FORMATS[match[1] or "date"])

    return _PLACEHOLDER.sub(written, url)
