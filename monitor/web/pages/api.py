"""The same as JSON, for programs: the keys are those of the command line's listings.

An answer is a plain list. Where there is more, the header `Link` says where it goes on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core import serializers
from monitor.web.answers import data
from monitor.web.asked import FILTERS, MOST, MOST_TEXTS, Refusal, asked, path_of, refuse_unknown
from monitor.web.pages.digests import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response

    from monitor.store import Page
    from monitor.web.asked import Asked
    from monitor.web.desk import Desk


PIECE = ("limit", "before")


def hits(request: Request, desk: Desk) -> Response:
    """Hits, newest first."""
    wanted = _asked(request, *FILTERS, *PIECE)
    found = desk.library.find_hits(wanted.query(desk.clock()), wanted.before, wanted.limit)
    return _listed(request, wanted, found, map(serializers.hit, found.found))


def stories(request: Request, desk: Desk) -> Response:
    """Stories, each with its best source first."""
    wanted = _asked(request, "since", *PIECE)
    found = desk.library.find_stories(wanted.query(desk.clock()).since, wanted.before, wanted.limit)
    return _listed(request, wanted, found, map(serializers.story, desk.app.sort_sources(found.found)))


def search(request: Request, desk: Desk) -> Response:
    """Articles that hold every word."""
    wanted = _asked(request, "words", *PIECE, most=MOST_TEXTS)
    if not wanted.words:
        raise Refusal(400, "words: say which words to look for")
    found = desk.library.find_articles(wanted.words, wanted.before, wanted.limit)
    return _listed(request, replace(wanted, since=""), found, map(serializers.article, found.found))  # of all times


def feeds(request: Request, desk: Desk) -> Response:
    """How each feed stands."""
    _asked(request)
    now, states = desk.clock(), desk.library.states()
    stored, feeds = desk.library.stored_on(now.date()), desk.settings.feeds
    last_day = desk.library.coverage(feeds, now - timedelta(days=1), now).feeds
    ids = [(each.feed_id, each) for each in last_day]
    return data(
        [serializers.feed_health(feed_id, states.get(feed_id), stored.get(feed_id), each) for feed_id, each in ids]
    )


def runs(request: Request, desk: Desk) -> Response:
    """When a digest ran."""
    wanted = _asked(request, "id", "limit")
    chosen = named(request.query_params.get("id", ""), desk)
    return data([serializers.digest_run(run) for run in desk.library.runs(chosen.id, wanted.limit)])


def deliveries(request: Request, desk: Desk) -> Response:
    """Deliveries, newest first."""
    wanted = _asked(request, "failed", "limit")
    failed = request.query_params.get("failed", "") not in {"", "0"}
    paused = {name for name, state in desk.library.channel_states().items() if state.paused_at}
    return data(
        [serializers.delivery(each, paused) for each in desk.library.deliveries(failed=failed, limit=wanted.limit)]
    )


def _asked(request: Request, *known: str, most: int = MOST) -> Asked:
    refuse_unknown(request.query_params, known)
    return asked(request.query_params, most)


def _listed(request: Request, wanted: Asked, found: Page[Any], listed: Iterable[dict[str, Any]]) -> Response:
    onward = {"link": f'<{wanted.address(path_of(request), found.next)}>; rel="next"'} if found.next else None
    return data(list(listed), headers=onward)


VIEWS: dict[str, Callable[[Request, Desk], Response]] = {
    "/api/v1/hits": hits,
    "/api/v1/stories": stories,
    "/api/v1/search": search,
    "/api/v1/feeds/health": feeds,
    "/api/v1/digests/runs": runs,
    "/api/v1/deliveries": deliveries,
}
