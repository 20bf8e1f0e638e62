"""Finds the rule that a missed article is nearest to: whose nearest hits share the rarest words with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from math import log, sqrt

MIN_HITS = 3
"""Hits of a rule that are compared, those most like the article; a rule with fewer is left out."""


def nearest_rule(miss: frozenset[str], hits: Mapping[str, Sequence[frozenset[str]]]) -> str | None:
    """Return the id of the nearest rule; `hits` are the features of each rule's hits. None if no rule has enough.

    Articles are compared by the cosine of their features, weighted by rarity, so that long hits are not near to all.
    """
    known = {rule_id: found for rule_id, found in hits.items() if len(found) >= MIN_HITS}
    every = [features for found in known.values() for features in found]
    frequency = Counter(term for features in every for term in features)
    weights = {term: log(1 + len(every) / number) ** 2 for term, number in frequency.items()}

    def length(features: Iterable[str]) -> float:
        return sqrt(sum(weights.get(term, 0.0) for term in features)) or 1.0

    scores = {
        rule_id: sum(nlargest(MIN_HITS, (length(miss & each) ** 2 / length(each) for each in found)))
        for rule_id, found in known.items()
    }
    return max(scores, key=lambda rule_id: (scores[rule_id], rule_id), default=None)
