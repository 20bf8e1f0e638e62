"""Chooses which feed is polled next: the one that has waited longest among those whose host has a free slot.

It limits the feeds in progress in all, per host, and of slow hosts together, to a quarter of all. So a slow publisher
delays its own feeds only. The queue reads no clock and starts nothing; the caller polls what `take` returns and calls
`release` when that poll has ended. `stalled_polls` notices that no poll finishes any more.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.core import links
from monitor.core.model import Feed, FeedId, FeedState

SLOW_SHARE = 4
"""At most one in this number of the polls in progress is of a slow host."""

STALLED_AFTER = timedelta(hours=2)
"""Time that a feed is due without any poll ending: much longer than any poll may take, successful or not."""


class FeedWithState(NamedTuple):
    """A feed to poll, with its state as stored."""

    feed: Feed
    state: FeedState

    @property
    def host(self) -> str:
        """The host from which the feed is requested."""
        return links.host(self.state.url or self.feed.url)


class FeedQueue:
    """Feeds that wait to be polled, and those in progress."""

    def __init__(self, *, at_once: int, per_host: int, is_slow: Callable[[str], bool]) -> None:
        self._at_once = at_once
        self._slow_at_once = max(1, at_once // SLOW_SHARE)
        self._per_host = per_host
        self._is_slow = is_slow
        self._waiting: dict[str, deque[FeedWithState]] = {}
        """By host; the hosts in the order in which they are considered."""
        self._in_progress: dict[FeedId, str] = {}
        """The host of each feed that was taken and not released."""
        self._of_host: Counter[str] = Counter()

    def offer(self, due: Iterable[FeedWithState]) -> None:
        """Replace what waits by these feeds, longest waiting first; those in progress are left out."""
        self._waiting = {}
        for due_feed in due:
            if due_feed.feed.id not in self._in_progress:
                self._waiting.setdefault(due_feed.host, deque()).append(due_feed)

    def take(self) -> FeedWithState | None:
        """Take the next feed that may be polled now; None if none waits, or none whose host has a free slot."""
        if len(self._in_progress) >= self._at_once:
            return None
        slow_are_full = self._slow_in_progress() >= self._slow_at_once
        for host, due_feeds in self._waiting.items():
            if self._of_host[host] >= self._per_host or (slow_are_full and self._is_slow(host)):
                continue
            due_feed = due_feeds.popleft()
            del self._waiting[host]
            if due_feeds:
                self._waiting[host] = due_feeds  # behind the other hosts
            self._begin(due_feed)
            return due_feed
        return None

    def try_take(self, due_feed: FeedWithState) -> bool:
        """Take this feed, unless it is in progress, or its host is slow and the limit for slow hosts is reached."""
        host = due_feed.host
        if due_feed.feed.id in self._in_progress:
            return False
        if self._is_slow(host) and self._slow_in_progress() >= self._slow_at_once:
            return False
        self._begin(due_feed)
        return True

    def release(self, feed_id: FeedId) -> None:
        """Free the slot of a feed whose poll has ended."""
        host = self._in_progress.pop(feed_id)
        self._of_host[host] -= 1
        if not self._of_host[host]:
            del self._of_host[host]

    def _begin(self, due_feed: FeedWithState) -> None:
        self._in_progress[due_feed.feed.id] = due_feed.host
        self._of_host[due_feed.host] += 1

    def _slow_in_progress(self) -> int:
        return sum(count for host, count in self._of_host.items() if self._is_slow(host))


def stalled_polls(states: Collection[FeedState], started_at: datetime | None, now: datetime) -> list[str]:
    """Return a sentence if feeds have been due for STALLED_AFTER and no poll of any feed has ended meanwhile."""
    cutoff = now - STALLED_AFTER
    overdue = sum(state.next_poll_at is not None and state.next_poll_at < cutoff for state in states)
    last = max((state.last_poll_at for state in states if state.last_poll_at), default=None)
    if not overdue or last is None or last >= cutoff or started_at is None or started_at >= cutoff:
        return []
    return [f"no poll has ended since {last:%Y-%m-%d %H:%M:%S} UTC, although feeds are due ({overdue:,})"]
