"""Finds the rule that a missed article is nearest to: whose nearest hits share the rarest words with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from math import log, sqrt

COMPARED_HITS = 3
"""Hits of a rule that are compared, those most like the article; a rule with fewer is left out."""


class RuleNeighbours:
    """The hits of some rules, with which misses are compared."""

    def __init__(self, hits: Mapping[str, Sequence[frozenset[str]]]) -> None:
        """`hits` are the features of each rule's hits."""
        hits_of = {rule_id: of_rule for rule_id, of_rule in hits.items() if len(of_rule) >= COMPARED_HITS}
        every = [features for of_rule in hits_of.values() for features in of_rule]
        frequency = Counter(term for features in every for term in features)
        self._weights = {term: log(1 + len(every) / count) ** 2 for term, count in frequency.items()}
        self._hits = {rule_id: [(each, self._length(each)) for each in of_rule] for rule_id, of_rule in hits_of.items()}

    def nearest(self, miss: frozenset[str]) -> str | None:
        """Return the id of the nearest rule; None if no rule has enough hits.

        Articles are compared by the cosine of their features, weighted by rarity, so that long hits are near to few.
        """
        scores = {
            rule_id: sum(nlargest(COMPARED_HITS, (self._length(miss & each) ** 2 / length for each, length in hits)))
            for rule_id, hits in self._hits.items()
        }
        return max(scores, key=lambda rule_id: (scores[rule_id], rule_id), default=None)

    def _length(self, features: Iterable[str]) -> float:
        return sqrt(sum(self._weights.get(term, 0.0) for term in features)) or 1.0
