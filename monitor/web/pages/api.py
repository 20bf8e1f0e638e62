"""The JSON API, with the keys of the command line's JSON.

A response is a plain array. When there are more items, the header `Link` holds the URL of the next page (RFC 8288).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from monitor.core import serializers
from monitor.core.json_objects import fields_of
from monitor.store import ListPage, PageCursor
from monitor.web.context import WebContext
from monitor.web.pages import search
from monitor.web.pages.digests import find_digest, is_set, recorded_name
from monitor.web.params import ListParams, RequestError, parse_list_params, request_path
from monitor.web.responses import json_response

T = TypeVar("T")


def hits(request: Request, context: WebContext) -> Response:
    """Return hits, newest first."""
    params = parse_list_params(request.query_params)
    result = context.store.find_hits(params.query(context.clock(), context.settings.feeds), params.before, params.limit)
    return _list_response(request, params, result, map(serializers.hit, result.items))


def stories(request: Request, context: WebContext) -> Response:
    """Return stories, each with its best source first."""
    params = parse_list_params(request.query_params)
    result = context.store.find_stories(params.query(context.clock()).since, params.before, params.limit)
    return _list_response(request, params, result, map(serializers.story, context.app.sort_sources(result.items)))


def feeds(_request: Request, context: WebContext) -> Response:
    """Return the health of each feed."""
    stored, covered = context.store.usage_on(context.clock().date()), context.app.coverage_of_last_day()
    return json_response(serializers.feeds_health(context.settings.feeds, context.store.states(), stored, covered))


def runs(request: Request, context: WebContext) -> Response:
    """Return the runs of a digest, newest first."""
    params = parse_list_params(request.query_params)
    if not (digest_id := request.query_params.get("id", "")):
        raise RequestError(400, "Parameter 'id' is missing: the id of a digest")
    digest = find_digest(digest_id, context)
    before = {"before": params.before.at} if params.before else {}
    stored = context.store.past_runs(recorded_name(digest, context), params.limit + 1, **before)
    result = _page(stored, params, lambda run: PageCursor(run.slot, run.id))
    return _list_response(request, replace(params, filters={"id": digest_id}), result, map(fields_of, result.items))


def deliveries(request: Request, context: WebContext) -> Response:
    """Return deliveries, newest first."""
    params = parse_list_params(request.query_params)
    flags = {name: is_set(request, name) for name in ("failed", "cancelled")}
    before = params.before.id if params.before else None
    listed = context.store.deliveries(**flags, limit=params.limit + 1, before=before)
    result = _page(listed, params, lambda delivery: PageCursor(delivery.created_at, delivery.id))
    filters = {name: "1" for name, value in flags.items() if value}
    return _list_response(request, replace(params, filters=filters), result, map(serializers.delivery, result.items))


def _page(listed: Sequence[T], params: ListParams, cursor_of: Callable[[T], PageCursor]) -> ListPage[T]:
    """Return a page of items of which one more than its limit was read, if there are so many."""
    items = tuple(listed[: params.limit])
    return ListPage(items, cursor_of(items[-1]) if len(listed) > params.limit else None)


def _list_response(
    request: Request, params: ListParams, result: ListPage[Any], rows: Iterable[dict[str, Any]]
) -> Response:
    link = f'<{params.url(request_path(request), result.next)}>; rel="next"' if result.next else ""
    return json_response(list(rows), headers={"link": link} if link else None)


API_VIEWS: dict[str, Callable[[Request, WebContext], Response]] = {
    "/api/v1/hits": hits,
    "/api/v1/stories": stories,
    "/api/v1/search": search.api,
    "/api/v1/feeds/health": feeds,
    "/api/v1/digests/runs": runs,
    "/api/v1/deliveries": deliveries,
}
