"""The front page, which answers two questions: is it working, and what is new."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.digests.slots import next_slot
from monitor.core.jobs import DAEMON, health_problems
from monitor.core.model import Health
from monitor.store import HitQuery
from monitor.web.answers import page
from monitor.web.pages.digests import paused
from monitor.web.pages.hits import tellings

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from monitor.web.desk import Desk

NEWEST = 10
FAILED = 5


def front(request: Request, desk: Desk) -> Response:
    """Answer both."""
    now, library = desk.clock(), desk.library
    beats, states = desk.app.heartbeats(), library.states()
    standing = Counter(states[feed.id].health if feed.id in states else Health.NEW for feed in desk.settings.feeds)
    upcoming = sorted(
        (next_slot(digest.schedule, digest.timezone, now), digest.title or digest.id, digest.id)
        for digest in desk.settings.digests
    )
    newest = library.find_hits(HitQuery(since=now - timedelta(days=7)), limit=NEWEST)
    return page(
        request,
        desk,
        "front.html",
        alive=beats.get(DAEMON),
        health_problems=health_problems(beats, now),
        feeds=len(desk.settings.feeds),
        standing={state.value: standing[state] for state in Health},
        day=library.count_hits(now - timedelta(days=1)),
        week=library.count_hits(now - timedelta(days=7)),
        upcoming=upcoming[0] if upcoming else None,
        failed=library.deliveries(failed=True, limit=FAILED),
        paused=paused(desk),
        newest=tellings(newest.found, desk),
    )
