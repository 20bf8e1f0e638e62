"""Decides which story a new article joins: that of an article which it copies, else that of the event it reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.stories.copies import copied_story
from monitor.core.stories.events import choose_story, shortlist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from monitor.core.stories.fingerprints import StoryFingerprint
    from monitor.core.stories.weighted_terms import WeightedTerms

    StoryMembers = Iterable[tuple[int, StoryFingerprint]]
    """Articles, each with its story."""


def find_story(
    new: StoryFingerprint,
    terms: WeightedTerms,
    candidates: Sequence[tuple[int, StoryFingerprint]],
    first_articles: Callable[[list[int]], StoryMembers],
) -> int | None:
    """Return the story that an article with these terms joins; None if it begins one.

    `candidates`: earlier articles with their stories, earliest first. `first_articles` returns the first
    FIRST_ARTICLES of some stories.
    """
    copied = copied_story(new, terms, candidates)
    if copied is not None:
        return copied
    listed = shortlist(new, candidates)
    return choose_story(new, first_articles(listed)) if listed else None
