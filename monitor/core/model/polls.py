"""A poll of a feed, and what the store holds of earlier ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from monitor.core.model.articles import Article, FoundArticle
from monitor.core.model.feeds import FeedId, FeedState
from monitor.core.model.ledger import EntryCounts
from monitor.core.model.responses import Entry, Outcome, Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One fetch of a feed and its results.

    Stored whole or not at all, except for the articles that were stored while others were being read (`stored`).
    """

    feed_id: FeedId
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    state: FeedState
    """The feed's state after this poll."""
    found: tuple[FoundArticle, ...] = ()
    """Articles that are stored together with this poll."""
    stored: tuple[FoundArticle, ...] = ()
    """Articles of this poll that are stored already; for counting, without their texts."""
    seen: int = 0
    """Known entries that the feed still shows."""
    renewed: tuple[str, ...] = ()
    """Keys of those whose `last_seen_at` is a day old or more; it is updated with this poll."""
    possible_gap: bool = False
    """True if no entry of the previous poll is in this one, so entries between them may have been missed."""
    notes: tuple[str, ...] = ()
    """Fixed phrases with details, for the log and `feeds health`."""
    counts: EntryCounts = field(default_factory=EntryCounts)
    """All entries of the document, those of `stored` included, and why some were left out."""

    @property
    def articles(self) -> tuple[FoundArticle, ...]:
        """All articles of this poll, in the order in which they were stored."""
        return self.stored + self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyUsage:
    """How much of a feed was stored on the last day on which anything was."""

    day: date | None = None
    """The day in UTC; None if nothing was ever stored."""
    articles: int = 0
    """Versions of articles that were stored with their text."""
    size: int = 0
    """UTF-8 bytes of titles, texts and summaries."""
    title_only: int = 0
    """Entries beyond the feed's daily budget, of which only the title was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """An entry that the store has already, found by its key or by one of its aliases."""

    entry_id: int
    key: str
    """The stored key; it differs from the requested key if that is an alias."""
    content_hash: str
    partial: bool
    """True if the entry's current article lacks the text of the page."""
    versions: int
    """Number of stored versions of its article."""
    article_id: int | None
    """The current version; None once retention has removed it."""
    first_seen_at: datetime | None = None
    """When the entry was first stored: equal titles identify an entry for a week only."""
    last_seen_at: datetime | None = None
    """When the feed was last recorded to show it; None counts as long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article of the archive with its origin; tier and tags are configuration and not stored."""

    id: int
    entry_id: int
    feed_id: FeedId
    version: int
    """1 for the first version of an entry's article."""
    article: Article
    stored_at: datetime
    story_id: int | None = None
    """The story of the article; None while no rule has matched it."""
    text_hash: str = ""
    """sha256 of title, line feed and text; the evidence of a hit refers to the text with the same hash."""
    text_removed_at: datetime | None = None
    """When retention removed the text; title, link and hits are kept. `text_hash` is that of the removed text."""

    @property
    def days_until_removal(self) -> int | None:
        """Days from storing the text to its removal; None while it is there."""
        return None if self.text_removed_at is None else (self.text_removed_at - self.stored_at).days


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialArticle:
    """An article whose page could not be fetched, and whose retry is due."""

    article_id: int
    entry_id: int
    feed_id: FeedId
    entry: Entry
    article: Article
    attempts: int
    """Retries of the page so far."""
    stored_at: datetime
    backfilled: bool = False
    """True if the entry was back-filled when it was first seen; the text of its page is then back-filled too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckDue:
    """An article whose page was read, and whose recheck is due."""

    article_id: int
    entry_id: int
    feed_id: FeedId
    entry: Entry
    article: Article
    validators: Validators
    rechecks: int
    """Rechecks so far, since the entry was new or edited."""
    versions: int
    """Number of stored versions of the entry's article."""
