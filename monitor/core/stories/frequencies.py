"""How common a term is among the articles that stories were made of; common terms say little about an event.

Frequencies are counted in a fixed number of buckets, so that their table is bounded; terms that share a bucket share a
count. An article is weighed by the counts before it. An archive that is still empty counts as _PRIOR articles in which
no term is common, so that the first articles are compared almost as later ones are.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

FREQUENCY_BUCKETS = 1 << 18
TOTAL = 0
"""The bucket in which the articles themselves are counted."""
MAX_COUNTED = 20_000
"""Counted articles from which all counts are halved, so that the vocabulary of today outweighs that of last year."""
_ALL_BELOW, _SAMPLE = 2_000, 8
"""Up to this number every article is counted; of later ones one in _SAMPLE, chosen by its terms."""
_RARE = 2
"""Terms with counts up to this are among the rarest in any archive."""
_PRIOR = 300
"""Articles without common terms by which the counts are extended."""
_RAREST = 0.001
"""Share of articles below which all terms are equally rare, so that weights do not depend on the archive's size."""


def frequency_buckets(terms: Iterable[int]) -> list[int]:
    """Return the bucket of each term's hash, 1 to FREQUENCY_BUCKETS."""
    return [term % FREQUENCY_BUCKETS + 1 for term in terms]


def bounded_idf(document_frequency: int, total: int) -> float:
    """Return the weight of a term: its inverse document frequency among all counted articles, as a logarithm."""
    share = document_frequency / (total + _PRIOR) if document_frequency > _RARE else 0.0
    return -math.log(max(share, _RAREST))


class DocumentFrequencies:
    """Counts of articles by bucket."""

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts = defaultdict(int, counts or {})
        self.added: Counter[int] = Counter()
        """What was counted since, beside the counts that were given."""

    def count(self, terms: Collection[int]) -> None:
        """Count an article with these terms, if it is one of those that are counted."""
        if terms and (self.counts[TOTAL] < _ALL_BELOW or sum(terms) % _SAMPLE == 0):
            counted = {TOTAL, *frequency_buckets(terms)}
            self.added.update(counted)
            for bucket in counted:
                self.counts[bucket] += 1
