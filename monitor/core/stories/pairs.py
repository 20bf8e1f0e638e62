"""Explains why two articles are, or are not, one story: with the same comparisons as the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.stories.copies import Verdict, common_words, compare_copies, containment
from monitor.core.stories.events import average_margin, compare_events, shared_terms
from monitor.core.stories.fingerprints import StoryFingerprint, event_time, hash_article_shingles
from monitor.core.stories.weighted_terms import WeightedTerms, split_terms, term_hash, terms_of_article, weigh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.core.model import Article, StoredArticle
    from monitor.core.stories.events import EventComparison

_MAX_SHOWN_TERMS = 12
"""Terms that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPair:
    """Two stored articles, compared as if the later one had just been found."""

    earlier: StoredArticle
    later: StoredArticle
    copy: Verdict | None
    """Why the later one is a copy of the other; None if it is not."""
    contained: float | None
    """The share of the shorter text that is in the longer one; None if one is too short to say."""
    event: EventComparison
    average: float | None
    """By how many points the later one is closer to the first articles of the earlier one's story than required, on
    average; None if they are not known."""
    shared: tuple[str, ...]
    """Terms that both have, the heaviest first."""

    @property
    def is_one_story(self) -> bool:
        """Return True if both are in one story in the database."""
        return self.earlier.story_id is not None and self.earlier.story_id == self.later.story_id

    @property
    def would_join(self) -> bool:
        """Return True if the comparison of the two alone joins them."""
        return self.copy is not None or (self.event.is_close and (self.average is None or self.average >= 0))


def _article_fingerprint(stored: StoredArticle, counts: Mapping[int, int]) -> StoryFingerprint:
    """Return the fingerprint of a stored article, with its terms weighed by these counts."""
    article = stored.article
    return StoryFingerprint(
        title=article.title,
        language=article.language,
        shingle_hashes=hash_article_shingles(article),
        feed_id=stored.feed_id,
        url=article.url,
        at=event_time(article.published_at, stored.stored_at),
        terms=weigh(terms_of_article(article), counts).to_bytes(),
    )


def explain_pair(
    one: StoredArticle, other: StoredArticle, first_articles: Sequence[StoredArticle], counts: Mapping[int, int]
) -> StoryPair:
    """Compare two articles; `first_articles` are those of the earlier one's story, without the later one."""
    earlier, later = sorted((one, other), key=lambda stored: (stored.stored_at, stored.id))
    new, known = _article_fingerprint(later, counts), _article_fingerprint(earlier, counts)
    compared = [compare_events(new, _article_fingerprint(each, counts)) for each in first_articles]
    return StoryPair(
        earlier=earlier,
        later=later,
        copy=compare_copies(new, known, common_words(new.title, WeightedTerms.from_bytes(new.terms))),
        contained=containment(new.shingle_hashes, known.shingle_hashes),
        event=compare_events(new, known),
        average=average_margin(compared) if compared else None,
        shared=tuple(shared_terms(new.terms, known.terms, _names(later.article))[:_MAX_SHOWN_TERMS]),
    )


def _names(article: Article) -> dict[int, str]:
    """Return the words that the hashes of terms stand for."""
    return {term_hash(term): term for term in (*split_terms(article.title), *split_terms(article.text[:5_000]))}
