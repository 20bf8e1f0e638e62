"""Draws the articles that readers judge, and decides which articles look enough like misses to be listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.core.audit.corpus import draw_key
from monitor.core.audit.strata import HITS, SamplingPlan, plan_judgements
from monitor.core.model import Judgement, ListedArticle, SampledArticle

DRAWN_PER_PLANNED = 5
"""How many times the planned number is drawn, for readers who judge more."""
_MIN_JUDGED, _MIN_ABOVE = 20, 5
"""Judged articles from which a threshold is derived, and how many of them must be above it."""
DEFAULT_THRESHOLD = 0.3
"""The score from which articles are listed before enough were judged. Of Reuters articles with higher scores, two of
three were misses; 0 divides what resembles the hits from what does not."""
_MIN_MISS_SHARE = 0.2
"""Share of listed articles that must be misses: one in the five that a digest lists."""


def draw(
    hits: Sequence[int], ranked: Sequence[ListedArticle], judgements: int, seed: int
) -> tuple[dict[str, int], tuple[SampledArticle, ...]]:
    """Draw hits and ranked articles (best first) for `judgements`; return the sizes of the strata and the articles.

    Within a stratum the order is random, so that any number of judgements from its beginning is a random sample.
    """
    planned = plan_judgements(len(hits), len(ranked), judgements)
    drawn = _in_random_order([(article, None, (), HITS) for article in hits], planned.hits, seed)
    for part in planned.strata:
        members = [(each.article_id, each.score, each.terms, part.name) for each in ranked[part.start : part.end]]
        drawn += _in_random_order(members, part.drawn, seed)
    ordered = sorted(drawn, key=lambda each: each[:2])
    articles = tuple(
        SampledArticle(article_id=article, stratum=stratum, position=index, score=score, terms=terms)
        for index, (_, _, (article, score, terms, stratum)) in enumerate(ordered)
    )
    return {HITS: len(hits)} | {part.name: part.size for part in planned.strata}, articles


_Member = tuple[int, float | None, tuple[str, ...], str]
_Placed = tuple[float, bytes, _Member]


def _in_random_order(members: Sequence[_Member], drawn: int, seed: int) -> list[_Placed]:
    """Place the members of a stratum evenly, so that each prefix of the queue has its share of each stratum."""
    if not drawn:
        return []
    shuffled = sorted((draw_key(str(member[0]), seed), member) for member in members)
    return [
        ((index + 0.5) / drawn, key, member)
        for index, (key, member) in enumerate(shuffled[: drawn * DRAWN_PER_PLANNED])
    ]


def weight(sizes: Mapping[str, int], planned: int, stratum: str) -> float:
    """Return how many articles of its stratum a judged one stands for."""
    hits = sizes.get(HITS, 0)
    drawn = _count_drawn(plan_judgements(hits, sum(sizes.values()) - hits, planned), stratum)
    return sizes.get(stratum, 0) / drawn if drawn else 0.0


def _count_drawn(planned: SamplingPlan, stratum: str) -> int:
    return planned.hits if stratum == HITS else sum(part.drawn for part in planned.strata if part.name == stratum)


def threshold(judgements: Sequence[Judgement]) -> float:
    """Return the score from which articles are listed: the lowest above which enough judged ones were misses.

    Without a history it is DEFAULT_THRESHOLD; infinite if no score is high enough.
    """
    judged = sorted(((each.score, each.relevant) for each in judgements if each.score is not None), reverse=True)
    if len(judged) < _MIN_JUDGED:
        return DEFAULT_THRESHOLD
    lowest, misses = float("inf"), 0
    for number, (score, relevant) in enumerate(judged, 1):
        misses += relevant
        if number >= _MIN_ABOVE and misses >= _MIN_MISS_SHARE * number:
            lowest = score
    return lowest
