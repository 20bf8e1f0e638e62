"""Signing in and out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.web.context import WebContext
from monitor.web.middleware import SESSION_COOKIE
from monitor.web.params import RequestError, local_target
from monitor.web.signing import SESSION_LENGTH
from monitor.web.throttle import FailedAttempts, client_of


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
        SESSION_COOKIE, context.signer.create_session(now, nonce), max_age=int(SESSION_LENGTH.total_seconds()),
        httponly=True, samesite="strict", secure=request.scope["scheme"] == "https",
    )  # fmt: skip
    return response


def sign_out(_request: Request, _context: WebContext) -> Response:
    """Delete the session cookie of this browser; other sessions stay valid."""
    response = RedirectResponse("/", 303)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
    return response
