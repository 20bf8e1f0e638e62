"""Values as the JSON objects of the CLI's listings and the web API. Users' scripts rely on the keys.

Where an object has the fields of its value, the class declares the keys and their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from monitor.core.articles import paragraph_edits
from monitor.core.json_objects import JsonObject, evidence, fields_of
from monitor.core.ledger import MEANINGS, describe_difference
from monitor.core.matching.passages import marked_ranges, plain_text
from monitor.core.model import (
    DailyUsage,
    Delivery,
    DigestConfig,
    DigestRun,
    Feed,
    FeedCoverage,
    FeedId,
    FeedState,
    Hit,
    Ledger,
    StoredArticle,
    Story,
)
from monitor.core.search.query import SearchQuery
from monitor.core.search.snippets import snippet


def hit(value: Hit) -> JsonObject:
    """Return a hit with its evidence."""
    return fields_of(value, without=("entry_id",)) | {"evidence": [evidence(item) for item in value.evidence]}


def story(value: Story) -> JsonObject:
    """Return a story with its articles, best source first."""
    return {
        "id": value.id,
        "first_at": value.first_at,
        "last_at": value.last_at,
        "outlets": len({article.feed_id for article in value.articles}),
        "title": value.articles[0].title if value.articles else "",
        "articles": [fields_of(article) for article in value.articles],
    }


def labelled_article(value: StoredArticle, topics: list[str], *, labelled: bool) -> JsonObject:
    """Return an article that rules found with its topics, in the format that `rules score` reads."""
    return {
        "id": str(value.id),
        "title": value.article.title,
        "text": value.article.text,
        "lang": value.article.language,
        "topics": topics,
        "labelled": labelled,
        "sample": "hits",
    }


def article_version(value: StoredArticle, before: StoredArticle | None) -> JsonObject:
    """Return one version of an article with the edits since the version before."""
    is_comparable = before is not None and before.text_removed_at is None and value.text_removed_at is None
    changes = paragraph_edits.compare_versions(before.article, value.article) if before and is_comparable else ()
    return article(value) | {
        "version": value.version,
        "edits": [{"mark": change.mark, "text": change.text} for change in changes],
    }


def article(value: StoredArticle) -> JsonObject:
    """Return an archived article."""
    return {
        "id": value.id,
        "feed_id": value.feed_id,
        "url": value.article.url,
        "title": value.article.title,
        "language": value.article.language,
        "published_at": value.article.published_at,
        "stored_at": value.stored_at,
        "partial": value.article.partial,
        "quality": value.article.quality,
        "version": value.version,
        "story_id": value.story_id,
        "text": value.article.text,
        "text_removed_at": value.text_removed_at,
        "text_removed_after_days": value.days_until_removal,
    }


def search_result(value: StoredArticle, query: SearchQuery) -> JsonObject:
    """Return an archived article with the passage that answers a query; `marks`: [start, end) within it."""
    passage = snippet(query, value.article.text)
    return article(value) | {"snippet": plain_text(passage), "marks": marked_ranges(passage)}


def feed(value: Feed) -> JsonObject:
    """Return a feed as it is configured."""
    return {
        "id": value.id,
        "url": value.url,
        "title": value.title,
        "language": value.language,
        "country": value.country,
        "tier": str(value.tier),
        "tags": list(value.tags),
        "fulltext": value.fulltext,
        "interval_s": _seconds(value.interval),
    }


def feeds_health(
    feeds: Iterable[Feed],
    states: Mapping[FeedId, FeedState],
    stored: Mapping[FeedId, DailyUsage],
    covered: Mapping[FeedId, FeedCoverage],
) -> list[JsonObject]:
    """Return the health of feeds: with their states, what was stored today, and the coverage of the last day."""
    return [_feed_health(each.id, states.get(each.id), stored.get(each.id), covered.get(each.id)) for each in feeds]


def _feed_health(
    feed_id: FeedId, state: FeedState | None, stored: DailyUsage | None, covered: FeedCoverage | None
) -> JsonObject:
    known = state or FeedState(feed_id=feed_id)
    return {
        "title_only_today": stored.title_only if stored else 0,
        "unmatched_last_day": covered.unmatched if covered else 0,
        "wrong_texts_last_day": covered.wrong_texts if covered else 0,
        "id": feed_id,
        "state": str(known.health),
        "last_success_at": known.last_success_at,
        "last_entry_at": known.last_entry_at,
        "failures": known.failures,
        "reason": known.reason,
        "next_poll_at": known.next_poll_at,
        "interval_s": _seconds(known.interval),
        "expected_silence_s": _seconds(known.expected_silence),
        "usual_gap_s": _seconds(known.usual_gap),
        "fingerprint": known.fingerprint,
        "layout_changed_at": known.layout_changed_at,
        "interval_reason": known.interval_reason if state else None,
        "moved_to": known.url or known.moved_to,
        "unread_pages_last_day": covered.unread_pages if covered else 0,
    }


def _seconds(duration: timedelta | None) -> float | None:
    return duration.total_seconds() if duration else None


def digest(value: DigestConfig, last: DigestRun | None, next_run_at: datetime) -> JsonObject:
    """Return a digest as it is configured, with its last run and the time of the next."""
    return {
        "id": value.id,
        "title": value.title,
        "schedule": value.schedule,
        "timezone": value.timezone,
        "channels": list(value.channels),
        "recipient": value.recipient or None,
        "last_run_at": last.created_at if last else None,
        "last_hits": last.hits if last else None,
        "next_run_at": next_run_at,
    }


def delivery(value: Delivery) -> JsonObject:
    """Return one delivery of the outbox."""
    return fields_of(value, without=("failed_at", "retry_since", "unconfirmed")) | {"status": value.status}


def ledger_rows(value: Ledger) -> list[JsonObject]:
    """Return a row for each count, and one for each difference, of which `expected` is the other count."""
    window = {"since": value.since, "until": value.until}
    rows: list[JsonObject] = []
    for account in value.accounts:
        rows += [
            {"account": account.name, "kind": line.kind, "item": line.item, "count": line.count, "expected": None}
            | {"meaning": MEANINGS[line.item]}
            | window
            for line in account.lines
        ]
        rows += [
            {"account": account.name, "kind": "difference", "item": each.check, "count": each.found}
            | {"expected": each.expected, "meaning": describe_difference(each)}
            | window
            for each in account.differences
        ]
    return rows
