"""Loads the rule that a search was turned into, and runs it over results of the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from monitor.core import rules
from monitor.core.errors import UsageError, errors_of
from monitor.core.feeds.article_source import archived_source
from monitor.core.matching.matcher import Matcher
from monitor.core.matching.rulebook import RuleBook
from monitor.core.model import Feed, FeedId, StoredArticle
from monitor.core.search.request import SearchResult

_ROUNDED_FROM = 10
"""From this many hits a week on, the number is shown without decimals."""


@dataclass(frozen=True, slots=True)
class SearchRuleSample:
    """The hits of a rule among the best results of the search that it was made from."""

    examined: int
    hits: tuple[StoredArticle, ...]
    per_week: str
    """Hits a week, if the rule finds the same share of all results."""


def load_search_rule(yaml: str) -> RuleBook:
    """Load the rule; UsageError if the query cannot be written as a rule."""
    book, problems = rules.load([rules.SourceFile("search.yaml", yaml)], warn=False)
    if errors := errors_of(problems):
        raise UsageError(f"this query cannot be a rule: {errors[0].message}")
    return book


def sample_search_rule(
    book: RuleBook, result: SearchResult, period: timedelta, feeds: Mapping[FeedId, Feed]
) -> SearchRuleSample:
    """Run the rule over the results of one page; `period`: the time before now in which they were stored."""
    matcher = Matcher([replace(rule, status="test") for rule in book.rules])
    hits = tuple(
        stored
        for stored in result.articles
        if matcher.match(stored.article, archived_source(feeds, stored.feed_id, stored.article.url))
    )
    return SearchRuleSample(len(result.articles), hits, _per_week(hits, result, period))


def _per_week(hits: Sequence[StoredArticle], result: SearchResult, period: timedelta) -> str:
    counted, exact = (len(result.articles), True) if result.total is None else result.total
    per_week = counted * len(hits) / max(len(result.articles), 1) / (period.total_seconds() / 604_800)
    prefix = "about " if exact else "more than "
    return f"{prefix}{per_week:,.0f}" if per_week >= _ROUNDED_FROM else f"{prefix}{per_week:.1f}"
