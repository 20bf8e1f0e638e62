"""A cache of parsed items, reused for items that are unchanged in the next document of a feed.

A feed with one new item usually repeats nineteen old ones, and parsing them is most of the cost of a poll. The cache
never changes the result, only the cost. Its key is the bytes of an item, valid in one context: the document around the
items, and the feed's address and language. Feeds that give all their items a new date in each document are not cached.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import zlib
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import NamedTuple

from monitor.core.feeds.items import FeedDocument
from monitor.core.model import Entry

_BUILD_DATE = re.compile(
    rb"(<(?:[\w.-]{1,20}:)?(?:lastBuildDate|pubDate|published|updated|modified|date)\b[^<>]*>)[^<>]{1,80}(?=</)"
)
"""Dates outside of the items, which differ in each document; parsing an item does not depend on them."""
_FIELDS = [field.name for field in fields(Entry)]
_FASTEST_COMPRESSION = 1


class CachedItem(NamedTuple):
    """The result of parsing one item."""

    revised_at: datetime | None
    """When the item was last changed according to its feed."""
    entry: Entry


class FeedCache(NamedTuple):
    """The parsed items of one document."""

    context: bytes
    """Result of `context_hash`."""
    at: datetime
    items: dict[bytes, CachedItem]
    """Cached items by their `short_hash`."""

    def to_bytes(self) -> bytes:
        """Serialize for `load_cache` in the same version of the program."""
        rows = [
            (key, cached.revised_at, *[getattr(cached.entry, field) for field in _FIELDS])
            for key, cached in self.items.items()
        ]
        return zlib.compress(pickle.dumps((self.context, self.at, rows), pickle.HIGHEST_PROTOCOL), _FASTEST_COMPRESSION)


def load_cache(data: bytes) -> FeedCache:
    """Load what `to_bytes` returned in a process of this program. Unpickles: never pass bytes from elsewhere."""
    context, at, rows = pickle.loads(zlib.decompress(data))  # noqa: S301 - written by this program only
    items = {
        key: CachedItem(revised_at, Entry(**dict(zip(_FIELDS, values, strict=True))))
        for key, revised_at, *values in rows
    }
    return FeedCache(context, at, items)


def context_hash(document: FeedDocument, surroundings: Iterable[str]) -> bytes:
    """Hash everything besides an item that its parsing depends on: the document around it, and the arguments."""
    around = _BUILD_DATE.sub(rb"\1", document.head) + b"\0" + document.tail
    return short_hash(b"\0".join([around, *(text.encode("utf-8", "replace") for text in surroundings)]))


def short_hash(data: bytes) -> bytes:
    """Hash an item, which gives its key in the cache, or other bytes."""
    return hashlib.blake2b(data, digest_size=16).digest()
