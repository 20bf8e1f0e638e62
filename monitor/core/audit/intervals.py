"""The exact confidence interval of a number of articles, from a random sample of them without replacement.

It is the interval of Clopper and Pearson, with the hypergeometric distribution in place of the binomial one: a sample
that is a large part of its stratum has a narrow interval, and a stratum that was judged whole has no uncertainty.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

LEVEL = 0.95


class CountInterval(NamedTuple):
    """An estimated number of articles and its interval; `estimate` is None if none were judged."""

    estimate: float | None
    low: int
    high: int


@lru_cache(maxsize=65_536)
def count_interval(size: int, judged: int, relevant: int, level: float = LEVEL) -> CountInterval:
    """Estimate how many of `size` articles are relevant, given that `relevant` of `judged` drawn ones are."""
    if not judged:
        return CountInterval(0.0 if not size else None, 0, size)
    if judged == size:
        return CountInterval(float(relevant), relevant, relevant)
    from scipy.stats import hypergeom

    tail = (1 - level) / 2
    least, most = relevant, size - judged + relevant
    low = _first(least, most, lambda total: hypergeom.sf(relevant - 1, size, total, judged) > tail)
    above = _first(least, most + 1, lambda total: hypergeom.cdf(relevant, size, total, judged) <= tail)
    return CountInterval(size * relevant / judged, low, above - 1)


def _first(start: int, end: int, holds: Callable[[int], bool]) -> int:
    """Return the first number from `start` to `end` for which a monotone condition holds; `end` if none does."""
    while start < end:
        middle = (start + end) // 2
        start, end = (start, middle) if holds(middle) else (middle + 1, end)
    return start
