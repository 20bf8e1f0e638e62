"""Spikes: more stories about one thing, from more sources, than its rule calls usual.

`Watch` is told of a rule's hits in the order of time and answers when one alert is due: when the window first holds as
many stories and sources as the rule asks for. It is silent after that until the number falls below again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.matching.rulebook import Spike
    from monitor.core.model import FeedId


@dataclass(frozen=True, slots=True)
class Peak:
    """The moment at which a spike would be told."""

    at: datetime
    stories: int
    sources: int


class Watch:
    """One rule's hits of the last while."""

    def __init__(self, spike: Spike) -> None:
        self._spike = spike
        self._window: deque[tuple[datetime, int, FeedId]] = deque()
        self._told = False

    def add(self, at: datetime, story: int, source: FeedId) -> Peak | None:
        """Take note of a hit; give the peak when this one makes it."""
        while self._window and self._window[0][0] <= at - self._spike.within:
            self._window.popleft()
        if self._stories() < self._spike.stories:
            self._told = False
        self._window.append((at, story, source))
        peak = Peak(at, self._stories(), len({source for _, _, source in self._window}))
        if self._told or peak.stories < self._spike.stories or peak.sources < self._spike.min_sources:
            return None
        self._told = True
        return peak

    def _stories(self) -> int:
        return len({story for _, story, _ in self._window})
