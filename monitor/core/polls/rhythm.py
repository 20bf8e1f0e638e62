"""Measures the rhythm of a feed: the usual time between two entries, and how long without one is unusual.

It is measured by when entries were first seen. The entries of the first poll do not count, because they may be of any
age; until five later polls had entries, the dates of the first ones stand in. Pauses are counted without the days on
which the feed rests: its weekend, whichever days those are, and the days from 24 December to 1 January.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

MEASURED_PERIOD = timedelta(days=60)
"""Age of the entries by which the rhythm is measured."""
UNUSUAL_FACTOR = 4
"""Silence for this many times the rhythm is unusual: of entries that come at random, one in 10,000 is that late."""
_QUANTILE = 0.9
"""Share of the pauses between entries that are no longer than the usual gap."""
_MANY_PAUSES = 10
"""Pauses of which the longest is not taken for usual."""
_MIN_ARRIVALS = 5
"""Times at which entries came; a feed with fewer publishes too rarely to be judged."""
_MIN_SILENCE = timedelta(days=2)
_MIN_WORKDAY_SILENCE = timedelta(days=3)
"""The least unusual silence of feeds that rest on weekends: a long weekend is not unusual."""
_MAX_SILENCE = timedelta(days=90)
_WEEK, _WEEKEND = timedelta(days=7), timedelta(days=2)
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_WEEKEND_STARTS = tuple(timedelta(days=4, hours=hours) for hours in range(-14, 38, 2))
"""Times after Monday, 00:00 UTC, from Friday in the Pacific to Saturday in Hawaii."""
_REST_SHARE = 0.03
"""Share of the entries that may come at the weekend of a feed that rests."""
_MIN_ARRIVALS_FOR_WEEKEND = 8
"""With fewer entries, days without any are no weekend."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The rhythm of a feed; None where too few entries are known."""

    gap: timedelta | None = None
    """Mean time between two entries."""
    usual_gap: timedelta | None = None
    """Nine of ten pauses are no longer (three of four if there are five), rest days not counted."""
    silence: timedelta | None = None
    """The time from now after which silence is unusual, rest days included."""


def measure_rhythm(first_seen: Sequence[datetime], now: datetime, dates: Sequence[datetime] = ()) -> Rhythm:
    """Measure the rhythm of entries by the times they were first seen, ascending; `dates` are those of the response."""
    later = [seen for seen in first_seen if seen > first_seen[0]]
    gap = (now - first_seen[0]) / len(later) if later else None
    arrivals = sorted({first_seen[0], *later}) if first_seen else []
    if len(arrivals) < _MIN_ARRIVALS:
        arrivals = sorted({date for date in dates if now - MEASURED_PERIOD < date <= now})
    if len(arrivals) < _MIN_ARRIVALS:
        return Rhythm(gap=gap)
    weekend = _find_weekend(arrivals)
    pauses = sorted(after - before - _rest(before, after, weekend) for before, after in pairwise(arrivals))
    usual = pauses[int(_QUANTILE * (len(pauses) - 1))]
    shortest = _MIN_SILENCE if weekend is None else _MIN_WORKDAY_SILENCE
    longest = pauses[-2] if len(pauses) >= _MANY_PAUSES else pauses[-1]  # the longest of many may be a failure
    working = max(UNUSUAL_FACTOR * usual, longest, shortest)
    return Rhythm(gap=gap, usual_gap=usual, silence=min(_with_rest(now, working, weekend), _MAX_SILENCE))


def _find_weekend(arrivals: Sequence[datetime]) -> timedelta | None:
    """Return when the two days begin, after Monday 00:00 UTC, on which the feed publishes nothing; None if none are."""
    if len(arrivals) < _MIN_ARRIVALS_FOR_WEEKEND or arrivals[-1] - arrivals[0] < 2 * _WEEK:
        return None
    in_week = [(arrival - _MONDAY) % _WEEK for arrival in arrivals]

    def busy(start: timedelta) -> int:
        return sum((at - start) % _WEEK < _WEEKEND for at in in_week)

    start = min(_WEEKEND_STARTS, key=busy)
    return start if busy(start) <= _REST_SHARE * len(arrivals) else None


def _with_rest(start: datetime, working: timedelta, weekend: timedelta | None) -> timedelta:
    """Return the time from `start` in which so much time passes outside of rest days."""
    length = working
    for _ in range(20):
        longer = working + _rest(start, start + length, weekend)
        if longer == length:
            break
        length = longer
    return length


def _rest(start: datetime, end: datetime, weekend: timedelta | None) -> timedelta:
    """Return how much of a period is on rest days."""
    weekends = timedelta(0) if weekend is None else _rested_since(end, weekend) - _rested_since(start, weekend)
    return min(weekends + _year_end(start, end), end - start)


def _rested_since(at: datetime, weekend: timedelta) -> timedelta:
    weeks, rest = divmod(at - _MONDAY - weekend, _WEEK)
    return weeks * _WEEKEND + min(rest, _WEEKEND)


def _year_end(start: datetime, end: datetime) -> timedelta:
    rest = timedelta(0)
    for year in range(start.year - 1, end.year + 1):
        first, last = datetime(year, 12, 24, tzinfo=UTC), datetime(year + 1, 1, 2, tzinfo=UTC)
        rest += max(timedelta(0), min(end, last) - max(start, first))
    return rest
