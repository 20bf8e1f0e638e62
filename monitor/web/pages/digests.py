"""Digests: schedule, preview and past runs; and the outbox of messages."""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from monitor.core.digests.slots import next_slot
from monitor.core.jobs import health_problems
from monitor.core.messages import pausing
from monitor.core.model import DigestConfig
from monitor.core.problems import did_you_mean
from monitor.web.context import WebContext
from monitor.web.params import RequestError, parse_instant
from monitor.web.responses import render_page

MAX_LISTED_RUNS = 20
MAX_LISTED_DELIVERIES = 100
MAX_PREVIEW_PERIOD = timedelta(days=14)
PREVIEW_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'self'; form-action 'none'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
    "x-frame-options": "SAMEORIGIN",
}
"""A mail has inline styles and is shown in a frame of its own; its links open in a new tab, and nothing else runs."""


def digests(request: Request, context: WebContext) -> Response:
    """List the digests."""
    now, store = context.clock(), context.store
    digests = [
        (each, next_slot(each.schedule, each.timezone, now), store.last_run(recorded_name(each, context)))
        for each in context.settings.digests
    ]
    undelivered = store.count_undelivered(now - pausing.RECENT_FAILURES)
    return render_page(request, context, "digests.html", digests=digests, undelivered=undelivered)


def digest(request: Request, context: WebContext) -> Response:
    """Show one digest."""
    digest = find_digest(request.path_params["digest"], context)
    name = recorded_name(digest, context)
    return render_page(
        request,
        context,
        "digest.html",
        digest=digest,
        since=_parse_preview_since(request, context.clock()),
        next_run=next_slot(digest.schedule, digest.timezone, context.clock()),
        runs=context.store.past_runs(name, MAX_LISTED_RUNS),
        deliveries=context.store.deliveries_of(name, MAX_LISTED_DELIVERIES),
        is_requested=not {digest.id, digest.was}.isdisjoint(context.store.requested_digests()),
        when_sent=when_sent(context),
    )


def preview(request: Request, context: WebContext) -> Response:
    """Show the digest as the mail that would be sent now; changes nothing."""
    digest = find_digest(request.path_params["digest"], context)
    now = context.clock()
    since = _parse_preview_since(request, now)
    start = parse_instant(since, "since", now) if since else None
    return framed_mail(context.app.deliverer().preview(digest.id, "html", start))


def framed_mail(html: str) -> Response:
    """Return a mail for a frame of a page; its links open in a new tab."""
    return HTMLResponse(html.replace("<head>", '<head><base target="_blank">', 1), headers=PREVIEW_HEADERS)


def deliveries(request: Request, context: WebContext) -> Response:
    """List the newest deliveries, or those that failed or are sent again, or those cancelled."""
    failed, cancelled = is_set(request, "failed"), is_set(request, "cancelled")
    return render_page(
        request,
        context,
        "deliveries.html",
        deliveries=context.store.deliveries(failed=failed, cancelled=cancelled, limit=MAX_LISTED_DELIVERIES),
        chosen="cancelled" if cancelled else "failed" if failed else "",
        max_deliveries=MAX_LISTED_DELIVERIES,
        paused=paused_channels(context),
    )


def paused_channels(context: WebContext) -> list[str]:
    """Return a sentence for each paused channel: why it is paused, and how much waits for it."""
    return [
        pausing.describe_paused_channel(state) for state in context.store.channel_states().values() if state.paused_at
    ]


def when_sent(context: WebContext) -> str:
    """Say when the daemon sends what a reader asks for."""
    if health_problems(context.app.heartbeats(), context.clock()):
        return "The daemon is not running, or not well (see the overview): it is sent once the daemon works."
    return "The daemon sends it within seconds."


def is_set(request: Request, name: str) -> bool:
    """Return whether a flag such as `failed=1` is in the query string."""
    return request.query_params.get(name, "") not in {"", "0"}


def recorded_name(digest: DigestConfig, context: WebContext) -> str:
    """Return the name under which the runs of a digest are stored."""
    return context.store.recorded_name(digest.id, digest.was)


def find_digest(digest_id: str, context: WebContext) -> DigestConfig:
    """Return a configured digest; RequestError 404 if there is none of that id."""
    digests = {digest.id: digest for digest in context.settings.digests}
    if digest_id not in digests:
        hint = did_you_mean(digest_id, digests, quoted="“{}”") or "."
        raise RequestError(404, f"There is no digest with this id{hint}")
    return digests[digest_id]


def _parse_preview_since(request: Request, now: datetime) -> str:
    """Return the period that a preview covers; empty: since the last run."""
    since = request.query_params.get("since", "").strip()
    if since and now - parse_instant(since, "since", now) > MAX_PREVIEW_PERIOD:
        raise RequestError(400, "Invalid filter since: a preview covers 14 days at most")
    return since
