"""Signing in and out, and the routes that need no token: the health check, style sheet, script and icon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from monitor.core.errors import DatabaseError
from monitor.core.jobs import health_problems
from monitor.web import templating
from monitor.web.middleware import COOKIE
from monitor.web.params import RequestError, local_target
from monitor.web.signing import SESSION
from monitor.web.throttle import client_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from monitor.web.context import WebContext
    from monitor.web.throttle import FailedAttempts

CACHED = {"cache-control": "public, max-age=300"}
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1f4e79"/>'
    '<path d="M4 5h8M4 8h8M4 11h5" stroke="#fff" stroke-width="1.6"/></svg>'
)


def sign_in(request: Request, context: WebContext, failed_attempts: FailedAttempts, nonce: str) -> Response:
    """Check the token of the form, start a session, and redirect to the page that was requested."""
    now, form = context.clock(), request.state.form
    target = local_target(form.get("back", ""))
    if context.signer.is_public:
        return RedirectResponse(target, 303)
    if not context.signer.is_token(form.get("token", "").strip()):
        failed_attempts.record(client_of(request), now)
        raise RequestError(401, "Wrong token. It is set in monitor.yaml under web.token.")
    response = RedirectResponse(target, 303)
    response.set_cookie(
        COOKIE, context.signer.create_session(now, nonce), max_age=int(SESSION.total_seconds()), httponly=True,
        samesite="strict", secure=request.scope["scheme"] == "https",
    )  # fmt: skip
    return response


def sign_out(_request: Request, _context: WebContext) -> Response:
    """Delete the session cookie of this browser; other sessions stay valid."""
    response = RedirectResponse("/", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def health(_request: Request, context: WebContext) -> Response:
    """Return `ok` (200) or `not ok` (503), without the reason: this route needs no token."""
    try:
        healthy = not health_problems(context.app.heartbeats(), context.clock())
    except DatabaseError:
        healthy = False
    return PlainTextResponse("ok\n" if healthy else "not ok\n", 200 if healthy else 503)


def style_sheet(_request: Request, _context: WebContext) -> Response:
    """Return the style sheet."""
    return Response(templating.style_sheet(), 200, CACHED, "text/css")


def script(_request: Request, _context: WebContext) -> Response:
    """Return the script that stores labels without reloading the page."""
    return Response(templating.script(), 200, CACHED, "text/javascript")


def icon(_request: Request, _context: WebContext) -> Response:
    """Return the icon."""
    return Response(ICON, 200, CACHED, "image/svg+xml")
