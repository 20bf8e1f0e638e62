"""The keys of the rows of listings: the header of their CSV, also where a listing has no row."""

from __future__ import annotations

_ARTICLE = (
    "id", "feed_id", "url", "title", "language", "published_at", "stored_at", "partial", "quality", "version",
    "story_id", "text", "text_removed_at", "text_removed_after_days",
)  # fmt: skip
_PROBED = ("ok", "url", "kind", "title", "entries", "newest_at", "reason", "moved_to")

DELIVERIES = (
    "id", "state", "kind", "channel", "recipient", "subject", "attempts", "created_at", "next_attempt_at", "sent_at",
    "last_error", "maybe_repeat", "answer", "message_key", "digest_id", "channel_paused", "status",
)  # fmt: skip
DIGESTS = (
    "id", "title", "schedule", "timezone", "channels", "recipient", "last_run_at", "last_hits", "next_run_at",
)  # fmt: skip
DISCOVERED_FEEDS = _PROBED
ENTRIES = ("id", "url", "title", "published_at", "summary")
FEEDS = ("id", "url", "title", "language", "country", "tier", "tags", "fulltext", "interval_s")
FEED_CHECKS = ("id", *_PROBED)
FEED_HEALTH = (
    "title_only_today", "unmatched_last_day", "wrong_texts_last_day", "id", "state", "last_success_at", "last_entry_at",
    "failures", "reason", "next_poll_at", "interval_s", "expected_silence_s", "usual_gap_s", "fingerprint",
    "layout_changed_at", "interval_reason", "moved_to", "unread_pages_last_day",
)  # fmt: skip
HITS = (
    "id", "rule_id", "topic", "status", "priority", "feed_id", "url", "title", "published_at", "found_at", "language",
    "prominence", "score", "partial", "backfilled", "updated", "article_id", "story_id", "rule_hash", "text_hash",
    "text_removed_at", "branch", "evidence",
)  # fmt: skip
MATCHES = ("id", "rule_id", "topic", "status", "priority", "branch", "prominence", "score", "evidence")
RANKED_ARTICLES = (
    "article_id", "feed_id", "title", "url", "language", "published_at", "stored_at", "score", "terms",
)  # fmt: skip
RULES = ("id", "title", "topic", "status", "priority", "tests", "seed", "path", "line", "precision")
RUNS = ("id", "digest_id", "slot", "since", "until", "hits", "messages", "created_at")
SAMPLED_ARTICLES = (
    "article_id", "feed_id", "title", "url", "language", "published_at", "terms", "stratum", "beginning",
)  # fmt: skip
SEARCH_RESULTS = (*_ARTICLE, "snippet", "marks")
STORIES = ("id", "first_at", "last_at", "outlets", "title", "articles")
SUGGESTIONS = (
    "id", "rule_id", "path", "target", "entry", "test", "misses_gained", "irrelevant_gained", "unjudged_gained",
    "background", "relevant_lost", "false_alarms_lost", "diff",
)  # fmt: skip
