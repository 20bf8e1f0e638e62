"""A digest as plain JSON values, for webhooks and previews. Keys stay; more may come beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.core.matching.passages import plain
from monitor.core.messages.render import _words as words

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.digests import Digest, Section
    from monitor.core.digests.coverage import CoverageReport, FeedNote
    from monitor.core.digests.digest_stories import DigestStory, Outlet


def json(digest: Digest) -> dict[str, Any]:
    """Render the digest; times are ISO 8601 in UTC."""
    return {
        "kind": digest.kind,
        "id": digest.id,
        "title": digest.title,
        "subject": words.subject(digest),
        "headline": digest.headline,
        "remark": digest.remark,
        "slot": _time(digest.window.slot),
        "since": _time(digest.window.since),
        "until": _time(digest.window.until),
        "timezone": digest.timezone,
        "next_at": _time(digest.next_at),
        "hits": len(digest.hit_ids),
        "new_stories": digest.new_stories,
        "urgent_stories": digest.urgent_stories,
        "urgent_updates": digest.urgent_updates,
        "left_out": digest.left_out,
        "sections": [_section(section) for section in digest.sections],
        "updates": [_story(told) for told in digest.updates],
        "backfilled": [_story(told) for told in digest.backfilled],
        "quiet": list(digest.quiet_topics),
        "coverage": _proof(digest.coverage) if digest.coverage else None,
        "rule_changes": [
            {"rule_id": change.rule_id, "what": change.description, "author": change.author}
            for change in digest.rule_changes
        ],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "topic": section.topic,
        "title": section.title,
        "hits": section.hits,
        "weeks": list(section.weeks),
        "major": [_story(told) for told in section.major],
        "passing": [_story(told) for told in section.passing],
        "see_also": [
            {"title": pointer.title, "topic_title": pointer.topic_title} for pointer in section.cross_references
        ],
        "see_also_left_out": section.cross_references_left_out,
        "left_out": section.left_out,
        "urgent_left_out": section.urgent_left_out,
    }


def _story(told: DigestStory) -> dict[str, Any]:
    return {
        "story_id": told.story_id,
        "hit_ids": list(told.hit_ids),
        "title": told.title,
        "url": told.lead.url,
        "source": {"feed_id": told.lead.feed_id, "title": told.lead.title, "tier": str(told.lead.tier)},
        "language": told.language,
        "published_at": _time(told.published_at),
        "found_at": _time(told.found_at),
        "priority": told.priority,
        "score": told.score,
        "prominence": "passing" if told.passing else "major",
        "sentence": plain(told.passage),
        "marks": _marks(told),
        "rules": [
            {"rule_id": found.rule_id, "title": found.title, "terms": list(found.terms), "more_terms": found.more_terms}
            for found in told.matched_rules
        ],
        "topic": told.topic,
        "also_topics": list(told.also_topics),
        "partial": told.partial,
        "updated": told.updated,
        "backfilled": told.backfilled,
        "earlier": _time(told.notified_at),
        "alerted_at": _time(told.alerted_at),
        "also_in": [_outlet(outlet) for outlet in told.others],
    }


def _marks(told: DigestStory) -> list[list[int]]:
    """Offsets of the matched terms in `sentence`."""
    marks, at = [], 0
    for piece in told.passage:
        if piece.marked:
            marks.append([at, at + len(piece.text)])
        at += len(piece.text)
    return marks


def _outlet(outlet: Outlet) -> dict[str, Any]:
    return {"feed_id": outlet.feed_id, "title": outlet.title, "tier": str(outlet.tier), "url": outlet.url}


def _proof(proof: CoverageReport) -> dict[str, Any]:
    return {
        "feeds": proof.feeds,
        "heard": proof.polled,
        "articles": proof.articles,
        "partial": proof.partial,
        "failing": [_note(note) for note in proof.failing],
        "silent": [_note(note) for note in proof.unusually_quiet],
        "unheard": [_note(note) for note in proof.not_polled],
        "not_due": [_note(note) for note in proof.not_due],
        "possible_gaps": [_note(note) for note in proof.possible_gaps],
        "title_only": [_note(note) | {"entries": note.count} for note in proof.title_only],
        "unmatched": [_note(note) | {"articles": note.count} for note in proof.unmatched],
    }


def _note(note: FeedNote) -> dict[str, Any]:
    return {
        "feed_id": note.feed_id,
        "title": note.title,
        "reason": note.reason,
        "last_success_at": _time(note.last_success_at),
        "last_entry_at": _time(note.last_entry_at),
    }


def _time(instant: datetime | None) -> str | None:
    return instant.isoformat().replace("+00:00", "Z") if instant else None
