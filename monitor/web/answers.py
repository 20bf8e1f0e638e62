"""Answers: a page, JSON, or a refusal, each in the form that was asked for. No answer ever shows a traceback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from monitor.core.serializers import json_default
from monitor.web.asked import address_of, inside, path_of
from monitor.web.screen import Times, render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from monitor.web.asked import Refusal
    from monitor.web.desk import Desk

API = "/api/"
MENU = (
    ("/", "Overview"),
    ("/hits", "Hits"),
    ("/stories", "Stories"),
    ("/search", "Search"),
    ("/feeds", "Feeds"),
    ("/rules", "Rules"),
    ("/digests", "Digests"),
)
TITLES = {
    400: "That cannot be asked",
    401: "Sign in",
    403: "Not taken",
    404: "Not here",
    405: "Not this way",
    408: "Too slow",
    413: "Too much",
    421: "Another name",
    429: "Too often",
    500: "A fault of this program",
    503: "The database does not answer",
}


def page(
    request: Request, desk: Desk, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None,
    **values: Any,  # noqa: ANN401 - whatever the template shows
) -> Response:  # fmt: skip
    """Answer with a page."""
    html = render(
        template,
        menu=MENU,
        path=path_of(request),
        here=address_of(request),
        times=Times(desk.zone, desk.clock()),
        zone=desk.settings.monitor.timezone,
        key=desk.keys.form(request.state.session),
        signed_in=bool(request.state.session),
        **values,
    )
    return HTMLResponse(html, status, headers)


def data(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON, in the forms that the command line gives values."""
    text = json.dumps(value, ensure_ascii=False, default=json_default)
    return Response(text.encode("utf-8", "replace"), status, headers, "application/json")


def refuse(request: Request, desk: Desk, refusal: Refusal) -> Response:
    """Answer with a refusal: JSON to programs, one line to feed readers, a page to people."""
    status, said, path = refusal.status, refusal.said, path_of(request)
    if path.startswith(API):
        return data({"error": said or "the token is missing"}, status, refusal.headers)
    if path.endswith(".atom"):
        return PlainTextResponse(f"{said or 'the token is missing'}\n", status, refusal.headers)
    if status == 401:
        back = address_of(request) if request.method == "GET" else "/"
        return page(
            request, desk, "login.html", status=401, headers=refusal.headers, said=said,
            back=inside(request.state.form.get("back", "/") if path == "/login" else back),
        )  # fmt: skip
    title = TITLES.get(status, "Not here")
    return page(request, desk, "refused.html", status=status, headers=refusal.headers, title=title, said=said)
