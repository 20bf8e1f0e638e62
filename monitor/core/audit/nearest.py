"""Finds the rule that a missed article is nearest to: whose hits share the rarest words with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log

MIN_HITS = 3
"""Hits that a rule needs to be compared."""


def nearest_rule(miss: frozenset[str], hits: Mapping[str, Sequence[frozenset[str]]]) -> str | None:
    """Return the id of the nearest rule; `hits` are the features of each rule's hits. None if no rule has enough."""
    known = {rule_id: found for rule_id, found in hits.items() if len(found) >= MIN_HITS}
    rules_with = Counter(term for found in known.values() for term in frozenset().union(*found))
    scores = {
        rule_id: sum(
            sum(term in each for each in found) / len(found) * log(1 + len(known) / rules_with[term])
            for term in miss
            if rules_with[term]
        )
        for rule_id, found in known.items()
    }
    return max(scores, key=lambda rule_id: (scores[rule_id], rule_id), default=None)
