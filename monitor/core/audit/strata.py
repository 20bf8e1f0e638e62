"""Divides ranked unmatched articles into strata, and a number of judgements among them.

Most misses are at the beginning of the ranking, so it is judged whole; the long rest, where misses are rare, gets a
large part of the judgements all the same, because its interval is the widest.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

HITS = "hits"
STRATA = ("head", "next", "middle", "rest")
_SHARE_OF_HITS = 0.15
"""Share of the judgements that hits get."""
_SHARES = (0.30, 0.15, 0.15, 0.40)
"""Shares of the judgements of unmatched articles, by stratum."""
_NEXT, _MIDDLE = 0.03, 0.12
"""Sizes of the second and the third stratum, as shares of the ranked articles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStratum:
    """Articles `start` to `end` of the ranking, of which `drawn` are to be judged."""

    name: str
    start: int
    end: int
    drawn: int

    @property
    def size(self) -> int:
        """Articles in it."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingPlan:
    """How many hits are to be judged, and how many articles of each stratum."""

    hits: int
    strata: tuple[PlannedStratum, ...]


def plan_judgements(hits: int, ranked: int, judgements: int) -> SamplingPlan:
    """Divide `judgements` among the hits and the ranked unmatched articles, given by their numbers."""
    for_hits = min(hits, round(judgements * _SHARE_OF_HITS))
    unmatched = min(ranked, judgements - for_hits)
    for_hits = min(hits, judgements - unmatched)
    head = round(unmatched * _SHARES[0])
    ends = [head, head + round(ranked * _NEXT), head + round(ranked * (_NEXT + _MIDDLE)), ranked]
    bounds = list(pairwise([0, *(min(end, ranked) for end in ends)]))
    drawn = _divide(unmatched, [end - start for start, end in bounds])
    return SamplingPlan(
        hits=for_hits,
        strata=tuple(
            PlannedStratum(name=name, start=start, end=end, drawn=number)
            for name, (start, end), number in zip(STRATA, bounds, drawn, strict=True)
        ),
    )


def _divide(judgements: int, sizes: list[int]) -> list[int]:
    """Divide judgements by _SHARES; what a stratum is too small for goes to the others, the last ones first."""
    drawn = [min(size, round(judgements * share)) for size, share in zip(sizes, _SHARES, strict=True)]
    for number in reversed(range(len(sizes))):
        drawn[number] = max(0, min(sizes[number], drawn[number] + judgements - sum(drawn)))
    return drawn
