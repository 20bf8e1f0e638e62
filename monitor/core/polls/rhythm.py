"""Measures the rhythm of a feed: the usual time between two entries, and the longest usual pause.

It is measured by when entries were first seen, never by the dates in the feed. The entries of the first poll do not
count, because they may be of any age.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOK_BACK = timedelta(days=60)
"""Age of the entries by which the rhythm is measured."""
_FEWEST = 5
_SHORTEST_SILENCE = timedelta(days=2)
_LONGEST_SILENCE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The rhythm of a feed; None where too few entries are known."""

    gap: timedelta | None = None
    """Mean time between two entries."""
    silence: timedelta | None = None
    """Longer than this without an entry is unusual: twice the longest pause so far."""


def measure_rhythm(first_seen: Sequence[datetime], now: datetime) -> Rhythm:
    """Measure the rhythm of entries by the times they were first seen, ascending."""
    if not first_seen:
        return Rhythm()
    later = [seen for seen in first_seen if seen > first_seen[0]]
    arrivals = sorted({first_seen[0], *later})
    gap = (now - first_seen[0]) / len(later) if later else None
    if len(arrivals) < _FEWEST:
        return Rhythm(gap=gap)
    longest = max(after - before for before, after in pairwise(arrivals))
    return Rhythm(gap=gap, silence=min(max(2 * longest, _SHORTEST_SILENCE), _LONGEST_SILENCE))
