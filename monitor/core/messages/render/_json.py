"""A digest as plain JSON values, for webhooks and previews. Fields are only added, never renamed or removed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.core.digests.digest import Digest, ExtraPart, Section
from monitor.core.digests.digest_stories import DigestStory, MatchedRule, Outlet
from monitor.core.digests.source_coverage import CoverageReport, FeedNote
from monitor.core.matching.passages import marked_ranges, plain_text
from monitor.core.messages.render import _story_wording as story_wording
from monitor.core.messages.render import _wording as wording
from monitor.core.messages.render._coverage_wording import ledger_problems, ledger_summary, low_coverage_warning
from monitor.core.messages.render._subject import subject


def json(digest: Digest) -> dict[str, Any]:
    """Render the digest; times are ISO 8601 in UTC."""
    return {
        "kind": digest.kind,
        "id": digest.id,
        "title": digest.title,
        "subject": subject(digest),
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
        "updates": [_story(story) for story in digest.updates],
        "backfilled": [_story(story) for story in digest.backfilled],
        "quiet": list(digest.quiet_topics),
        "top": [story.story_id for story in digest.top_stories],
        "numbers": wording.numbers(digest),
        "is_first": digest.is_first,
        "extra_parts": [_extra(part) for part in digest.extra_parts],
        "coverage": _coverage(digest, digest.coverage) if digest.coverage else None,
        "rule_changes": [
            {
                "rule_id": change.rule_id,
                "title": change.title,
                "what": change.description,
                "author": change.author,
            }
            for change in digest.rule_changes
        ],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "topic": section.topic,
        "title": section.title,
        "hits": section.hits,
        "weeks": list(section.weeks),
        "major": [_story(story) for story in section.major],
        "passing": [_story(story) for story in section.passing],
        "see_also": [
            {"title": reference.title, "topic_title": reference.topic_title} for reference in section.cross_references
        ],
        "see_also_left_out": section.cross_references_left_out,
        "left_out": section.left_out,
        "urgent_left_out": section.urgent_left_out,
    }


def _story(story: DigestStory) -> dict[str, Any]:
    return {
        "story_id": story.story_id,
        "hit_ids": list(story.hit_ids),
        "title": story.title,
        "machine_translation": story.translated_title or None,
        "url": story.lead.url,
        "source": {"feed_id": story.lead.feed_id, "title": story.lead.title, "tier": str(story.lead.tier)},
        "language": story.language,
        "published_at": _time(story.published_at),
        "found_at": _time(story.found_at),
        "priority": story.priority,
        "score": story.score,
        "prominence": "passing" if story.passing else "major",
        "sentence": plain_text(story.passage),
        "marks": marked_ranges(story.passage),
        "summary": [plain_text(sentence) for sentence in story.summary],
        "headline_only": story.has_headline_only,
        "why": story_wording.why(story),
        "rank": {"points": story.rank.points, "parts": [part._asdict() for part in story.rank.parts]},
        "rules": [_rule(rule) for rule in story.matched_rules],
        "topic": story.topic,
        "also_topics": list(story.also_topics),
        "partial": story.partial,
        "updated": story.updated,
        "backfilled": story.backfilled,
        "text_removed": story.text_removed,
        "earlier": _time(story.notified_at),
        "alerted_at": _time(story.alerted_at),
        "also_in": [_outlet(outlet) for outlet in story.others],
    }


def _rule(rule: MatchedRule) -> dict[str, Any]:
    return {"rule_id": rule.rule_id, "title": rule.title, "terms": list(rule.terms), "more_terms": rule.more_terms}


def _extra(part: ExtraPart) -> dict[str, Any]:
    return {
        "title": part.title,
        "note": part.note,
        "stories": [_story(story) for story in part.stories],
        "lines": [{"text": line.text, "url": line.url, "article_id": line.to_judge} for line in part.lines],
    }


def _outlet(outlet: Outlet) -> dict[str, Any]:
    return {"feed_id": outlet.feed_id, "title": outlet.title, "tier": str(outlet.tier), "url": outlet.url}


def _coverage(digest: Digest, report: CoverageReport) -> dict[str, Any]:
    return {
        "feeds": report.feeds,
        "polled": report.polled,
        "sources": report.sources,
        "covered": report.covered,
        "polls": report.polls,
        "low": report.is_low,
        "articles": report.articles,
        "partial": report.partial,
        "failing": [_note(note) for note in report.failing],
        "layout_changed": [_note(note) for note in report.layout_changed],
        "silent": [_note(note) for note in report.unusually_quiet],
        "not_polled": [_note(note) for note in report.not_polled],
        "not_due": [_note(note) for note in report.not_due],
        "possible_gaps": [_note(note) for note in report.possible_gaps],
        "title_only": [_note(note) | {"entries": note.count} for note in report.title_only],
        "refused_edits": list(report.refused_edits),
        "ledger": _ledger(report),
        "unmatched": [_note(note) | {"articles": note.count} for note in report.unmatched],
        "wrong_texts": [_note(note) | {"articles": note.count} for note in report.wrong_texts],
        "unread_pages": [_note(note) | {"articles": note.count} for note in report.unread_pages],
        "warning": low_coverage_warning(digest),
        "notes": list(digest.coverage_notes),
        # Earlier names, kept for webhooks that read them.
        "heard": report.polled,
        "unheard": [_note(note) for note in report.not_polled],
    }


def _ledger(report: CoverageReport) -> dict[str, Any] | None:
    """Render what was seen; what became of hits and messages still changes after the digest."""
    if report.ledger is None:
        return None
    accounts = (report.ledger.account(name) for name in ("entries", "articles"))
    return {
        "since": _time(report.ledger.since),
        "summary": ledger_summary(report),
        "differences": ledger_problems(report),
        **{str(account.name): {line.item: line.count for line in account.lines} for account in accounts},
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
