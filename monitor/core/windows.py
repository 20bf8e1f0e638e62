"""Takes a feed apart into its items before it is parsed: parsing is what a poll costs, and most items are old ones.

Works on the bytes, by the tags that open and close an item. Of a very long feed (fifty thousand items take a parser a
quarter of a minute) the newest are kept: newest first is what nearly all feeds do; where the first dated item is older
than the last, the other end is kept. What cannot be taken apart cleanly is left as it is, for the parser to see whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from monitor.core import dates

if TYPE_CHECKING:
    from collections.abc import Iterable

_ITEM = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:item|entry)[\s>]")
_ITEM_END = re.compile(rb"</(?:[\w.-]{1,20}:)?(?:item|entry)\s*>")
_DATE = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:pubDate|published|updated|date)\b[^<>]*>\s*(?:<!\[CDATA\[)?([^<>\]]{6,80})")
_CLOSING = re.compile(rb"</(?:[\w.-]{1,20}:)?(?:channel|rss|feed|rdf|RDF)\s*>")
_ANY_TIME = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Document:
    """A feed in its parts."""

    head: bytes
    items: tuple[bytes, ...]
    """Each with what stands between it and the next."""
    tail: bytes

    def with_items(self, items: Iterable[bytes]) -> bytes:
        """Write the document with these items only."""
        return b"".join((self.head, *items, self.tail))


def take_apart(body: bytes) -> Document | None:
    """Part a feed into its items; None where their tags are not in order, as inside of another text."""
    starts = [found.start() for found in _ITEM.finditer(body)]
    ends = [found.end() for found in _ITEM_END.finditer(body)]
    if not starts or len(starts) != len(ends):
        return None
    if any(end < start for start, end in zip(starts, ends, strict=True)) or not _CLOSING.match(
        body[ends[-1] :].lstrip()
    ):
        return None
    items = tuple(body[start:end] for start, end in pairwise([*starts, ends[-1]]))
    if any(not _ITEM_END.search(item) or item.count(b"<![CDATA[") != item.count(b"]]>") for item in items):
        return None
    return Document(body[: starts[0]], items, body[ends[-1] :])


def shorten(body: bytes, limit: int) -> tuple[bytes, int]:
    """Return a body with no more than `limit` items, and how many were left out."""
    if len(body) < 100 * limit:  # no item is that short
        return body, 0
    starts = [found.start() for found in _ITEM.finditer(body)]
    left_out = len(starts) - limit
    if left_out <= 0:
        return body, 0
    if _is_ascending(body, starts):
        return body[: starts[0]] + body[starts[left_out] :], left_out
    end = _end_of_items(body, starts[-1])
    return body[: starts[limit]] + body[end:], left_out


def _is_ascending(body: bytes, starts: list[int]) -> bool:
    first, last = _date_after(body, starts[0]), _date_after(body, starts[-1])
    return first is not None and last is not None and first < last


def _date_after(body: bytes, start: int) -> datetime | None:
    found = _DATE.search(body, start, start + 100_000)
    return dates.read(found[1].decode("ascii", "replace"), _ANY_TIME) if found else None


def _end_of_items(body: bytes, last: int) -> int:
    """Find where the document goes on after its last item: at the tags that close it."""
    found = _CLOSING.search(body, last)
    return found.start() if found else len(body)
