"""The search page, the same search in the API, and the page that turns a search into a rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from monitor.core import serializers
from monitor.core.matching.passages import Passage
from monitor.core.model import StoredArticle, Tier
from monitor.core.search.as_rule import rule_id
from monitor.core.search.query import SearchQuery
from monitor.core.search.query_parser import MAX_QUERY_CHARS, QueryError, parse_query, unknown_field
from monitor.core.search.request import MAX_EXAMINED, RANK_WINDOW, SearchCursor, SearchRequest, SearchResult, feeds_with
from monitor.core.search.snippets import marked_title, snippet
from monitor.core.text import clean_line
from monitor.lab.search_rule import draft_search_rule, sample_search_rule
from monitor.web.context import WebContext
from monitor.web.params import (
    MAX_ARTICLES,
    FilterParams,
    RequestError,
    is_number,
    parse_filters,
    parse_limit,
    request_path,
)
from monitor.web.responses import json_response, render_page

SEARCH_FILTERS = ("words", "since", "until", "feed", "topic", "language", "tier", "matched")
SEARCH_PAGING = ("limit", "after")
MATCHED = {"": None, "yes": True, "no": False}
_CHOICES = {"tier": tuple(Tier), "matched": ("yes", "no")}
SINCE_CHOICES = {"": "any time", "1d": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days", "365d": "a year"}
PAGE_RESULTS = 20
SAMPLE_PERIOD = timedelta(days=90)
"""The period whose results are counted when a search is shown as a rule."""
MAX_SAMPLED_RESULTS = 100
"""The number of best results that the rule is tried on; the page takes a few milliseconds for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParams(FilterParams):
    """The parameters of a search as they were written."""

    default_limit: ClassVar[int] = PAGE_RESULTS
    cursor: SearchCursor | None

    def request(self, query: SearchQuery, context: WebContext) -> SearchRequest:
        """Build the request; times count back from now."""
        now = context.clock()
        since, until = self.instant("since", now), self.instant("until", now)
        if since and until and since >= until:
            raise RequestError(400, "The period begins after its end")
        return SearchRequest(
            query=query,
            since=since,
            until=until,
            feeds=feeds_with(context.settings.feeds, self.get("feed"), self.get("tier")),
            language=self.get("language"),
            topic=self.get("topic"),
            matched=MATCHED[self.get("matched")],
        )

    def url(self, path: str, cursor: SearchCursor | None = None) -> str:
        """Return the address of the same search under `path`, from its best result or from a cursor on."""
        return self.address(path, **({"after": f"{cursor.below_id}-{cursor.offset}"} if cursor else {}))


def page(request: Request, context: WebContext) -> Response:
    """Search the archive, best results first."""
    params = _parse(request)
    query, problem = _query_or_problem(params)
    problem = problem or _unknown_filter(params, context)
    result: SearchResult | None = None
    articles: list[tuple[StoredArticle, Passage, Passage]] = []
    if query is not None and not problem:
        result = context.store.search(params.request(query, context), params.cursor, params.limit)
        articles = [
            (stored, marked_title(query, stored.article.title), snippet(query, stored.article.text))
            for stored in result.articles
        ]
    return render_page(
        request,
        context,
        "search.html",
        params=params,
        problem=problem,
        result=result,
        examined=MAX_EXAMINED,
        unknown_field=unknown_field(params.get("words")),
        articles=articles,
        feeds=context.feed_titles(),
        choices=_filter_choices(params, context),
        next_page=params.url("/search", result.next) if result and result.next else "",
        rule_page=params.url("/search/rule") if result else "",
    )


