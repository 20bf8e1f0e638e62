"""The ledger: what was seen, what became of it, and where the two differ.

`EntryCounts` is what a poll decides about the entries of a document, `StoredCounts` what the store did in the same
transaction. Both are stored with that transaction. `LedgerCounts` are their sums in a window beside what the tables
hold, and `Ledger` is the balance made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from monitor.core.model.feeds import FeedId
from monitor.core.model.messages import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCounts:
    """The entries of a document, and what became of those that were not stored."""

    seen: int = 0
    """Entries of the document, as its parser counted them before anything was left out."""
    known: int = 0
    """Entries stored by an earlier poll, and unchanged."""
    empty: int = 0
    """Entries without link, title and summary."""
    duplicates: int = 0
    """Repetitions of another entry of the same document."""
    over_limit: int = 0
    """Older entries of a document with more than `core.feeds.outcomes.MAX_ENTRIES`."""
    excluded: int = 0
    """Entries left out by `include` or `exclude` of their feed."""
    version_limit: int = 0
    """Entries edited again after `core.polls.MAX_VERSIONS` versions."""
    expired: int = 0
    """Entries edited after retention removed their article."""
    postponed: int = 0
    """Edits beyond the daily budget (`max_per_day`): still edits at the next poll."""
    unread: int = 0
    """Entries that were not read when the poll was broken off: they are new at the next poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCounts:
    """What one transaction stored, counted from the rows that the database reported as written."""

    new: int = 0
    """Entries that were new."""
    edited: int = 0
    """Entries of which a new version was stored."""
    same_text: int = 0
    """Edited entries whose article has the same text as before."""
    stored_before: int = 0
    """Entries that another poll, or the same one, had stored meanwhile."""
    articles: int = 0
    """Versions of articles."""
    matches: int = 0
    """Rules found in the articles of this transaction."""
    hits: int = 0
    """Hits that were new."""
    known_hits: int = 0
    """Matches of a rule that had hit the same entry before."""
    messages: int = 0
    deliveries: int = 0


LedgerKind = Literal["poll", "slice", "retry", "recheck", "backfill", "outbox"]
"""The transaction: a poll, articles of a poll that went on, a page that was retried or rechecked, a backfill, messages
that were queued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HitClaim:
    """A digest, or the alerts, that a hit was claimed for."""

    consumer: str
    notified: bool
    """A message was written."""
    reason: str = ""
    """Why the message does not show the hit; empty if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHit:
    """A stored hit, with as much of it as decides who is notified."""

    id: int
    found_at: datetime
    rule_id: str
    topic: str
    priority: str
    status: str
    feed_id: FeedId
    language: str
    backfilled: bool
    claims: tuple[HitClaim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCounts:
    """What the transactions of a window counted, and what the tables hold of it; all read at one instant."""

    since: datetime
    until: datetime
    """The end of the counted period. `since` is later than requested if the counts of earlier transactions are gone."""
    entries: EntryCounts = field(default_factory=EntryCounts)
    stored: StoredCounts = field(default_factory=StoredCounts)
    unbalanced_feeds: tuple[FeedId, ...] = ()
    """Feeds whose own entries do not add up."""
    entry_rows: int = 0
    entries_without_article: int = 0
    article_rows: int = 0
    matched: int = 0
    """Articles whose entry has a hit."""
    partial: int = 0
    truncated: int = 0
    title_only: int = 0
    """Articles beyond the daily budget."""
    not_fully_matched: int = 0
    hits: tuple[LedgerHit, ...] = ()
    claimed_by_runs: int = 0
    """Hits that the runs of digests and spikes say they claimed."""
    claim_rows: int = 0
    """Claims that are stored for those runs."""
    message_rows: int = 0
    deliveries: Mapping[str, int] = field(default_factory=dict)
    """Deliveries of those messages by state (`DeliveryState`)."""
    unclear: int = 0
    """Deliveries that may have arrived more than once, or whose outcome is not known."""

    def in_state(self, state: DeliveryState) -> int:
        """Return the number of deliveries in a state."""
        return self.deliveries.get(state.value, 0)


LineKind = Literal["total", "stored", "known", "left_out", "notified", "held_back", "waiting", "given_up", "of_which"]
"""`of_which` lines are counted in another line of their account already."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One count of an account."""

    kind: LineKind
    item: str
    """A fixed word of `core.ledger.words.MEANINGS`."""
    count: int


@dataclass(frozen=True, slots=True)
class LedgerDifference:
    """Two counts that should be equal and are not."""

    check: str
    """A fixed word of `core.ledger.words.CHECKS`."""
    expected: int
    found: int
    feeds: tuple[FeedId, ...] = ()
    """Where the difference arose, if that is known."""


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """What was seen of one kind, and what became of it. The first line is the total."""

    name: Literal["entries", "articles", "hits", "alerts", "messages"]
    lines: tuple[LedgerLine, ...]
    differences: tuple[LedgerDifference, ...] = ()

    @property
    def total(self) -> int:
        """The number of all that was seen."""
        return self.lines[0].count

    def count(self, item: str) -> int:
        """Return the count of a line; 0 without such a line."""
        return sum(line.count for line in self.lines if line.item == item)

    def sum_of(self, *kinds: LineKind) -> int:
        """Return the sum of the lines of these kinds."""
        return sum(line.count for line in self.lines if line.kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The balance of a window (since, until]."""

    since: datetime
    until: datetime
    requested_since: datetime
    accounts: tuple[LedgerAccount, ...]

    @property
    def differences(self) -> tuple[LedgerDifference, ...]:
        """All differences; empty if the ledger balances."""
        return tuple(each for account in self.accounts for each in account.differences)

    @property
    def is_complete(self) -> bool:
        """True if the whole requested window is covered: older counts are removed with the polls."""
        return self.since <= self.requested_since

    def account(self, name: str) -> LedgerAccount:
        """Return one account."""
        return next(account for account in self.accounts if account.name == name)
