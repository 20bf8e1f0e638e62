"""Adds the matching rules to an article, ignoring the boilerplate of its source.

A text that cannot be matched before its deadline is kept whole and marked; its title and beginning are matched instead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

import structlog

from monitor.core.articles import unmatched
from monitor.core.articles.boilerplate import ParagraphHistory
from monitor.core.feeds.article_source import source_of_feed
from monitor.core.model import Article, Feed, FoundArticle, Source
from monitor.core.polls import retry_policy
from monitor.core.polls.analysis import Analysis, cut_to_beginning
from monitor.core.polls.retry_policy import rematch_at
from monitor.extraction import PooledMatcher, TaskError

BEGINNING_TIMEOUT = 5.0
"""Seconds for matching a title and the beginning of a text, which takes milliseconds."""
log = structlog.get_logger(__name__)


async def match_found_article(
    matcher: PooledMatcher, feed: Feed, found: FoundArticle, history: ParagraphHistory, clock: Callable[[], datetime]
) -> FoundArticle:
    """Return the article with its matches, boilerplate and fingerprints; `history` is what the feed printed before."""
    source, common = source_of_feed(feed, found.article.url), history.common_keys(found.entry_id)
    try:
        analysis = await matcher.analyse(found.article, source, common)
    except TaskError as error:
        analysis, is_matched = await _match_beginning(matcher, found.article, source, common)
        found = _mark_unmatched(feed, found, str(error), clock, beginning=is_matched)
    article = found.article
    return replace(
        found,
        article=replace(article, boilerplate=analysis.boilerplate) if analysis.boilerplate else article,
        matches=analysis.matches,
        recheck_at=retry_policy.first_recheck(feed, found, clock(), has_hits=bool(analysis.matches)),
        shingle_hashes=analysis.shingle_hashes,
        terms=analysis.terms,
        paragraphs=analysis.paragraphs,
    )


async def _match_beginning(
    matcher: PooledMatcher, article: Article, source: Source, common: Collection[int]
) -> tuple[Analysis, bool]:
    """Match the title and the beginning of a text; False if that fails too."""
    try:
        return await matcher.analyse(cut_to_beginning(article), source, common, seconds=BEGINNING_TIMEOUT), True
    except TaskError:
        return Analysis(), False


def _mark_unmatched(
    feed: Feed, found: FoundArticle, error: str, clock: Callable[[], datetime], *, beginning: bool
) -> FoundArticle:
    article = unmatched.mark_unmatched(found.article, error, beginning=beginning)
    log.warning("article not matched whole", feed=feed.id, url=article.url, error=error, beginning=beginning)
    return replace(found, article=article, retry_at=found.retry_at or rematch_at(clock()))
