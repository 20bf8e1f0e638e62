"""Signing in and out, and the two things that need neither: the style sheet and the answer for load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from monitor.core.errors import DatabaseError
from monitor.core.jobs import health_problems
from monitor.web.asked import Refusal, inside
from monitor.web.guard import COOKIE
from monitor.web.keys import SESSION
from monitor.web.screen import style
from monitor.web.throttle import client_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from monitor.web.desk import Desk
    from monitor.web.throttle import WrongSecrets

A_WHILE = {"cache-control": "public, max-age=300"}
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1f4e79"/>'
    '<path d="M4 5h8M4 8h8M4 11h5" stroke="#fff" stroke-width="1.6"/></svg>'
)


def sign_in(request: Request, desk: Desk, wrong: WrongSecrets, nonce: str) -> Response:
    """Check the token in the form and start a session."""
    now, form = desk.clock(), request.state.form
    back = inside(form.get("back", ""))
    if desk.keys.open:
        return RedirectResponse(back, 303)
    if not desk.keys.known(form.get("token", "").strip()):
        wrong.add(client_of(request), now)
        raise Refusal(401, "That is not the token. It stands in monitor.yaml under web.")
    answer = RedirectResponse(back, 303)
    answer.set_cookie(
        COOKIE, desk.keys.session(now, nonce), max_age=int(SESSION.total_seconds()), httponly=True,
        samesite="strict", secure=request.scope["scheme"] == "https",
    )  # fmt: skip
    return answer


def sign_out(_request: Request, _desk: Desk) -> Response:
    """End a session in this browser."""
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def health(_request: Request, desk: Desk) -> Response:
    """Answer ok, or not ok; why is nobody's business without a token."""
    try:
        ill = bool(health_problems(desk.app.heartbeats(), desk.clock()))
    except DatabaseError:
        ill = True
    return PlainTextResponse("not ok\n" if ill else "ok\n", 503 if ill else 200)


def style_sheet(_request: Request, _desk: Desk) -> Response:
    """Give the style sheet."""
    return Response(style(), 200, A_WHILE, "text/css")


def icon(_request: Request, _desk: Desk) -> Response:
    """Give the icon."""
    return Response(ICON, 200, A_WHILE, "image/svg+xml")
