"""The start page: whether the monitor works, and the newest hits."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.digests.slots import next_slot
from monitor.core.jobs import DAEMON
from monitor.core.messages.pausing import RECENT_FAILURES
from monitor.core.model import Health
from monitor.store import HitQuery
from monitor.web.cards import hit_cards
from monitor.web.context import WebContext
from monitor.web.pages.digests import paused_channels
from monitor.web.responses import render_page

MAX_NEWEST_HITS = 10


def overview(request: Request, context: WebContext) -> Response:
    """Show the start page."""
    now, store = context.clock(), context.store
    problems, states = context.app.health_problems(), store.states()
    feed_counts = Counter(
        states[feed.id].health if feed.id in states else Health.NEW for feed in context.settings.feeds
    )
    next_runs = sorted(
        (next_slot(digest.schedule, digest.timezone, now), digest.title or digest.id, digest.id)
        for digest in context.settings.digests
    )
    newest = store.find_hits(HitQuery(since=now - timedelta(days=7)), limit=MAX_NEWEST_HITS)
    return render_page(
        request,
        context,
        "overview.html",
        last_activity=context.app.heartbeats().get(DAEMON),
        problems=problems,
        degraded=[] if problems else context.app.degrading_conditions(),
        feeds=len(context.settings.feeds),
        feed_counts={state.value: feed_counts[state] for state in Health},
        day=store.count_hits(now - timedelta(days=1)),
        week=store.count_hits(now - timedelta(days=7)),
        next_run=next_runs[0] if next_runs else None,
        undelivered=store.count_undelivered(now - RECENT_FAILURES),
        paused=paused_channels(context),
        newest=hit_cards(newest.items, context),
    )
