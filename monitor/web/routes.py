"""The ASGI application: its routes, and the responses to errors."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from monitor.core.errors import DatabaseError, UsageError
from monitor.web.context import WebContext
from monitor.web.middleware import AccessMiddleware
from monitor.web.pages import (
    api,
    articles,
    atom,
    auth,
    deliveries,
    digests,
    downloads,
    feeds,
    hits,
    labels,
    ledger,
    operation,
    overview,
    quality,
    review,
    rules,
    search,
    stories,
    try_rule,
)
from monitor.web.params import HIT_FILTERS, PAGING, RequestError, reject_repeated, reject_unknown, request_path
from monitor.web.responses import error_response
from monitor.web.templating import read_asset
from monitor.web.throttle import FailedAttempts

View = Callable[[Request, WebContext], Response]
_CACHED = {"cache-control": "public, max-age=300"}


def _asset(name: str, media_type: str) -> View:
    """Return the view of a file that pages load."""
    return lambda _request, _context: Response(read_asset(name), 200, _CACHED, media_type)


VIEWS: dict[str, View] = {
    "/": overview.overview,
    "/hits": hits.hits,
    "/hits.atom": atom.atom,
    "/hits.xlsx": downloads.hits,
    "/label/{token}": labels.confirm,
    "/stories": stories.stories,
    "/stories/{story}": stories.story,
    "/search": search.page,
    "/search/rule": search.rule,
    "/articles/{article}": articles.article,
    "/feeds": feeds.feeds,
    "/rules": rules.rules,
    "/rules/try": try_rule.new,
    "/rules/{rule}/try": try_rule.edit,
    "/rules/{rule}": rules.rule,
    "/review": review.review,
    "/review.js": _asset("review.js", "text/javascript"),
    "/quality": quality.quality,
    "/api/v1/quality": quality.api,
    "/digests": digests.digests,
    "/digests/{digest:path}/mail": digests.preview,
    "/digests/{digest:path}/send": deliveries.confirm_send,
    "/digests/{digest:path}": digests.digest,
    "/deliveries": digests.deliveries,
    "/deliveries/{delivery}": deliveries.delivery,
    "/deliveries/{delivery}/mail": deliveries.as_sent,
    "/deliveries/{delivery}/retry": deliveries.confirm_retry,
    "/ledger": ledger.ledger,
    "/api/v1/ledger": ledger.api,
    **api.API_VIEWS,
    "/health": operation.health,
    "/healthz": operation.alive,
    "/readyz": operation.ready,
    "/metrics": operation.metrics,
    "/style.css": _asset("style.css", "text/css"),
    "/labels.js": _asset("labels.js", "text/javascript"),
    "/icon.svg": _asset("icon.svg", "image/svg+xml"),
}
_PERIOD, _SEARCH = ("since", "until"), (*search.SEARCH_FILTERS, *search.SEARCH_PAGING)
PARAMETERS: dict[str, tuple[str, ...]] = {
    "/hits": (*HIT_FILTERS, *PAGING),
    "/hits.atom": (*HIT_FILTERS, "limit", "token"),
    "/hits.xlsx": HIT_FILTERS,
    "/stories": ("since", *PAGING),
    "/search": _SEARCH,
    "/search/rule": _SEARCH,
    "/feeds": (),
    "/rules": (),
    "/quality": (),
    "/digests": (),
    "/digests/{digest:path}": ("since",),
    "/digests/{digest:path}/mail": ("since",),
    "/deliveries": ("failed", "cancelled"),
    "/ledger": _PERIOD,
    "/api/v1/hits": (*HIT_FILTERS, *PAGING),
    "/api/v1/stories": ("since", *PAGING),
    "/api/v1/search": _SEARCH,
    "/api/v1/feeds/health": (),
    "/api/v1/digests/runs": ("id", *PAGING),
    "/api/v1/deliveries": ("failed", "cancelled", *PAGING),
    "/api/v1/ledger": _PERIOD,
    "/api/v1/quality": (),
}
"""The parameters of lists, which refuse others. Pages of one item, and what programs fetch, ignore them: a link that
went through a mail gateway may have gained one."""
MESSAGES = {404: "There is no page at this address.", 405: "This address does not accept that HTTP method."}
log = structlog.get_logger("monitor.web")


def create_app(context: WebContext) -> ASGIApp:
    """Build the application, with access control in front of every route."""
    failed_attempts = FailedAttempts()
    posts: dict[str, View] = {
        "/login": lambda request, context: auth.sign_in(request, context, failed_attempts, secrets.token_hex(8)),
        "/logout": auth.sign_out,
        "/hits/{hit}/label": hits.label,
        "/label/{token}": labels.store,
        "/digests/{digest:path}/send": deliveries.send,
        "/deliveries/{delivery}/retry": deliveries.retry,
        "/review/{article}": review.judge,
        "/rules/try": try_rule.preview,
        "/rules/{rule}/try": try_rule.preview,
    }
    routes = [_route(path, view, context, "GET", PARAMETERS.get(path)) for path, view in VIEWS.items()]
    routes += [_route(path, view, context, "POST") for path, view in posts.items()]
    on_error = partial(_handle_error, context=context)
    handlers = dict.fromkeys((RequestError, HTTPException, UsageError, DatabaseError, Exception), on_error)
    return AccessMiddleware(Starlette(routes=routes, exception_handlers=handlers), context, failed_attempts)


def _route(path: str, view: View, context: WebContext, method: str, parameters: tuple[str, ...] | None = None) -> Route:
    return Route(path, partial(_run_view, view=view, context=context, parameters=parameters), methods=[method])


async def _run_view(
    request: Request, *, view: View, context: WebContext, parameters: tuple[str, ...] | None
) -> Response:
    reject_repeated(name for name, _ in request.query_params.multi_items())
    if parameters is not None:
        reject_unknown(request.query_params, parameters)
    return await run_in_threadpool(view, request, context)


async def _handle_error(request: Request, error: Exception, *, context: WebContext) -> Response:
    """Return an error page; the cause of a 503 is logged here, that of a 500 by Starlette."""
    match error:
        case RequestError():
            answer = error
        case HTTPException(status_code=status):
            answer = RequestError(status, MESSAGES.get(status, "The request could not be answered."), error.headers)
        case UsageError():
            answer = RequestError(400, f"Invalid request: {error}")
        case DatabaseError():
            log.error("page not served, the database failed", path=request_path(request), reason=str(error))
            message = "The database did not answer. Narrow the filter or try again in a moment; the log has the cause."
            answer = RequestError(503, message, {"retry-after": "10"})
        case _:
            answer = RequestError(500, "The page could not be built. No data was lost; the log has the cause.")
    return error_response(request, context, answer)
