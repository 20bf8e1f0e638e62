"""Confidence intervals of shares and of numbers of articles, from random samples."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import exp, lgamma, sqrt
from typing import NamedTuple

LEVEL = 0.95
"""Probability with which an interval holds the true share."""
_NEGLIGIBLE = 1e-12
"""Share of a sum below which the following terms are left out."""
_Z = 1.959964
"""The quantile of the normal distribution for LEVEL."""


class CountInterval(NamedTuple):
    """An estimated number of articles and its interval; `estimate` is None if none were judged."""

    estimate: float | None
    low: int
    high: int


@lru_cache(maxsize=65_536)
def count_interval(size: int, judged: int, relevant: int, level: float = LEVEL) -> CountInterval:
    """Estimate how many of `size` articles are relevant, given that `relevant` of `judged` drawn ones are.

    This is the exact interval of Clopper and Pearson, with the hypergeometric distribution in place of the binomial
    one, since articles are drawn without replacement: a sample that is a large part of its stratum has a narrow
    interval, and a stratum that was judged whole has no uncertainty. An estimate that is not a whole number can
    be a fraction outside of it, if nearly all were judged, and is moved to the limit.
    """
    if not judged:
        return CountInterval(0.0 if not size else None, 0, size)
    if judged == size:
        return CountInterval(float(relevant), relevant, relevant)
    tail = (1 - level) / 2
    least, most = relevant, size - judged + relevant
    low = _first(least, most, lambda total: _at_least(relevant, size, total, judged) > tail)
    # That k of n drawn are relevant means that n - k are not, and so the upper limit is a lower one of the others.
    others = judged - relevant
    irrelevant = _first(others, size - relevant, lambda total: _at_least(others, size, total, judged) > tail)
    high = size - irrelevant
    return CountInterval(min(max(size * relevant / judged, low), high), low, high)


def wilson_interval(right: int, total: int) -> tuple[float, float] | None:
    """Return Wilson's score interval for the share `right` of `total`, at LEVEL; None without any.

    It stays within 0 and 1, and is not empty if all or none are right, unlike the normal approximation.
    """
    if not total:
        return None
    share, z2 = right / total, _Z * _Z
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z * sqrt(share * (1 - share) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return max(0.0, centre - half), min(1.0, centre + half)


def _first(start: int, end: int, holds: Callable[[int], bool]) -> int:
    """Return the first number from `start` to `end` for which a monotone condition holds; `end` if none does."""
    while start < end:
        middle = (start + end) // 2
        start, end = (start, middle) if holds(middle) else (middle + 1, end)
    return start


def _at_least(drawn: int, size: int, total: int, judged: int) -> float:
    """Return the chance that `drawn` or more of `judged` articles are relevant, as `total` of `size` are.

    The tail without the mode is added up, away from the mode, where terms fall fast and none that counts is zero.
    """
    least, most = max(0, judged + total - size), min(judged, total)
    if drawn <= least:
        return 1.0
    if drawn > most:
        return 0.0
    mode = (judged + 1) * (total + 1) // (size + 2)
    if drawn > mode:
        return _tail(drawn, size, total, judged)
    # That fewer than `drawn` are relevant means that more than `judged - drawn` are not.
    return 1.0 - _tail(judged - drawn + 1, size, size - total, judged)


def _tail(drawn: int, size: int, total: int, judged: int) -> float:
    """Return the chance of `drawn` or more, which is above the mode."""
    term = exp(_log_choose(total, drawn) + _log_choose(size - total, judged - drawn) - _log_choose(size, judged))
    chance = term
    for number in range(drawn, min(judged, total)):
        term *= (total - number) * (judged - number) / ((number + 1) * (size - total - judged + number + 1))
        chance += term
        if term < chance * _NEGLIGIBLE:
            break
    return min(chance, 1.0)


def _log_choose(size: int, number: int) -> float:
    return lgamma(size + 1) - lgamma(number + 1) - lgamma(size - number + 1)
