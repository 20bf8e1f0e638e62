"""Recall and precision of the rules, estimated from judged samples of their hits and of the unmatched articles.

Each stratum gives an estimated number of relevant articles with an exact interval. The intervals are combined by MOVER
("method of variance estimates recovery", Zou and Donner 2008): the squared distances from the estimates to the limits
add up, separately below and above, but for limits that cannot be exceeded. For the ratio recall = TP / (TP + FN), a
value r belongs to the interval if 0 belongs to the MOVER interval of (1 - r) TP - r FN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from monitor.core.confidence_intervals import LEVEL, CountInterval, count_interval
from monitor.core.model import RecallEstimate

_COMBINED_LEVEL = 0.96
"""Level of the intervals that are combined, if two or more are in doubt. MOVER is approximate: at 0.95, small strata
that were judged nearly whole gave a coverage of 0.944 in simulations."""
_BISECTIONS = 50
"""Halvings of the interval from 0 to 1; the error is 2**-50."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStratum:
    """Articles of which a random sample was judged: the hits, or unmatched articles of similar scores."""

    size: int
    judged: int
    found: int = 0
    """Judged ones that are relevant and matched by the rules; 0 for unmatched articles, except after an edit."""
    missed: int = 0
    """Judged ones that are relevant and not matched; 0 for hits, except after an edit."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The numbers of found and of missed articles in one stratum, each with its interval."""

    stratum: JudgedStratum
    found: CountInterval
    missed: CountInterval


_NONE = CountInterval(0.0, 0, 0)


def estimate(hits: Sequence[JudgedStratum], unmatched: Sequence[JudgedStratum]) -> RecallEstimate:
    """Estimate recall and precision; a share is None if a stratum was not judged, or nothing is relevant.

    A hit cannot be missed and an unmatched article cannot be found, unless a judged one shows that the rules have
    changed since the sample was drawn.
    """
    precision = _precision([_number(s, s.found, LEVEL) for s in hits], sum(stratum.size for stratum in hits))
    every = (*hits, *unmatched)
    level = LEVEL if sum(0 < stratum.judged < stratum.size for stratum in every) < 2 else _COMBINED_LEVEL
    parts = [_Part(s, _number(s, s.found, level), _number(s, s.missed, level) if s.missed else _NONE) for s in hits]
    parts += [
        _Part(s, _number(s, s.found, level) if s.found else _NONE, _number(s, s.missed, level)) for s in unmatched
    ]
    articles = sum(stratum.size for stratum in every)
    return RecallEstimate(
        recall=_recall(parts),
        low=_root(lambda recall: _difference(parts, recall, lower=True)) if articles else 0.0,
        high=_root(lambda recall: _difference(parts, recall, lower=False)),
        precision=precision[0],
        precision_low=precision[1],
        precision_high=precision[2],
        judged=sum(stratum.judged for stratum in every),
        relevant=sum(stratum.found + stratum.missed for stratum in every),
        articles=articles,
    )


def _precision(counts: Sequence[CountInterval], hits: int) -> tuple[float | None, float, float]:
    """Return the share of the hits that are relevant, and its limits."""
    if not hits:
        return None, 0.0, 1.0
    if None in (each.estimate for each in counts):
        return None, sum(each.low for each in counts) / hits, sum(each.high for each in counts) / hits
    right = sum(each.estimate or 0.0 for each in counts)
    below = sqrt(sum(((each.estimate or 0.0) - each.low) ** 2 for each in counts))
    above = sqrt(sum((each.high - (each.estimate or 0.0)) ** 2 for each in counts))
    return right / hits, (right - below) / hits, (right + above) / hits


def _number(stratum: JudgedStratum, relevant: int, level: float) -> CountInterval:
    return count_interval(stratum.size, stratum.judged, relevant, level)


def _recall(parts: Sequence[_Part]) -> float | None:
    found, missed = [part.found.estimate for part in parts], [part.missed.estimate for part in parts]
    total = sum(number or 0.0 for number in (*found, *missed))
    if None in found or None in missed or not total:
        return None
    return sum(number or 0.0 for number in found) / total


def _difference(parts: Sequence[_Part], recall: float, *, lower: bool) -> float:
    """Return the lower or upper MOVER limit of (1 - recall) TP - recall FN.

    Found and missed articles of one stratum are drawn together and exclude each other, so their distances add up
    linearly, which is the worst case. So do those to limits that are reached: the truth is often exactly there, and an
    error elsewhere would put it outside. A stratum that was not judged counts as the worst of its interval.
    """
    centre = squares = added = 0.0
    for part in parts:
        found, missed = (part.found.low, part.missed.high) if lower else (part.found.high, part.missed.low)
        if part.found.estimate is None or part.missed.estimate is None:
            centre += (1 - recall) * found - recall * missed
            continue
        centre += (1 - recall) * part.found.estimate - recall * part.missed.estimate
        by_found = (1 - recall) * abs(found - part.found.estimate)
        by_missed = recall * abs(missed - part.missed.estimate)
        reached = by_found * _is_reached(found, part.stratum.found, part.stratum)
        reached += by_missed * _is_reached(missed, part.stratum.missed, part.stratum)
        added += reached
        squares += (by_found + by_missed - reached) ** 2
    distance = sqrt(squares) + added
    return centre - distance if lower else centre + distance


def _is_reached(limit: int, judged: int, stratum: JudgedStratum) -> bool:
    """Return whether a limit is the fewest or the most articles that there can be, given those that were judged."""
    return limit in {judged, judged + stratum.size - stratum.judged}


def _root(limit: Callable[[float], float]) -> float:
    """Return the largest recall from 0 to 1 at which a decreasing limit is not negative; 0 if it is 0 everywhere."""
    if limit(1.0) >= 0:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if limit(middle) >= 0 else (low, middle)
    return low
