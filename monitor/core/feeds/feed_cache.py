"""What was read of the items of a feed, to be used again for those that stand in its next document as they did.

A feed that has one new item shows nineteen old ones with it, and parsing them is most of what a poll costs. Whoever
keeps these bytes between two polls gets the same entries for less; whoever loses them gets the same entries. An item is
known by its very bytes, within everything else that its reading depends on: what stands around it, and the feed's
address and language. Nothing is remembered of a feed that dates all its items anew whenever it is built.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import zlib
from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.model import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.core.feeds.items import FeedDocument

_WHEN_BUILT = re.compile(
    rb"(<(?:[\w.-]{1,20}:)?(?:lastBuildDate|pubDate|published|updated|modified|date)\b[^<>]*>)[^<>]{1,80}(?=</)"
)
"""A moment around the items, which is another one in each document; no item is read by it."""
_FIELDS = [field.name for field in fields(Entry)]
_FASTEST = 1


class CachedItem(NamedTuple):
    """What was read of one item."""

    revised_at: datetime | None
    """When it says that it was last changed."""
    entry: Entry


class FeedCache(NamedTuple):
    """What was read of a document."""

    context: bytes
    """Of what an item's reading depends on besides, a hash."""
    at: datetime
    items: dict[bytes, CachedItem]
    """By the hash of an item."""

    def to_bytes(self) -> bytes:
        """Write it down; for `load` in this very version of the program, and for nobody else."""
        rows = [
            (name, read.revised_at, *[getattr(read.entry, field) for field in _FIELDS])
            for name, read in self.items.items()
        ]
        return zlib.compress(pickle.dumps((self.context, self.at, rows), pickle.HIGHEST_PROTOCOL), _FASTEST)


def load_cache(written: bytes) -> FeedCache:
    """Read what `to_bytes` returned in a process of this program. Unpickles: never pass bytes from elsewhere."""
    context, at, rows = pickle.loads(zlib.decompress(written))  # noqa: S301 - our own, as it says
    items = {
        name: CachedItem(revised_at, Entry(**dict(zip(_FIELDS, values, strict=True))))
        for name, revised_at, *values in rows
    }
    return FeedCache(context, at, items)


def context_hash(document: FeedDocument, surroundings: Iterable[str]) -> bytes:
    """Hash everything besides an item that its parsing depends on: the document around it, and the arguments."""
    around = _WHEN_BUILT.sub(rb"\1", document.head) + b"\0" + document.tail
    return _hash(b"\0".join([around, *(text.encode("utf-8", "replace") for text in surroundings)]))


def item_hash(item: bytes) -> bytes:
    """Name an item by its bytes."""
    return _hash(item)


def _hash(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=16).digest()
