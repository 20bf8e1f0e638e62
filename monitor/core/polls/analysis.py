"""The work of a poll that grows with the length of a text: boilerplate, matching, fingerprints, version comparison.

`monitor.extraction` runs these functions in worker processes, each call under a deadline. The poll itself must not call
them on the event loop: one long or hostile text would stop everything else that runs there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.core.articles import boilerplate, revisions
from monitor.core.articles.feed_notices import find_feed_notices
from monitor.core.articles.revisions import Revision
from monitor.core.model import NO_TERMS, Article, Match, Source, Spans, StoryTerms
from monitor.core.stories.fingerprints import hash_shingles
from monitor.core.stories.weighted_terms import terms_of_article

if TYPE_CHECKING:
    from monitor.core.matching.matcher import Matcher

BEGINNING_CHARS = 4_000
"""Characters of a text that are still matched when the whole text could not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The result of analysing one article."""

    matches: tuple[Match, ...] = ()
    boilerplate: Spans = ()
    shingle_hashes: tuple[int, ...] = ()
    """Shingle hashes (core.stories); empty when no rule matched."""
    terms: StoryTerms = NO_TERMS
    """Terms of title and lead (core.stories.weighted_terms); empty when no rule matched."""
    paragraphs: frozenset[int] = frozenset()
    """Hashes of the text's paragraphs (core.articles.boilerplate)."""


def analyse(matcher: Matcher, article: Article, source: Source, common: Collection[int]) -> Analysis:
    """Match an article without its boilerplate and the notices of feed software.

    `common` are the keys of `ParagraphHistory.common_keys`.
    """
    paragraphs = boilerplate.split_paragraphs(article.text)
    places = boilerplate.boilerplate_spans(paragraphs, common) + find_feed_notices(article.text)
    masked = replace(article, boilerplate=places) if places else article
    context = matcher.scan(masked, source)
    matches = matcher.match_context(context, source)
    return Analysis(
        matches=matches,
        boilerplate=masked.boilerplate,
        shingle_hashes=hash_shingles(context.document.text_words, article.language) if matches else (),
        terms=terms_of_article(masked) if matches else NO_TERMS,
        paragraphs=boilerplate.paragraph_keys(paragraphs),
    )


def cut_to_beginning(article: Article) -> Article:
    """Return the article with the first BEGINNING_CHARS characters of its text only."""
    return replace(article, text=article.text[:BEGINNING_CHARS], boilerplate=())


def compare(before: Article, after: Article, common: Collection[int], *, redirected: bool) -> Revision:
    """Classify the new version of a page against the stored one, both without boilerplate."""
    return revisions.classify_change(
        _mask_boilerplate(before, common), _mask_boilerplate(after, common), redirected=redirected
    )


def _mask_boilerplate(article: Article, common: Collection[int]) -> Article:
    return replace(
        article, boilerplate=boilerplate.boilerplate_spans(boilerplate.split_paragraphs(article.text), common)
    )
