"""The feeds: how each stands and why, what is wrong first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.model import FeedState, Health
from monitor.web.answers import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from monitor.core.model import Feed
    from monitor.web.desk import Desk

ORDER = (Health.FAILING, Health.GONE, Health.SILENT, Health.FROZEN, Health.NEW, Health.OK)
MOST = 1000
MEANINGS = {
    Health.FAILING: "the last polls failed; it is tried again, less and less often",
    Health.GONE: "the publisher says that it will not come back",
    Health.SILENT: "it answers, but has been quiet for longer than its own rhythm explains",
    Health.FROZEN: "it answers, but its newest entry is very old",
    Health.NEW: "it was never polled",
    Health.OK: "it is heard",
}


def feeds(request: Request, desk: Desk) -> Response:
    """List them."""
    listed = standing(desk)
    counts = {state: sum(known.health is state for _, known in listed) for state in ORDER}
    return page(
        request,
        desk,
        "feeds.html",
        feeds=listed[:MOST],
        left_out=max(0, len(listed) - MOST),
        counts={str(state): number for state, number in counts.items() if number},
        meanings={str(state): meaning for state, meaning in MEANINGS.items()},
    )


def standing(desk: Desk) -> list[tuple[Feed, FeedState]]:
    """Pair each feed with its state, those in trouble first, the longest unheard before the others."""
    states = desk.library.states()
    pairs = [(feed, states.get(feed.id, FeedState(feed_id=feed.id))) for feed in desk.settings.feeds]
    return sorted(pairs, key=lambda pair: (ORDER.index(pair[1].health), _heard(pair[1]), str(pair[0].id)))


def _heard(state: FeedState) -> float:
    return state.last_success_at.timestamp() if state.last_success_at else 0.0
