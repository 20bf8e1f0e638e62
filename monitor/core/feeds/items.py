"""Splits a feed document into its items and the text around them, and leaves out all but the newest items.

Works on bytes and refuses what cannot be split safely: items must follow one another with only blank space between
them, and must not declare namespaces or bases that the parser would keep for the next item. A CDATA section that
contains whole items looks like items; a caller that parses a reduced document compares the number of entries and
parses the whole document if it differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from monitor.core.feeds import dates

OPENING = re.compile(rb"<((?:[\w.-]{1,20}:)?(?:[iI][tT][eE][mM]|[eE][nN][tT][rR][yY]))(?=[\s/>])")
_OWN_NAMES = re.compile(rb"xmlns(?!=[\"']http://www\.w3\.org/1999/xhtml[\"'])|[\s:]base\s*=")
_LINK = re.compile(rb"</(?:link|guid|id)>|<link\s[^>]*>", re.IGNORECASE)
_MAX_ITEM_BYTES = 1_000_000
_BLANK = re.compile(rb"\s*")

_SECTION = re.compile(rb"<!\[CDATA\[|<!--")
_SECTION_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_DATE = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:pubDate|published|updated|date)\b[^<>]*>\s*(?:<!\[CDATA\[)?([^<>\]]{6,80})")
_CLOSING = re.compile(rb"</(?:[\w.-]{1,20}:)?(?:channel|rss|feed|rdf)\s*>", re.IGNORECASE)
_ANY_TIME = datetime(9999, 1, 1, tzinfo=UTC)


class FeedDocument(NamedTuple):
    """A feed's document: the bytes before its items, the items, and the bytes after them."""

    head: bytes
    items: list[bytes]
    tail: bytes

    def with_only(self, items: list[bytes]) -> bytes:
        """Return the document with these items only."""
        return b"".join([self.head, *items, self.tail])


def split_document(body: bytes) -> FeedDocument | None:
    """Split a document; None if it has no items or cannot be split safely."""
    match = OPENING.search(body)
    if match is None:
        return None
    head, items = body[: match.start()], []
    while match is not None:
        end = _end(body, match)
        if end < 0:
            return None
        items.append(body[match.start() : end])
        following = _BLANK.match(body, end).end()  # type: ignore[union-attr]  # it matches anywhere
        match = OPENING.match(body, following)
    tail = body[end:]
    if OPENING.search(tail) or _OWN_NAMES.search(body, len(head), end):
        return None
    return FeedDocument(head, items, tail)


def without_broken_item(body: bytes) -> bytes:
    """Return a document that was cut short without its last item, if the title or link of this item may be incomplete.

    Such an item would get another identity than the whole one in the next document. The only item of a document stays.
    """
    start = max((match.start() for match in OPENING.finditer(body, max(0, len(body) - _MAX_ITEM_BYTES))), default=0)
    item = body[start:]
    is_complete = b"</title>" in item and bool(_LINK.search(item))
    return body if is_complete or not OPENING.search(body, 0, start) else body[:start]


def _end(body: bytes, opening: re.Match[bytes]) -> int:
    """Return the position after an item's closing tag; -1 if there is none."""
    closing = b"</" + opening[1] + b">"
    start = body.find(closing, opening.end())
    return start + len(closing) if start >= 0 else -1


def keep_newest_items(body: bytes, limit: int) -> tuple[bytes, int]:
    """Return a body with at most `limit` items, and how many were left out."""
    if len(body) < 100 * limit:  # no item is that short
        return body, 0
    starts = [match.start() for match in OPENING.finditer(body)]
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
    while match := _SECTION.search(body, position):
        end = body.find(_SECTION_ENDS[match[0]], match.end())
        position = end if end >= 0 else len(body)
        yield match.start(), position


def _is_ascending(body: bytes, starts: list[int]) -> bool:
    first, last = _date_after(body, starts[0]), _date_after(body, starts[-1])
    return first is not None and last is not None and first < last


def _date_after(body: bytes, start: int) -> datetime | None:
    match = _DATE.search(body, start, start + 100_000)
    return dates.parse_date(match[1].decode("ascii", "replace"), _ANY_TIME) if match else None


def _end_of_items(body: bytes, last: int) -> int:
    """Return the position of the closing tags after the last item."""
    match = _CLOSING.search(body, last)
    return match.start() if match else len(body)
