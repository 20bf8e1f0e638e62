"""The digests: when each comes next, what it would hold now, what became of the last ones, and the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from monitor.core.digests.slots import next_slot
from monitor.core.findings import closest
from monitor.core.messages import pausing
from monitor.web.answers import page
from monitor.web.asked import Refusal, asked, length

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from monitor.core.model import DigestConfig
    from monitor.web.desk import Desk

RUNS = 20
DELIVERIES = 100
LONGEST = timedelta(days=14)
MAIL = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'self'; form-action 'none'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
    "x-frame-options": "SAMEORIGIN",
}
"""A mail brings its own styles; it may open a link in another tab and do nothing else."""


def digests(request: Request, desk: Desk) -> Response:
    """List them."""
    now = desk.clock()
    listed = [
        (digest, next_slot(digest.schedule, digest.timezone, now), desk.library.last_run(digest.id))
        for digest in desk.settings.digests
    ]
    failed = desk.library.deliveries(failed=True, limit=DELIVERIES)
    return page(request, desk, "digests.html", digests=listed, failed=len(failed))


def digest(request: Request, desk: Desk) -> Response:
    """Show one."""
    chosen = named(request.path_params["digest"], desk)
    return page(
        request,
        desk,
        "digest.html",
        digest=chosen,
        since=since(request),
        upcoming=next_slot(chosen.schedule, chosen.timezone, desk.clock()),
        runs=desk.library.runs(chosen.id, RUNS),
    )


def preview(request: Request, desk: Desk) -> Response:
    """Show what it would tell now, as the mail it would be; changes nothing."""
    chosen = named(request.path_params["digest"], desk)
    given = since(request)
    start = desk.clock() - length(given) if given else None
    mail = desk.app.deliverer().preview(chosen.id, "html", start)
    return HTMLResponse(mail.replace("<head>", '<head><base target="_blank">', 1), headers=MAIL)


def deliveries(request: Request, desk: Desk) -> Response:
    """List what was sent, or could not be."""
    asked(request.query_params)
    failed = request.query_params.get("failed", "") not in {"", "0"}
    found = desk.library.deliveries(failed=failed, limit=DELIVERIES)
    return page(request, desk, "deliveries.html", deliveries=found, failed=failed, most=DELIVERIES, paused=paused(desk))


def paused(desk: Desk) -> list[str]:
    """Say of each paused channel why it is, and what waits for it."""
    return [pausing.describe(state) for state in desk.library.channel_states().values() if state.paused_at]


def since(request: Request) -> str:
    """Read of how long a time a preview is wanted; empty: since the last run."""
    given = request.query_params.get("since", "").strip()
    if given and length(given) > LONGEST:
        raise Refusal(400, "since: a preview tells of 14 days at most")
    return given


def named(name: str, desk: Desk) -> DigestConfig:
    """Return a digest of the configuration."""
    known = {digest.id: digest for digest in desk.settings.digests}
    if name not in known:
        guess = closest(name, known)
        raise Refusal(404, "The configuration has no such digest" + (f"; did you mean “{guess}”?" if guess else "."))
    return known[name]
