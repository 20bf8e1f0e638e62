"""Spikes: more stories, from more sources, than a rule's `spike` setting calls usual.

`SpikeDetector` takes the hits of one rule in order of time and reports a peak when its window first contains enough
stories and sources. It reports the next one only after the number of stories fell below the threshold again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.core.model import FeedId

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import Spike


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
        self._is_reported = False

    def add(self, at: datetime, story: int, source: FeedId) -> Peak | None:
        """Add a hit; return the peak if this hit reaches the thresholds."""
        while self._window and self._window[0][0] <= at - self._spike.within:
            self._window.popleft()
        if self._stories() < self._spike.stories:
            self._is_reported = False
        self._window.append((at, story, source))
        peak = Peak(at, self._stories(), len({source for _, _, source in self._window}))
        if self._is_reported or peak.stories < self._spike.stories or peak.sources < self._spike.min_sources:
            return None
        self._is_reported = True
        return peak

    def _stories(self) -> int:
        return len({story for _, story, _ in self._window})
