"""How common a term is among the articles that stories were made of; common terms say little about an event.

Frequencies are counted in a fixed number of buckets, so that their table is bounded; terms that share a bucket share a
count. An article is weighed by the counts before it. An archive that is still empty counts as _PRIOR articles in which
no term is common, so that the first articles are compared almost as later ones are.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

BUCKETS = 1 << 18
TOTAL = 0
"""The bucket in which the articles themselves are counted."""
MAX_COUNTED = 20_000
"""Counted articles from which all counts are halved, so that the vocabulary of today outweighs that of last year."""
_ALL_BELOW, _SAMPLE = 2_000, 8
"""Up to this number every article is counted; of later ones one in _SAMPLE, chosen by its terms."""
RARE = 2
"""Counts up to this are not read: such terms are among the rarest in any archive."""
_PRIOR = 300
_RAREST = 0.001
"""Share of articles below which all terms are equally rare, so that weights do not depend on the archive's size."""


def buckets(terms: Iterable[int]) -> list[int]:
    """Return the bucket of each term's hash, 1 to BUCKETS."""
    return [term % BUCKETS + 1 for term in terms]


def buckets_of(terms: Collection[int]) -> list[int]:
    """Return the buckets that one article counts in: those of its terms, ascending, and TOTAL."""
    return [TOTAL, *sorted(set(buckets(terms)))]


def is_counted(terms: Collection[int], total: int) -> bool:
    """Return True if an article with these terms is counted, after `total` others."""
    return bool(terms) and (total < _ALL_BELOW or sum(terms) % _SAMPLE == 0)


def rarity(articles: int, total: int) -> float:
    """Return the weight of a term, the logarithm of its rarity among all counted articles."""
    share = articles / (total + _PRIOR)
    return -math.log(max(share, _RAREST))


class TermFrequencies:
    """Frequencies in memory, for groupings without a database."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def count(self, terms: Collection[int]) -> None:
        """Count an article with these terms, if it is one of those that are counted."""
        if is_counted(terms, self._counts[TOTAL]):
            self._counts.update(buckets_of(terms))

    def read(self, terms: Collection[int]) -> dict[int, int]:
        """Return the counts of the buckets of these terms and of TOTAL that are above RARE."""
        return {each: count for each in buckets_of(terms) if (count := self._counts[each]) > RARE}
