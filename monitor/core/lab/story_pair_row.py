"""A pair of articles, explained, as the JSON object of `monitor stories why`; users' scripts rely on the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.model import StoredArticle
from monitor.core.stories.events import OTHER_KIND, PER_DAY
from monitor.core.stories.pairs import StoryPair

if TYPE_CHECKING:
    from monitor.core.json_objects import JsonObject


def story_pair_row(pair: StoryPair) -> JsonObject:
    """Return both articles, the conclusion, and each part of the comparison with its points."""
    return {
        "articles": [_article(each) for each in (pair.earlier, pair.later)],
        "one_story": pair.is_one_story,
        "would_join": pair.would_join,
        "conclusion": " ".join((_describe_stored(pair), _describe_comparison(pair))),
        "copy": pair.copy.reason if pair.copy else None,
        "points": round(pair.event.points, 2),
        "required": pair.event.required,
        "veto": pair.event.veto or None,
        "parts": _parts(pair),
        "shared_terms": list(pair.shared),
    }


def _article(stored: StoredArticle) -> JsonObject:
    article = stored.article
    return {
        "id": stored.id,
        "story_id": stored.story_id,
        "feed_id": stored.feed_id,
        "title": article.title,
        "url": article.url,
        "language": article.language,
        "published_at": article.published_at,
        "stored_at": stored.stored_at,
    }


def _describe_stored(pair: StoryPair) -> str:
    """Say what the database has."""
    outside = [each.id for each in (pair.earlier, pair.later) if each.story_id is None]
    if outside:
        return f"No rule has found article {' and '.join(map(str, outside))}, so it is in no story."
    if pair.is_one_story:
        return f"Both are in story {pair.earlier.story_id}."
    return f"They are in two stories, {pair.earlier.story_id} and {pair.later.story_id}."


def _describe_comparison(pair: StoryPair) -> str:
    """Say what the comparison of the two alone gives."""
    event = pair.event
    if pair.copy:
        return f"The later one is a copy: {pair.copy.reason}."
    if event.veto:
        return f"Not compared as reports of one event: {event.veto}."
    points = f"{event.points:.1f} points, {event.required:g} required"
    if not event.is_close:
        return f"Not close enough to report one event: {points}."
    if pair.average is not None and pair.average < 0:
        short = f"{-pair.average:.1f} points too few on average"
        return f"Close to each other ({points}), but not to the first articles of the story: {short}."
    return f"Close enough to report one event: {points}."


def _parts(pair: StoryPair) -> list[JsonObject]:
    event = pair.event
    least, most = sorted(event.titles)
    parts = [
        ("words of title and lead in common (cosine)", f"{event.cosine:.2f}", event.scale.cosine * event.cosine),
        ("of one title in the other article, the smaller share", f"{least:.0%}", event.scale.smaller_share * least),
        ("of one title in the other article, the larger share", f"{most:.0%}", event.scale.larger_share * most),
        ("days between them", f"{event.days:.1f}", -PER_DAY * event.days),
    ]
    if event.kinds[0] != event.kinds[1]:
        parts.append(("different kinds of title", " / ".join(reversed(event.kinds)), -OTHER_KIND))
    rows: list[JsonObject] = [
        {"what": what, "value": value, "points": round(points, 2)} for what, value, points in parts
    ]
    if pair.average is not None:
        value = f"{pair.average:+.1f}"
        rows.append({"what": "on average, beside the first articles of the story", "value": value, "points": None})
    if pair.contained is not None:
        rows.append({"what": "of the shorter text in the longer one", "value": f"{pair.contained:.0%}", "points": None})
    return rows
