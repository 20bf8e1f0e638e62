"""A bounded cache of the parse state of each feed, as bytes that only the workers can read.

When the cache is full, new entries are not stored and old ones stay: feeds are polled in a cycle, so evicting the
oldest would evict each feed shortly before its next poll.
"""

from __future__ import annotations

MAX_FEED_CACHE_BYTES = 32 << 20
"""Size of all caches together; that of a feed with twenty short items takes some 6 kB."""


class FeedCaches:
    """The parse state of each feed after its last document."""

    def __init__(self, max_size: int = MAX_FEED_CACHE_BYTES) -> None:
        self._max_size = max_size
        self._size = 0
        self._entries: dict[str, bytes] = {}

    def get(self, feed_id: str) -> bytes:
        """Return the state of a feed, or b"" if there is none."""
        return self._entries.get(feed_id, b"")

    def put(self, feed_id: str, state: bytes) -> None:
        """Replace the state of a feed; b"" or a state that does not fit removes it."""
        self._size -= len(self._entries.pop(feed_id, b""))
        if state and self._size + len(state) <= self._max_size:
            self._entries[feed_id] = state
            self._size += len(state)
