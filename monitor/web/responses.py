"""HTTP responses: HTML pages, JSON, and errors in the format that the client asked for. None shows a traceback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from monitor.core.errors import DatabaseError, UnreadableRowError
from monitor.core.json_objects import json_default
from monitor.core.model import summarize_refusals
from monitor.web.context import WebContext
from monitor.web.params import RequestError, local_target, request_path, request_target
from monitor.web.templating import TimeFormatter, render

API = "/api/"
MAX_LISTED_REFUSALS = 5
MENU = (
    ("/", "Overview"),
    ("/hits", "Hits"),
    ("/stories", "Stories"),
    ("/search", "Search"),
    ("/feeds", "Feeds"),
    ("/rules", "Rules"),
    ("/review", "Review"),
    ("/quality", "Quality"),
    ("/digests", "Digests"),
    ("/deliveries", "Outbox"),
    ("/ledger", "Ledger"),
)
ERROR_TITLES = {
    400: "Invalid request",
    401: "Sign in",
    403: "Request refused",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timed out",
    413: "Request too large",
    421: "Unknown host name",
    429: "Too many attempts",
    500: "Internal error",
    503: "Not available now",
}


def render_page(
    request: Request,
    context: WebContext,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,  # noqa: ANN401 - whatever the template shows
) -> Response:
    """Render a template, with the values that every page needs, as the response."""
    html = render(
        template,
        menu=MENU,
        path=request_path(request),
        here=request_target(request),
        times=TimeFormatter(context.zone, context.clock()),
        zone=context.settings.monitor.timezone,
        csrf_token=context.signer.csrf_token(request.state.session),
        signed_in=bool(request.state.session),
        refusals=_refused_edits(request, context),
        **values,
    )
    return HTMLResponse(html, status, headers)


def _refused_edits(request: Request, context: WebContext) -> list[str]:
    """Return a line for each edit that is not in force; none on a page that a visitor sees before signing in."""
    if not (request.state.session or context.signer.is_public):
        return []
    try:
        return summarize_refusals(context.refusals(), MAX_LISTED_REFUSALS)
    except DatabaseError:  # the page says so itself
        return []
    except UnreadableRowError as error:
        return [str(error)]


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON with values formatted as in the command line's JSON."""
    text = json.dumps(value, ensure_ascii=False, default=json_default)
    return Response(text.encode("utf-8", "replace"), status, headers, "application/json")


def error_response(request: Request, context: WebContext, error: RequestError) -> Response:
    """Return an error as JSON under /api/, as one line of text for the Atom feed, else as a page."""
    status, message, path = error.status, error.message, request_path(request)
    if path.startswith(API):
        return json_response({"error": message or "token missing"}, status, error.headers)
    if path.endswith((".atom", "/metrics")):
        return PlainTextResponse(f"{message or 'token missing'}\n", status, error.headers)
    if status == 401:
        back = request_target(request) if request.method == "GET" else "/"
        return render_page(
            request, context, "login.html", status=401, headers=error.headers, message=message,
            back=local_target(request.state.form.get("back", "/") if path == "/login" else back),
        )  # fmt: skip
    title = ERROR_TITLES.get(status, "Error")
    return render_page(
        request, context, "error.html", status=status, headers=error.headers, title=title, message=message
    )
