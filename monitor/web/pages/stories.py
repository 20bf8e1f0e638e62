"""One story: what happened, who reported it, every rule that matched with its evidence, and the parts of its rank."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from monitor.core.digests.digest_stories import add_summary, summarize
from monitor.web.pages.hits import hit_cards
from monitor.web.params import RequestError, parse_id
from monitor.web.responses import render_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from monitor.core.digests.digest_stories import DigestStory
    from monitor.core.model import Hit
    from monitor.web.context import WebContext

LABELS_WITHIN = timedelta(days=180)
"""As for digests (monitor.deliver)."""


def story(request: Request, context: WebContext) -> Response:
    """Show one story."""
    story_id = parse_id(request.path_params["story"])
    hits = context.library.hits_of_stories([story_id])
    if not hits:
        raise RequestError(404, "There is no story with this number. It may have been removed after its retention.")
    (shown,) = digest_stories(hits, context)
    (stored,) = context.app.sort_sources(context.library.stories_of([story_id]))
    return render_page(
        request,
        context,
        "story.html",
        story=shown,
        articles=stored.articles,
        feeds=context.feed_titles(),
        cards=hit_cards(sorted(hits, key=lambda hit: hit.article_id), context),
    )


def digest_stories(hits: Iterable[Hit], context: WebContext) -> list[DigestStory]:
    """Summarize stories from hits as a digest does, in the order of their first hit."""
    by_story: dict[int, list[Hit]] = {}
    for hit in hits:
        by_story.setdefault(hit.story_id, []).append(hit)
    stored = {each.id: each for each in context.library.stories_of(list(by_story))}
    topics = context.settings.rules.topics
    summarize_story = partial(
        summarize,
        feeds={feed.id: feed for feed in context.settings.feeds},
        rules={rule_id: rule.title for rule_id, rule in context.rules_by_id().items()},
        topic_titles=context.topic_titles(),
        catch_all=frozenset(slug for slug, topic in topics.items() if topic.catch_all),
        labels=context.library.label_counts(context.clock() - LABELS_WITHIN),
        notified_at=None,
        alerted_at=None,
    )
    shown = [summarize_story(of_story, stored.get(story_id)) for story_id, of_story in by_story.items()]
    openings = context.library.openings([each.article_id for each in shown])
    return [add_summary(each, openings.get(each.article_id)) for each in shown]
