"""Turns a search into a draft of a rule with tests from the archive, and runs it over results of the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from monitor.core import rules
from monitor.core.errors import UsageError, errors_of
from monitor.core.feeds.article_source import archived_source
from monitor.core.matching.matcher import Matcher
from monitor.core.matching.rulebook import RuleBook
from monitor.core.model import Article, Feed, FeedId, Source, StoredArticle
from monitor.core.search.as_rule import MAX_TESTS, ExampleTest, related_query, rule_yaml
from monitor.core.search.matches import article_holds
from monitor.core.search.query import SearchQuery
from monitor.core.search.request import SearchRequest, SearchResult
from monitor.core.text import clean_line
from monitor.store import Store

_MAX_RELATED = 50
"""Articles with a word of the search among which tests of the kind `miss` are looked for, best first."""
_ROUNDED_FROM = 10
"""From this many hits a week on, the number is shown without decimals."""


@dataclass(frozen=True, slots=True)
class SearchRuleSample:
    """The hits of a rule among the best results of the search that it was made from."""

    examined: int
    hits: tuple[StoredArticle, ...]
    per_week: str
    """Hits a week, if the rule finds the same share of all results."""


@dataclass(frozen=True, slots=True)
class SearchRule:
    """A draft of a rule, as a file and loaded."""

    yaml: str
    book: RuleBook


def draft_search_rule(store: Store, request: SearchRequest, found: Sequence[StoredArticle]) -> SearchRule:
    """Write a search as a rule whose tests are from the articles found, and from others with some of its words.

    A rule finds short words in capitals, like AI, only in capitals, a search in any case. So only what the rule really
    finds, and really does not find, becomes a test. Raises UsageError if the query cannot be written as a rule.
    """
    query = request.query
    matcher, near = _matcher(_load(rule_yaml(query))), related_query(query)
    related = store.search(replace(request, query=near), limit=_MAX_RELATED)
    tests = (*_hits(matcher, found), *_misses(matcher, near, [*found, *related.articles]))
    yaml = rule_yaml(query, tests)
    return SearchRule(yaml, _load(yaml))


def _hits(matcher: Matcher, found: Sequence[StoredArticle]) -> list[ExampleTest]:
    """Make tests of titles that the rule finds; if there is none, of the sentences of the first article it finds."""
    titles = dict.fromkeys(clean_line(stored.article.title) for stored in found)
    tests = [ExampleTest("hit", title) for title in titles if matcher.match(Article(title=title, text=""), Source())]
    return tests[:MAX_TESTS] or list(islice(filter(None, (_hit_in_text(matcher, each.article) for each in found)), 1))


def _hit_in_text(matcher: Matcher, article: Article) -> ExampleTest | None:
    match = next(iter(matcher.match(article, Source())), None)
    if match is None:
        return None
    title = clean_line(article.title)
    sentences = dict.fromkeys(clean_line(each.sentence) for each in match.evidence if each.zone != "title")
    body = " ".join(sentences)
    return ExampleTest("hit", title, body) if matcher.match(Article(title=title, text=body), Source()) else None


def _misses(matcher: Matcher, related: SearchQuery, articles: Sequence[StoredArticle]) -> list[ExampleTest]:
    """Make tests of titles that have a word of the search, of articles that the rule does not find."""
    missed = (clean_line(each.article.title) for each in articles if not matcher.match(each.article, Source()))
    near = (title for title in dict.fromkeys(missed) if article_holds(related, title, ""))
    alone = (title for title in near if not matcher.match(Article(title=title, text=""), Source()))
    return [ExampleTest("miss", title) for title in islice(alone, MAX_TESTS)]


def _matcher(book: RuleBook) -> Matcher:
    return Matcher([replace(rule, status="test") for rule in book.rules])


def _load(yaml: str) -> RuleBook:
    book, problems = rules.load([rules.SourceFile("search.yaml", yaml)], warn=False)
    if errors := errors_of(problems):
        raise UsageError(f"this query cannot be a rule: {errors[0].message}")
    return book


def sample_search_rule(
    book: RuleBook, result: SearchResult, period: timedelta, feeds: Mapping[FeedId, Feed]
) -> SearchRuleSample:
    """Run the rule over the results of one page; `period`: the time before now in which they were stored."""
    matcher = _matcher(book)
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
