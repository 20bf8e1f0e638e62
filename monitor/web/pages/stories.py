"""The list of stories, and one story with what happened, its articles, the rules that matched, and its rank."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.web.cards import digest_stories, hit_cards
from monitor.web.context import WebContext
from monitor.web.pages.hits import PERIODS
from monitor.web.params import RequestError, parse_id, parse_list_params
from monitor.web.responses import render_page

MAX_UNFOLDED_ARTICLES = 6
"""Articles of a story that are shown unfolded."""


def stories(request: Request, context: WebContext) -> Response:
    """List stories, each with its best source first."""
    params = parse_list_params(request.query_params)
    since = params.get("since")
    result = context.store.find_stories(params.query(context.clock()).since, params.before, params.limit)
    return render_page(
        request,
        context,
        "stories.html",
        params=params,
        periods=PERIODS if since in PERIODS else {since: since, **PERIODS},
        stories=context.app.sort_sources(result.items),
        feeds=context.feed_titles(),
        max_outlets=MAX_UNFOLDED_ARTICLES,
        next_page=params.url("/stories", result.next) if result.next else "",
    )


def story(request: Request, context: WebContext) -> Response:
    """Show one story."""
    story_id = parse_id(request.path_params["story"])
    hits = context.store.hits_of_stories([story_id])
    if not hits:
        raise RequestError(404, "There is no story with this number. It may have been removed after its retention.")
    (shown,) = digest_stories(hits, context)
    (stored,) = context.app.sort_sources(context.store.stories_of([story_id]))
    return render_page(
        request,
        context,
        "story.html",
        story=shown,
        articles=stored.articles,
        feeds=context.feed_titles(),
        cards=hit_cards(sorted(hits, key=lambda hit: hit.article_id), context),
    )
