"""The balance of what was seen: each entry, article, hit and message is in one count, and each count has a reason.

A difference is found by comparing independent counts: what the parser counted in a document, what the poll decided to
leave out, what the store reported as written, and what the tables contain now. `words` defines the meaning of the
counts, `hits` the results for hits. The store reads the counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.core.ledger.hits import NextDigest, Recipients, alert_lines, hit_lines
from monitor.core.ledger.words import CHECKS, MEANINGS, describe_difference
from monitor.core.model import (
    DeliveryState,
    FeedId,
    Ledger,
    LedgerAccount,
    LedgerCounts,
    LedgerDifference,
    LedgerLine,
)

__all__ = ["CHECKS", "MEANINGS", "NextDigest", "Recipients", "balance", "describe_difference"]


def balance(counts: LedgerCounts, requested_since: datetime, recipients: Recipients, now: datetime) -> Ledger:
    """Make the ledger of a window."""
    return Ledger(
        since=counts.since,
        until=counts.until,
        requested_since=requested_since,
        accounts=(
            _entries(counts),
            _articles(counts),
            _hits(counts, recipients),
            _alerts(counts, recipients, now),
            _messages(counts),
        ),
    )


def _entries(counts: LedgerCounts) -> LedgerAccount:
    entries, stored = counts.entries, counts.stored
    lines = (
        LedgerLine("stored", "new", stored.new),
        LedgerLine("stored", "edited", stored.edited),
        LedgerLine("known", "known", entries.known),
        LedgerLine("known", "same_text", stored.same_text),
        LedgerLine("known", "stored_before", stored.stored_before),
        LedgerLine("left_out", "empty", entries.empty),
        LedgerLine("left_out", "duplicates", entries.duplicates),
        LedgerLine("left_out", "over_limit", entries.over_limit),
        LedgerLine("left_out", "excluded", entries.excluded),
        LedgerLine("left_out", "version_limit", entries.version_limit),
        LedgerLine("left_out", "expired", entries.expired),
        LedgerLine("left_out", "postponed", entries.postponed),
        LedgerLine("left_out", "unread", entries.unread),
    )
    with_article = counts.entry_rows - counts.entries_without_article
    return LedgerAccount(
        "entries",
        (LedgerLine("total", "seen", entries.seen), *_nonzero(lines)),
        (
            *_compare("entries_accounted", entries.seen, _sum(lines), counts.unbalanced_feeds),
            *_compare("entries_stored", stored.new, counts.entry_rows),
            *_compare("entries_with_article", counts.entry_rows, with_article),
        ),
    )


def _articles(counts: LedgerCounts) -> LedgerAccount:
    lines = (
        LedgerLine("total", "articles", counts.stored.articles),
        LedgerLine("stored", "matched", counts.matched),
        LedgerLine("stored", "unmatched", counts.article_rows - counts.matched),
        *_nonzero(
            (
                LedgerLine("of_which", "partial", counts.partial),
                LedgerLine("of_which", "truncated", counts.truncated),
                LedgerLine("of_which", "title_only", counts.title_only),
                LedgerLine("of_which", "not_fully_matched", counts.not_fully_matched),
            )
        ),
    )
    return LedgerAccount("articles", lines, _compare("articles_stored", counts.stored.articles, counts.article_rows))


def _hits(counts: LedgerCounts, recipients: Recipients) -> LedgerAccount:
    stored = counts.stored
    return LedgerAccount(
        "hits",
        (LedgerLine("total", "hits", stored.hits), *hit_lines(counts.hits, recipients)),
        (
            *_compare("matches_stored", stored.matches, stored.hits + stored.known_hits),
            *_compare("hits_stored", stored.hits, len(counts.hits)),
            *_compare("claims_stored", counts.claimed_by_runs, counts.claim_rows),
        ),
    )


def _alerts(counts: LedgerCounts, recipients: Recipients, now: datetime) -> LedgerAccount:
    lines = alert_lines(counts.hits, recipients, now)
    return LedgerAccount("alerts", (LedgerLine("total", "urgent", _sum(lines)), *lines))


def _messages(counts: LedgerCounts) -> LedgerAccount:
    stored, rows = counts.stored, sum(counts.deliveries.values())
    lines = (
        LedgerLine("notified", "delivered", counts.in_state(DeliveryState.SENT)),
        LedgerLine("waiting", "queued", counts.in_state(DeliveryState.QUEUED)),
        LedgerLine("waiting", "sending", counts.in_state(DeliveryState.SENDING)),
        LedgerLine("given_up", "dead", counts.in_state(DeliveryState.DEAD)),
        LedgerLine("given_up", "cancelled", counts.in_state(DeliveryState.CANCELLED)),
    )
    return LedgerAccount(
        "messages",
        (
            LedgerLine("total", "messages", stored.deliveries),
            *_nonzero((*lines, LedgerLine("of_which", "unclear", counts.unclear))),
        ),
        (
            *_compare("messages_stored", stored.messages, counts.message_rows),
            *_compare("deliveries_stored", stored.deliveries, rows),
            *_compare("deliveries_accounted", rows, _sum(lines)),
        ),
    )


def _compare(check: str, expected: int, counted: int, feeds: tuple[FeedId, ...] = ()) -> tuple[LedgerDifference, ...]:
    """Return the difference of two counts, or of counts that are equal in sum but not for each feed."""
    return (LedgerDifference(check, expected, counted, feeds),) if expected != counted or feeds else ()


def _nonzero(lines: Iterable[LedgerLine]) -> tuple[LedgerLine, ...]:
    return tuple(line for line in lines if line.count)


def _sum(lines: Iterable[LedgerLine]) -> int:
    return sum(line.count for line in lines)
