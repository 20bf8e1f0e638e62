"""The same as JSON, for programs: the keys are those of the command line's listings.

An answer is a plain list. Where there is more, the header `Link` says where it goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor import rows
from monitor.web.answers import data
from monitor.web.asked import MOST_TEXTS, Refusal, asked, path_of
from monitor.web.pages.digests import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response

    from monitor.store import Page
    from monitor.web.asked import Asked
    from monitor.web.desk import Desk


def hits(request: Request, desk: Desk) -> Response:
    """Hits, newest first."""
    wanted = asked(request.query_params)
    found = desk.library.find_hits(wanted.query(desk.clock()), wanted.before, wanted.limit)
    return _listed(request, wanted, found, map(rows.hit, found.found))


def stories(request: Request, desk: Desk) -> Response:
    """Stories, each with its best source first."""
    wanted = asked(request.query_params)
    found = desk.library.find_stories(wanted.query(desk.clock()).since, wanted.before, wanted.limit)
    return _listed(request, wanted, found, map(rows.story, desk.app.ranked(found.found)))


def search(request: Request, desk: Desk) -> Response:
    """Articles that hold every word."""
    wanted = asked(request.query_params, MOST_TEXTS)
    if not wanted.words:
        raise Refusal(400, "words: say which words to look for")
    found = desk.library.find_articles(wanted.words, wanted.before, wanted.limit)
    return _listed(request, wanted, found, map(rows.article, found.found))


def feeds(_request: Request, desk: Desk) -> Response:
    """How each feed stands."""
    states = desk.library.states()
    return data([rows.health(feed.id, states.get(feed.id)) for feed in desk.settings.feeds])


def runs(request: Request, desk: Desk) -> Response:
    """When a digest ran."""
    wanted = asked(request.query_params)
    chosen = named(request.query_params.get("id", ""), desk)
    return data([rows.digest_run(run) for run in desk.library.runs(chosen.id, wanted.limit)])


def deliveries(request: Request, desk: Desk) -> Response:
    """Deliveries, newest first."""
    wanted = asked(request.query_params)
    failed = request.query_params.get("failed", "") not in {"", "0"}
    return data([rows.delivery(each) for each in desk.library.deliveries(failed=failed, limit=wanted.limit)])


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
