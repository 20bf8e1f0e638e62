"""Ranks answers by BM25, with titles weighted above texts, and a bonus for new articles.

BM25 is computed as in Lucene: the weight of a word is never negative, even if more than half of the articles have it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.core.search.blocks import Bounds
from monitor.core.search.coded_query import CodedPhrase, EncodedArticle

TITLE_WEIGHT = 8.0
"""An occurrence in the title counts as much as this number of occurrences in the text."""
K1, B = 1.2, 0.75
"""The usual parameters of BM25: how soon further occurrences count little, and how much the length of a text counts."""
NEWEST_BONUS = 0.5
"""The bonus of the newest answer, as a share of its relevance: less than a word gains by being in the title."""
HALF_LIFE_DAYS = 30.0
"""Days in which the bonus halves."""
_HALF_LIFE = HALF_LIFE_DAYS * 86_400
"""Seconds."""


class ScoredArticle(NamedTuple):
    """An article that answers a query, with its relevance."""

    id: int
    stored_at: datetime
    relevance: float
    """BM25: higher is better."""


def rank(candidates: Iterable[ScoredArticle]) -> list[int]:
    """Return the articles' ids, best first; of equal ones the newest first. Ages count from the newest of them."""
    articles = list(candidates)
    newest = max((each.stored_at for each in articles), default=None)
    if newest is None:
        return []
    scores = [
        (round(relevance * (1 + NEWEST_BONUS * 0.5 ** ((newest - at).total_seconds() / _HALF_LIFE)), 4), number)
        for number, at, relevance in articles
    ]
    return [number for _, number in sorted(scores, reverse=True)]


def bm25_idf(articles: int, document_frequency: float) -> float:
    """Return the weight of a word that `document_frequency` of `articles` contain (inverse document frequency)."""
    return math.log(1 + (articles - min(document_frequency, articles) + 0.5) / (document_frequency + 0.5))


def estimate_frequency(newest: Sequence[int], span: Bounds, articles: int, since: int) -> float:
    """Estimate the number of articles with a word from the newest ones, as if it were as frequent in older ones.

    `newest`: the ids from `since` on; `span`: the ids of all articles.
    """
    return min(articles, len(newest) * (span.high - span.low) / (span.high - since))


def occurrences(phrase: CodedPhrase, articles: Iterable[EncodedArticle]) -> list[float]:
    """Count a phrase in each of some articles; those in the title count TITLE_WEIGHT times."""
    if phrase.title or len(phrase.wordings) != 1:
        return [TITLE_WEIGHT * in_title + in_text for in_title, in_text in map(phrase.count, articles)]
    (wording,) = phrase.wordings  # of most searches, and of a thousand articles: no call for each of them
    return [TITLE_WEIGHT * words.count(wording, 0, end) + words.count(wording, end) for words, end in articles]


def bm25(count: float, weight: float, length: int, mean_length: float) -> float:
    """Return what one phrase adds to the relevance of an article of `length` words.

    `count`: its occurrences; `weight`: its inverse document frequency.
    """
    return weight * count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean_length))
