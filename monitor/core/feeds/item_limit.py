"""Cuts a very long feed down to its newest items before it is parsed: parsing 50,000 items takes 15 seconds.

Counts opening tags of items in the bytes, outside of CDATA sections and comments. Nearly all feeds list the newest item
first; if the first dated item is older than the last, the last items are kept. A feed in an encoding whose tags are not
ASCII is not changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from monitor.core.feeds import dates, items

_SECTION = re.compile(rb"<!\[CDATA\[|<!--")
_SECTION_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_DATE = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:pubDate|published|updated|date)\b[^<>]*>\s*(?:<!\[CDATA\[)?([^<>\]]{6,80})")
_CLOSING = re.compile(rb"</(?:[\w.-]{1,20}:)?(?:channel|rss|feed|rdf)\s*>", re.IGNORECASE)
_ANY_TIME = datetime(9999, 1, 1, tzinfo=UTC)


def keep_newest_items(body: bytes, limit: int) -> tuple[bytes, int]:
    """Return a body with at most `limit` items, and how many were left out."""
    if len(body) < 100 * limit:  # no item is that short
        return body, 0
    starts = [found.start() for found in items.OPENING.finditer(body)]
    if len(starts) > limit:
        starts = _outside_of_sections(body, starts)
    left_out = len(starts) - limit
    if left_out <= 0:
        return body, 0
    if _is_ascending(body, starts):
        return body[: starts[0]] + body[starts[left_out] :], left_out
    end = _end_of_items(body, starts[-1])
    return body[: starts[limit]] + body[end:], left_out


def _outside_of_sections(body: bytes, starts: list[int]) -> list[int]:
    outside: list[int] = []
    remaining = iter(starts)
    start = next(remaining, None)
    for opening, closing in _sections(body):
        while start is not None and start < opening:
            outside.append(start)
            start = next(remaining, None)
        while start is not None and start < closing:
            start = next(remaining, None)
    return outside if start is None else [*outside, start, *remaining]


def _sections(body: bytes) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each CDATA section and comment; an unclosed one lasts to the end of the body."""
    position = 0
    while found := _SECTION.search(body, position):
        end = body.find(_SECTION_ENDS[found[0]], found.end())
        position = end if end >= 0 else len(body)
        yield found.start(), position


def _is_ascending(body: bytes, starts: list[int]) -> bool:
    first, last = _date_after(body, starts[0]), _date_after(body, starts[-1])
    return first is not None and last is not None and first < last


def _date_after(body: bytes, start: int) -> datetime | None:
    found = _DATE.search(body, start, start + 100_000)
    return dates.parse_date(found[1].decode("ascii", "replace"), _ANY_TIME) if found else None


def _end_of_items(body: bytes, last: int) -> int:
    """Return the position of the closing tags after the last item."""
    found = _CLOSING.search(body, last)
    return found.start() if found else len(body)
