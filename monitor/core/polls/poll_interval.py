"""Decides how long to wait after a successful poll of a feed, and why.

The share of entries that two polls have in common is the safety margin: if it is small, entries may have been missed,
and the interval is halved; if it is ample, the interval grows by steps up to half the usual time between two entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.core.model import Changed, Feed, FeedState, Unchanged
from monitor.core.polls.layout import SourceLayout
from monitor.core.polls.rhythm import Rhythm

START_INTERVAL = timedelta(minutes=30)
MIN_INTERVAL = timedelta(minutes=10)
MAX_LIVELY_INTERVAL = timedelta(hours=4)
"""The longest interval of a feed with an entry within LIVELY_PERIOD, so that important news is not half a day late."""
MAX_INTERVAL = timedelta(hours=24)
LIVELY_PERIOD = timedelta(days=31)
_STEP = timedelta(minutes=10)
_STEP_QUIET = timedelta(hours=1)
_HINT_AT_LOW_OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOverlap:
    """How many entries of a feed the previous poll saw too."""

    new: int = 0
    known: int = 0

    @property
    def share(self) -> float | None:
        """The share of known entries; None if there are no entries."""
        total = self.new + self.known
        return self.known / total if total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollObservation:
    """What a successful poll found out about its feed."""

    overlap: EntryOverlap = EntryOverlap()
    rhythm: Rhythm | None = None
    """The rhythm of the feed; None if there is no new entry."""
    newest_at: datetime | None = None
    """The latest date among the entries."""
    layout: SourceLayout | None = None
    """The structure of the response; None if it was not parsed, as it is unchanged."""


class Interval(NamedTuple):
    """The interval of a feed and its reason."""

    length: timedelta
    reason: str


def next_interval(
    feed: Feed, state: FeedState, outcome: Changed | Unchanged, observed: PollObservation, now: datetime
) -> Interval:
    """Return how long to wait after a successful poll."""
    if feed.interval is not None:
        return Interval(feed.interval, "configured")
    interval = _adaptive(state, outcome, observed, now)
    hint = outcome.ttl or timedelta(0)
    if interval.reason.startswith("low overlap"):
        hint = min(hint, _HINT_AT_LOW_OVERLAP)
    if hint > interval.length:
        return Interval(min(hint, MAX_INTERVAL), "publisher's hint")
    return interval


def _adaptive(state: FeedState, outcome: Changed | Unchanged, observed: PollObservation, now: datetime) -> Interval:
    current = state.interval or START_INTERVAL
    if isinstance(outcome, Changed) and outcome.has_more:
        return Interval(MIN_INTERVAL, "more to read")
    if state.last_success_at is None:
        return Interval(START_INTERVAL, "first poll")
    share, ratio = _margin(outcome, observed.overlap)
    if share < 1 / 3:
        return Interval(max(min(current / 2, START_INTERVAL), MIN_INTERVAL), f"low overlap: {ratio}")
    if share < 2 / 3:
        return Interval(max(min(current, MAX_LIVELY_INTERVAL), MIN_INTERVAL), f"steady: {ratio}")
    ceiling, why = _ceiling(state, observed, now)
    longer = current + (_STEP_QUIET if why == "quiet" else _STEP)
    if longer >= ceiling:
        return Interval(ceiling, why)
    return Interval(max(longer, MIN_INTERVAL), f"ample overlap: {ratio}")


def _margin(outcome: Changed | Unchanged, overlap: EntryOverlap) -> tuple[float, str]:
    if isinstance(outcome, Unchanged):
        return 1.0, "unchanged"
    if outcome.follows_last:
        return 1.0, "read on"
    share = overlap.share
    return (1.0, "no entries") if share is None else (share, f"{overlap.known} of {overlap.known + overlap.new} known")


def _ceiling(state: FeedState, observed: PollObservation, now: datetime) -> tuple[timedelta, str]:
    """Return the longest interval and its reason: half the usual time between two entries, within limits."""
    gap = observed.rhythm.gap if observed.rhythm else None
    last_entry_at = now if observed.overlap.new else state.last_entry_at
    if last_entry_at is None or now - last_entry_at > LIVELY_PERIOD:
        return MAX_INTERVAL, "quiet"
    if gap is None or gap / 2 >= MAX_LIVELY_INTERVAL:
        return MAX_LIVELY_INTERVAL, "lively"
    return max(gap / 2, MIN_INTERVAL), "own rhythm"