def rule(request: Request, context: WebContext) -> Response:
    """Show a search as a rule, with the hits that it finds among recent articles."""
    params = _parse(request)
    query = _require_query(params)
    recent = replace(SearchRequest(query=query), since=context.clock() - SAMPLE_PERIOD)
    result = context.store.search(recent, limit=MAX_SAMPLED_RESULTS)
    draft = draft_search_rule(context.store, recent, result.articles)
    unmatched = context.store.search(replace(recent, matched=False), limit=1)
    return render_page(
        request,
        context,
        "search_rule.html",
        words=params.get("words"),
        filtered=len(params.filters) > 1,
        rule_id=rule_id(query),
        yaml=draft.yaml,
        sample=sample_search_rule(
            draft.book, result, SAMPLE_PERIOD, {feed.id: feed for feed in context.settings.feeds}
        ),
        feeds=context.feed_titles(),
        total=result.total,
        unmatched=unmatched.total,
        days=SAMPLE_PERIOD.days,
        back=params.url("/search"),
    )


def api(request: Request, context: WebContext) -> Response:
    """Return archived articles that match a query, best first, each with the passage that matches."""
    params = _parse(request)
    query = _require_query(params)
    if unknown := _unknown_filter(params, context):
        raise RequestError(400, unknown)
    result = context.store.search(params.request(query, context), params.cursor, params.limit)
    headers = {} if result.total is None else {"x-total-count": str(result.total).replace(",", "")}
    if result.next:
        headers["link"] = f'<{params.url(request_path(request), result.next)}>; rel="next"'
    return json_response([serializers.search_result(each, query) for each in result.articles], headers=headers)


def _parse(request: Request) -> SearchParams:
    query = request.query_params
    filters = parse_filters(query, SEARCH_FILTERS, _CHOICES, MAX_QUERY_CHARS)
    if "language" in filters:
        filters["language"] = filters["language"].lower()
    limit = parse_limit(clean_line(query.get("limit", "")), MAX_ARTICLES, PAGE_RESULTS)
    return SearchParams(filters=filters, cursor=_parse_cursor(clean_line(query.get("after", ""))), limit=limit)


def _parse_cursor(text: str) -> SearchCursor | None:
    if not text:
        return None
    below, _, offset = text.partition("-")
    if not (is_number(below) and is_number(offset)):
        raise RequestError(400, "Invalid after: not a page of this search; start again from its first page")
    return SearchCursor(min(int(below), 2**31 - 1), min(int(offset), RANK_WINDOW))


def _query_or_problem(params: SearchParams) -> tuple[SearchQuery | None, str]:
    """Parse the words; what is wrong with them is shown beside the form."""
    if not params.get("words"):
        return None, ""
    try:
        return parse_query(params.get("words"), (params.get("language"),) if params.get("language") else ()), ""
    except QueryError as error:
        return None, f"This cannot be searched for: {error}."


def _require_query(params: SearchParams) -> SearchQuery:
    """Parse the words; RequestError 400 says what is wrong with them."""
    query, problem = _query_or_problem(params)
    if query is None:
        raise RequestError(400, problem or "Missing parameter words: the words to search for")
    return query


def _unknown_filter(params: SearchParams, context: WebContext) -> str:
    filters = {name: params.get(name) for name in ("feed", "topic", "language")}
    unknown = context.app.unknown_search_filter(**filters)
    return f"Invalid filter: {unknown}" if unknown else ""


def _filter_choices(params: SearchParams, context: WebContext) -> dict[str, dict[str, str]]:
    """Return the values that each filter offers, among them the chosen one even if it is not configured."""
    languages = sorted({feed.language for feed in context.settings.feeds if feed.language})
    offered: dict[str, dict[str, str]] = {
        "since": dict(SINCE_CHOICES),
        "topic": {"": "all", **context.topic_titles()},
        "feed": {"": "all", **context.feed_titles()},
        "language": {"": "all", **{code: code for code in languages}},
        "tier": {"": "all", **{str(each): str(each).replace("_", " ") for each in Tier}},
        "matched": {"": "all", "yes": "with a hit", "no": "without hits"},
    }
    for name, values in offered.items():
        values.setdefault(params.get(name), params.get(name))
    return offered
