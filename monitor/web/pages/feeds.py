"""The feeds with their health; feeds with a problem come first."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.model import Feed, FeedState, Health
from monitor.web.context import WebContext
from monitor.web.responses import render_page

ORDER = (Health.FAILING, Health.GONE, Health.LAYOUT_CHANGED, Health.SILENT, Health.FROZEN, Health.NEW, Health.OK)
MAX_LISTED_FEEDS = 1000
DESCRIPTIONS = {
    Health.FAILING: "the last polls failed; it is retried at growing intervals",
    Health.GONE: "the publisher says that the feed was removed for good",
    Health.LAYOUT_CHANGED: "its items are not found any more, or in another place of the page; check what it gives",
    Health.SILENT: "it answers, but has published nothing for longer than usual",
    Health.FROZEN: "it answers, but its newest entry is very old",
    Health.NEW: "not polled yet",
    Health.OK: "polled successfully",
}


def feeds(request: Request, context: WebContext) -> Response:
    """List the feeds."""
    listed = _feeds_by_health(context)
    counts = {state: sum(known.health is state for _, known in listed) for state in ORDER}
    return render_page(
        request,
        context,
        "feeds.html",
        feeds=listed[:MAX_LISTED_FEEDS],
        covered=context.app.coverage_of_last_day(),
        left_out=max(0, len(listed) - MAX_LISTED_FEEDS),
        counts={str(state): feed_count for state, feed_count in counts.items() if feed_count},
        descriptions={str(state): text for state, text in DESCRIPTIONS.items()},
    )


def _feeds_by_health(context: WebContext) -> list[tuple[Feed, FeedState]]:
    """Return each feed with its state, sorted by health (worst first), then by the oldest successful poll."""
    states = context.store.states()
    pairs = [(feed, states.get(feed.id, FeedState(feed_id=feed.id))) for feed in context.settings.feeds]
    return sorted(pairs, key=lambda pair: (ORDER.index(pair[1].health), _last_success(pair[1]), str(pair[0].id)))


def _last_success(state: FeedState) -> float:
    return state.last_success_at.timestamp() if state.last_success_at else 0.0
