"""Decides whether an article independently reports the event of a story: other words, same happening.

Two articles are compared by the weighted terms of title and lead (`core.stories.weighted_terms`). Points are given for
the cosine of the two, and for the share of each title that the other article has; points are taken for the time between
them and if one is a market report or a column. An article joins a story if it is close enough to one of its articles
and, on average, to the first few: stories do not grow in a chain from an announcement to the reactions.

The points were fitted by logistic regression to labelled articles of one week in English and Chinese, and rounded.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.stories.headlines import headline_features
from monitor.core.stories.title_kinds import title_kind
from monitor.core.stories.weighted_terms import WeightedTerms, has_lead, title_length
from monitor.core.text.languages import is_unspaced, same_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.core.stories.fingerprints import StoryFingerprint

EVENT_WINDOW = timedelta(days=3)
FIRST_ARTICLES = 4
"""With how many of a story's first articles a new one is compared on average."""
MAX_SHORTLISTED = 3
"""Stories whose first articles are compared."""
_MIN_TITLE_TERMS = 3
"""Titles with fewer terms are found in too many articles: `AI Act`."""
PER_DAY = 5.0
"""Points that each day between two articles takes."""
OTHER_KIND = 3.0
"""Points that it takes if one of two articles is a market report or a column."""


class Scale(NamedTuple):
    """Points for the cosine, and for the smaller and the larger share of a title; how many points are required."""

    cosine: float
    smaller_share: float
    larger_share: float
    required: float


_WORDS = Scale(5.0, 5.0, 5.0, 6.8)
_CHARACTERS = Scale(8.0, 8.0, 5.0, 6.0)
"""Pairs of characters agree less often than words."""


class _Profile(NamedTuple):
    """Weighted terms, prepared for comparisons."""

    weights: dict[int, int]
    title: tuple[int, ...]
    title_weight: int
    norm: float

    def cosine(self, other: _Profile) -> float:
        """Return the cosine of the angle between both, 0 to 1."""
        product = sum([self.weights[term] * other.weights[term] for term in self.weights.keys() & other.weights.keys()])
        return product / (self.norm * other.norm) if product else 0.0

    def title_in(self, other: _Profile) -> float:
        """Return the share of the title's weight whose terms the other's title and lead have, 0 to 1."""
        shared = sum([self.weights[term] for term in self.title if term in other.weights])
        return shared / self.title_weight if shared else 0.0


@lru_cache(maxsize=256)
def _profile(stored: bytes) -> _Profile:
    terms = WeightedTerms.from_bytes(stored)
    return _Profile(
        dict(zip(terms.hashes, terms.weights, strict=True)),
        terms.hashes[: terms.in_title],
        sum(terms.weights[: terms.in_title]),
        math.sqrt(sum([weight * weight for weight in terms.weights])),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventComparison:
    """How close two articles are, with everything that the decision is made of."""

    cosine: float
    titles: tuple[float, float]
    """The share of the first title in the second article, and the reverse."""
    days: float
    kinds: tuple[str, str]
    points: float
    scale: Scale
    veto: str = ""
    """Why the two are not compared; empty if they are."""

    @property
    def required(self) -> float:
        """The points that are required."""
        return self.scale.required

    @property
    def is_close(self) -> bool:
        """Return True if both may report one event."""
        return not self.veto and self.points >= self.required


def compare_events(one: StoryFingerprint, other: StoryFingerprint) -> EventComparison:
    """Compare two articles."""
    scale = _CHARACTERS if is_unspaced(one.language) else _WORDS
    mine, theirs = _profile(one.terms), _profile(other.terms)
    cosine, titles = mine.cosine(theirs), (mine.title_in(theirs), theirs.title_in(mine))
    kinds = title_kind(one.title), title_kind(other.title)
    gap = abs(one.at - other.at) if one.at and other.at else timedelta()
    days = gap / timedelta(days=1)
    points = scale.cosine * cosine + scale.smaller_share * min(titles) + scale.larger_share * max(titles)
    points -= PER_DAY * days + OTHER_KIND * (kinds[0] != kinds[1])
    return EventComparison(
        cosine=cosine,
        titles=titles,
        days=days,
        kinds=kinds,
        points=points,
        scale=scale,
        veto=_veto(one, other, gap),
    )


def shortlist(new: StoryFingerprint, candidates: Iterable[tuple[int, StoryFingerprint]]) -> list[int]:
    """Return the stories of which an article (story, article) is close to the new one, the closest first."""
    if not has_lead(new.terms):
        return []
    closest: dict[int, float] = {}
    for story_id, candidate in candidates:
        compared = compare_events(new, candidate)
        if compared.is_close and compared.points > closest.get(story_id, 0.0):
            closest[story_id] = compared.points
    return sorted(closest, key=lambda story_id: (-closest[story_id], story_id))[:MAX_SHORTLISTED]


def choose_story(new: StoryFingerprint, first_articles: Iterable[tuple[int, StoryFingerprint]]) -> int | None:
    """Return the story whose first articles (story, article) are close to the new one on average; None if none is."""
    compared: dict[int, list[EventComparison]] = defaultdict(list)
    for story_id, first in first_articles:
        compared[story_id].append(compare_events(new, first))
    margins = {story_id: margin for story_id, each in compared.items() if (margin := average_margin(each)) >= 0}
    return min(margins, key=lambda story_id: (-margins[story_id], story_id), default=None)


def average_margin(compared: Sequence[EventComparison]) -> float:
    """Return by how many points an article is closer to the first articles of a story than required, on average.

    A first article that must not be compared with it counts as one without any agreement.
    """
    margins = [(min(each.points, 0.0) if each.veto else each.points) - each.required for each in compared]
    return sum(margins) / len(margins)


def shared_terms(one: bytes, other: bytes, names: Mapping[int, str]) -> list[str]:
    """Return the names of the terms that both have, the heaviest first."""
    mine, theirs = _profile(one).weights, _profile(other).weights
    both = [term for term in mine.keys() & theirs.keys() if term in names]
    return [names[term] for term in sorted(both, key=lambda term: (-mine[term] * theirs[term], term))]


def _veto(one: StoryFingerprint, other: StoryFingerprint, gap: timedelta) -> str:
    """Return why two articles cannot report one event; empty if they can."""
    if gap > EVENT_WINDOW:
        return "more than three days between them"
    if one.language and other.language and not same_language(one.language, other.language):
        return "different languages"
    if not has_lead(one.terms) or not has_lead(other.terms):
        return "one has no text beside its title"
    if min(title_length(one.terms), title_length(other.terms)) < _MIN_TITLE_TERMS:
        return "a title is too short"
    return _veto_of_titles(one, other)


def _veto_of_titles(one: StoryFingerprint, other: StoryFingerprint) -> str:
    heads = headline_features(one.title), headline_features(other.title)
    if heads[0].folded == heads[1].folded:
        return ""
    if heads[0].differs_only_in_number(heads[1]):
        return "the titles differ only in a number, a date or a place"
    is_column = one.feed_id == other.feed_id and title_kind(one.title) == title_kind(other.title) == "column"
    return "two issues of one column" if is_column else ""
