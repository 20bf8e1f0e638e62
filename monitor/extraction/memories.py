"""What was read of feeds, as bytes that only the workers read, within a bound.

When there is no room, what is there stays and what is new is not kept: feeds are polled in turns, and whoever let go of
the oldest each time would have let go of each one shortly before its turn.
"""

from __future__ import annotations

BOUND = 32 << 20  # bytes; some 6 kB are kept of a feed with twenty short items


class Memories:
    """The bytes that came with the last document of each feed."""

    def __init__(self, bound: int = BOUND) -> None:
        self._bound = bound
        self._size = 0
        self._kept: dict[str, bytes] = {}

    def of(self, feed_id: str) -> bytes:
        """Return what is kept of a feed, or nothing."""
        return self._kept.get(feed_id, b"")

    def keep(self, feed_id: str, memory: bytes) -> None:
        """Keep this in place of what is kept of the feed, or nothing where there is no room."""
        self._size -= len(self._kept.pop(feed_id, b""))
        if memory and self._size + len(memory) <= self._bound:
            self._kept[feed_id] = memory
            self._size += len(memory)
