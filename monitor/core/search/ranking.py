"""The order of answers: BM25 with titles above texts, and a bonus for what is new.

BM25 as SQLite's FTS5 computes it (sqlite.org/fts5.html, "The bm25() function"), so that both databases agree.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

TITLE_WEIGHT = 8.0
"""An occurrence in the title counts as much as so many in the text."""
K1, B = 1.2, 0.75
LOWEST_IDF = 1e-6
"""What FTS5 gives a word that more than half of all articles hold."""
NEWEST_BONUS = 0.5
"""What the newest answer gains, as a share of its relevance: less than a word gains by standing in the title."""
HALF_LIFE_DAYS = 30.0
"""Days in which the bonus halves."""


class Candidate(NamedTuple):
    """An article that answers a query."""

    id: int
    stored_at: datetime
    relevance: float
    """BM25: higher is better."""


def rank(candidates: Iterable[Candidate]) -> list[int]:
    """Return the articles' ids, best first; of equal ones the newest first. Ages count from the newest of them."""
    found = list(candidates)
    newest = max((each.stored_at for each in found), default=None)
    if newest is None:
        return []

    def score(each: Candidate) -> tuple[float, int]:
        days = (newest - each.stored_at).total_seconds() / 86_400
        return round(each.relevance * (1 + NEWEST_BONUS * 0.5 ** (days / HALF_LIFE_DAYS)), 4), each.id

    return [each.id for each in sorted(found, key=score, reverse=True)]


def idf(articles: int, holding: int) -> float:
    """Return the weight of a phrase that so many of all articles hold."""
    if not holding:
        return LOWEST_IDF
    return max(LOWEST_IDF, math.log((articles - holding + 0.5) / (holding + 0.5)))


def bm25(occurrences: float, weight: float, length: int, mean_length: float) -> float:
    """Return what one phrase adds to the relevance of an article of `length` words.

    `occurrences`: those in the title count TITLE_WEIGHT times; `weight`: its idf.
    """
    return weight * occurrences * (K1 + 1) / (occurrences + K1 * (1 - B + B * length / mean_length))
