"""Which address leads to which page, and what becomes of faults: a page in plain words, and a line in the log."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from monitor.core.errors import DatabaseError
from monitor.web.answers import refuse
from monitor.web.asked import Refusal, path_of
from monitor.web.guard import Guard
from monitor.web.pages import api, archive, atom, digests, entrance, feeds, front, hits, rules
from monitor.web.throttle import WrongSecrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from monitor.web.desk import Desk

    View = Callable[[Request, Desk], Response]

VIEWS: dict[str, View] = {
    "/": front.front,
    "/hits": hits.hits,
    "/hits.atom": atom.atom,
    "/stories": archive.stories,
    "/search": archive.search,
    "/articles/{article}": archive.article,
    "/feeds": feeds.feeds,
    "/rules": rules.rules,
    "/rules/{rule}": rules.rule,
    "/digests": digests.digests,
    "/digests/{digest}": digests.digest,
    "/digests/{digest}/mail": digests.preview,
    "/deliveries": digests.deliveries,
    **api.VIEWS,
    "/health": entrance.health,
    "/style.css": entrance.style_sheet,
    "/icon.svg": entrance.icon,
}
WORDS = {404: "There is nothing at this address.", 405: "This address is asked for in another way."}
log = structlog.get_logger("monitor.web")


def site(desk: Desk) -> ASGIApp:
    """Build the page."""
    wrong = WrongSecrets()
    posts: dict[str, View] = {
        "/login": lambda request, desk: entrance.sign_in(request, desk, wrong, secrets.token_hex(8)),
        "/logout": entrance.sign_out,
        "/hits/{hit}/label": hits.label,
    }
    routes = [Route(path, partial(_answer, view=view, desk=desk), methods=["GET"]) for path, view in VIEWS.items()]
    routes += [Route(path, partial(_answer, view=view, desk=desk), methods=["POST"]) for path, view in posts.items()]
    faults = {
        Refusal: partial(_refused, desk=desk),
        HTTPException: partial(_refused, desk=desk),
        DatabaseError: partial(_refused, desk=desk),
        Exception: partial(_refused, desk=desk),
    }
    return Guard(Starlette(routes=routes, exception_handlers=faults), desk, wrong)


async def _answer(request: Request, *, view: View, desk: Desk) -> Response:
    return await run_in_threadpool(view, request, desk)


async def _refused(request: Request, fault: Exception, *, desk: Desk) -> Response:
    """Tell what went wrong to whom it concerns: its reader in plain words, the operator in the log."""
    match fault:
        case Refusal():
            refusal = fault
        case HTTPException(status_code=status):
            refusal = Refusal(status, WORDS.get(status, "This cannot be answered."), fault.headers)
        case DatabaseError():
            log.error("page without database", path=path_of(request), reason=str(fault))
            refusal = Refusal(503, "Ask for less, or try again in a moment. The log says more.", {"retry-after": "10"})
        case _:
            refusal = Refusal(500, "Sorry. The log says where it happened; nothing was lost.")
    return refuse(request, desk, refusal)
