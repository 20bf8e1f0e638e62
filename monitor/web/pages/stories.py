"""One story: what happened, who reported it, every rule that matched with its evidence, and the parts of its rank."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.web.cards import digest_stories, hit_cards
from monitor.web.context import WebContext
from monitor.web.params import RequestError, parse_id
from monitor.web.responses import render_page


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
