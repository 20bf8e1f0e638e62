"""Decides how long digests wait for polls after the daemon has started or the machine was suspended.

A digest that was missed meanwhile is composed once the feeds that were due have been polled, so that it contains the
news of the whole gap. It does not wait longer than a limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.model import FeedState

SUSPENDED_AFTER = timedelta(minutes=10)
"""Time without a check from which the process counts as suspended: checks are made every ten seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """The round of polls that digests wait for."""

    resumed_at: datetime
    """When the process started, or resumed after suspension."""
    checked_at: datetime
    is_waiting: bool = True

    def check(self, now: datetime) -> CatchUp:
        """Return the state at the next check; waiting begins again if the last check was long ago."""
        if now - self.checked_at > SUSPENDED_AFTER:
            return begin_waiting(now)
        return replace(self, checked_at=now)

    def count_awaited(self, states: Iterable[FeedState], now: datetime, limit: timedelta) -> int:
        """Count the feeds that were due when the process resumed and have not been polled since.

        0 when the limit has passed, or when the clock was put back to before the start.
        """
        if not timedelta(0) <= now - self.resumed_at < limit:
            return 0
        return sum(state.next_poll_at is None or state.next_poll_at <= self.resumed_at for state in states)

    def end_waiting(self) -> CatchUp:
        """Return the state after the round."""
        return replace(self, is_waiting=False)


def begin_waiting(now: datetime) -> CatchUp:
    """Wait for the feeds that are due now."""
    return CatchUp(resumed_at=now, checked_at=now)
