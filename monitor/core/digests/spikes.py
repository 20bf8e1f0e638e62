"""Spikes: more stories, from more sources, than a rule's `spike` setting calls usual.

`SpikeDetector` takes the hits of one rule in order of time and reports a peak when its window first contains enough
stories and sources. It reports the next one only after the number of stories fell below the threshold again.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from monitor.core.model import FeedId

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import Spike


T = TypeVar("T")


class SpikeHit(NamedTuple):
    """The part of a hit that spikes depend on."""

    found_at: datetime
    story_id: int
    feed_id: FeedId


@dataclass(frozen=True, slots=True)
class Peak:
    """The moment at which a spike reached its thresholds."""

    at: datetime
    stories: int
    sources: int


class SpikeDetector:
    """Sliding window over the hits of one rule."""

    def __init__(self, spike: Spike) -> None:
        self._spike = spike
        self._window: deque[tuple[datetime, int, FeedId]] = deque()
        self._stories: Counter[int] = Counter()
        self._sources: Counter[FeedId] = Counter()
        """Hits in the window by story and by source, without zeros."""
        self._is_reported = False

    def add(self, at: datetime, story: int, source: FeedId) -> Peak | None:
        """Add a hit; return the peak if this hit reaches the thresholds."""
        while self._window and self._window[0][0] <= at - self._spike.within:
            _, old_story, old_source = self._window.popleft()
            _decrement(self._stories, old_story)
            _decrement(self._sources, old_source)
        if len(self._stories) < self._spike.stories:
            self._is_reported = False
        self._window.append((at, story, source))
        self._stories[story] += 1
        self._sources[source] += 1
        peak = Peak(at, len(self._stories), len(self._sources))
        if self._is_reported or peak.stories < self._spike.stories or peak.sources < self._spike.min_sources:
            return None
        self._is_reported = True
        return peak


def _decrement(counts: Counter[T], key: T) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


def find_latest_peak(spike: Spike, hits: Iterable[SpikeHit], now: datetime, held: timedelta) -> Peak | None:
    """Find the last moment at which a rule's hits made a spike; None if it is older than the spike's window.

    `hits`: the oldest first. `held`: how long alerts may have been held.
    """
    detector = SpikeDetector(spike)
    peaks = [peak for hit in hits if (peak := detector.add(*hit))]
    return peaks[-1] if peaks and now - peaks[-1].at < spike.within + held else None
