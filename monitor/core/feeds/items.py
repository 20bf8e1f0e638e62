"""Splits a feed document into its items and the text around them, so that items can be left out of it.

Works on bytes and refuses what cannot be split safely: items must follow one another with only blank space between
them, and must not declare namespaces or bases that the parser would keep for the next item. A CDATA section that
contains whole items looks like items; a caller that parses a reduced document compares the number of entries and
parses the whole document if it differs.
"""

from __future__ import annotations

import re
from typing import NamedTuple

OPENING = re.compile(rb"<((?:[\w.-]{1,20}:)?(?:[iI][tT][eE][mM]|[eE][nN][tT][rR][yY]))(?=[\s/>])")
_OWN_NAMES = re.compile(rb"xmlns(?!=[\"']http://www\.w3\.org/1999/xhtml[\"'])|[\s:]base\s*=")
_LINK = re.compile(rb"</(?:link|guid|id)>|<link\s[^>]*>", re.IGNORECASE)
_MAX_ITEM_BYTES = 1_000_000
_BLANK = re.compile(rb"\s*")


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
    found = OPENING.search(body)
    if found is None:
        return None
    head, items = body[: found.start()], []
    while found is not None:
        end = _end(body, found)
        if end < 0:
            return None
        items.append(body[found.start() : end])
        following = _BLANK.match(body, end).end()  # type: ignore[union-attr]  # it matches anywhere
        found = OPENING.match(body, following)
    tail = body[end:]
    if OPENING.search(tail) or _OWN_NAMES.search(body, len(head), end):
        return None
    return FeedDocument(head, items, tail)


def without_broken_item(body: bytes) -> bytes:
    """Return a document that was cut short without its last item, if the title or link of this item may be incomplete.

    Such an item would get another identity than the whole one in the next document. The only item of a document stays.
    """
    start = max((found.start() for found in OPENING.finditer(body, max(0, len(body) - _MAX_ITEM_BYTES))), default=0)
    item = body[start:]
    is_complete = b"</title>" in item and bool(_LINK.search(item))
    return body if is_complete or not OPENING.search(body, 0, start) else body[:start]


def _end(body: bytes, opening: re.Match[bytes]) -> int:
    """Return the position after an item's closing tag; -1 if there is none."""
    closing = b"</" + opening[1] + b">"
    start = body.find(closing, opening.end())
    return start + len(closing) if start >= 0 else -1
