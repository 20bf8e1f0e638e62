"""The ledger: what was seen in a period, what became of it, and whether it balances."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.core import serializers
from monitor.core.ledger import describe_difference
from monitor.core.model import Ledger
from monitor.web.context import WebContext
from monitor.web.params import DEFAULT_SINCE, RequestError, parse_instant
from monitor.web.responses import json_response, render_page


def ledger(request: Request, context: WebContext) -> Response:
    """Show the balance of a period."""
    account = _read(request, context)
    return render_page(
        request,
        context,
        "ledger.html",
        ledger=account,
        rows=serializers.ledger_rows(account),
        differences=[describe_difference(each) for each in account.differences],
        since=request.query_params.get("since") or DEFAULT_SINCE,
    )


def api(request: Request, context: WebContext) -> Response:
    """Return the rows of the balance, with the keys of `monitor ledger`."""
    return json_response(serializers.ledger_rows(_read(request, context)))


def _read(request: Request, context: WebContext) -> Ledger:
    now = context.clock()
    since = parse_instant(request.query_params.get("since") or DEFAULT_SINCE, "since", now)
    until = parse_instant(request.query_params.get("until") or "0", "until", now)
    if since >= until:
        raise RequestError(400, "The period begins after its end")
    return context.app.ledger(since, until)
