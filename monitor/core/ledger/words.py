"""The fixed words of the ledger and their meanings; the same in JSON, on the page and in the documentation."""

from __future__ import annotations

from monitor.core.model import LedgerDifference

MEANINGS = {
    "seen": "entries in the documents that were polled",
    "new": "stored as new entries",
    "edited": "stored as new versions of known entries",
    "same_text": "edited entries whose text is as before",
    "known": "stored by an earlier poll, and unchanged",
    "stored_before": "stored by another poll meanwhile",
    "empty": "without link, title and text",
    "duplicates": "repetitions in the same document",
    "over_limit": "older entries of very long documents",
    "excluded": "left out by include or exclude of their feed",
    "version_limit": "edited again after the last version that is stored",
    "expired": "edited after retention removed their text",
    "postponed": "edits beyond the feed's daily limit; read on the next day",
    "unread": "not read when the poll was broken off; new at the next poll",
    "articles": "versions of articles that were stored",
    "matched": "with a hit",
    "unmatched": "without a hit",
    "partial": "perhaps read only in part",
    "truncated": "cut at the maximum length",
    "title_only": "title only, beyond the feed's daily limit",
    "not_fully_matched": "not fully matched, because it took too long",
    "hits": "hits that were stored",
    "notified": "in a digest or an alert",
    "waiting": "for the next digest",
    "max_stories": "in a story that a digest counted but did not show (max_stories)",
    "max_per_day": "in a story beyond the daily limit of its rules or of alerts (max_per_day)",
    "rule_status": "of a rule that is not live",
    "topics": "no digest includes the topic",
    "rules": "no digest includes the rule",
    "feeds": "no digest includes the feed",
    "languages": "no digest includes the language",
    "tags": "no digest includes a tag of the feed",
    "countries": "no digest includes the country of the feed",
    "tiers": "no digest includes the tier of the feed",
    "min_priority": "below the priority of every digest",
    "no_channel": "no channel is configured",
    "no_digest": "no digest is configured",
    "past_lookback": "too old for the next run of a digest that would include it now",
    "urgent": "live hits that are urgent enough for an alert",
    "alerted": "in an alert",
    "collecting": "for the next alert",
    "cooldown": "of a story that was in an alert shortly before (cooldown)",
    "before_alerts": "found before its channel or its priority was alerted",
    "alert_full": "of a story for which an alert had no room",
    "backfilled": "found in the archive, or old on arrival",
    "too_old": "could not be sent within 48 hours",
    "unspecified": "left to the digest before reasons were stored",
    "messages": "messages to a recipient",
    "delivered": "accepted by the other side",
    "queued": "for the next attempt",
    "sending": "being sent now",
    "dead": "given up after an error; see `monitor deliveries --failed`",
    "cancelled": "not sent, because their reader, or the channel of a notice, was removed from the configuration",
    "unclear": "may have arrived twice, or not at all",
}
LOST_ROWS = "rows were lost: run `monitor db check`, and restore a backup if it reports damage"
REPORT = "this is a bug: report it with the log of that time"
CHECKS = {
    "entries_accounted": ("entries of documents, and what became of them", REPORT),
    "entries_stored": ("entries that were counted as stored, and entries in the database", LOST_ROWS),
    "entries_with_article": ("entries in the database, and those of them that have an article", LOST_ROWS),
    "articles_stored": ("articles that were counted as stored, and articles in the database", LOST_ROWS),
    "matches_stored": ("matches that were found, and those that became hits or had been hits before", REPORT),
    "hits_stored": ("hits that were counted as stored, and hits in the database", LOST_ROWS),
    "claims_stored": ("hits that digests recorded as included, and those recorded for them one by one", LOST_ROWS),
    "messages_stored": ("messages that were written, and messages in the outbox", LOST_ROWS),
    "deliveries_stored": ("recipients of those messages, and their deliveries in the outbox", LOST_ROWS),
    "deliveries_accounted": ("deliveries in the outbox, and those in a known state", REPORT),
}
"""The meaning of the two counts of each check, and what to do when they differ."""
BRIEF_REASONS = {
    "empty": "empty",
    "duplicates": "repeated",
    "over_limit": "beyond the longest document",
    "excluded": "excluded by the feed's patterns",
    "version_limit": "edited too often",
    "expired": "edited after their text was removed",
    "postponed": "daily limit",
    "unread": "not read yet",
}
"""Why entries are left out, for a sentence."""


def describe_difference(difference: LedgerDifference) -> str:
    """Return one line that says what differs and what to do."""
    what, advice = CHECKS[difference.check]
    where = f", of {', '.join(difference.feeds)}" if difference.feeds else ""
    return f"the ledger does not balance: {what}: {difference.expected:,} and {difference.found:,}{where}; {advice}"
