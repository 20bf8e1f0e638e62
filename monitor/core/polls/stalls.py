"""Detects that polls have stopped ending, which a restart of the daemon may fix."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from monitor.core.model import FeedState

STALLED_AFTER = timedelta(hours=2)
"""Much longer than any poll may take, successful or not."""


def stalled_polls(states: Collection[FeedState], started_at: datetime | None, now: datetime) -> list[str]:
    """Return a sentence if feeds have been due for STALLED_AFTER and no poll of any feed has ended meanwhile."""
    before = now - STALLED_AFTER
    overdue = sum(state.next_poll_at is not None and state.next_poll_at < before for state in states)
    last = max((state.last_poll_at for state in states if state.last_poll_at), default=None)
    if not overdue or last is None or last >= before or started_at is None or started_at >= before:
        return []
    return [f"no poll has ended since {last:%Y-%m-%d %H:%M:%S} UTC, although feeds are due ({overdue:,})"]
