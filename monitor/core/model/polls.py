"""A poll of a feed, and what the store holds of earlier ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from monitor.core.model.answers import Entry, Outcome, Validators
from monitor.core.model.articles import Article, FoundArticle
from monitor.core.model.feeds import FeedId, FeedState


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One request for one feed and all that follows from it.

    Stored whole or not at all, but for the articles that were stored while others were still being read (`stored`).
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
    """Articles of this poll that are in the database already; for counting, without their texts."""
    seen: int = 0
    """Known entries that the feed still shows."""
    renewed: tuple[str, ...] = ()
    """Keys of those of them that were last noted as shown a day ago or more."""
    possible_gap: bool = False
    """No entry of the last poll was in this one: some may have come and gone between."""
    notes: tuple[str, ...] = ()
    """Fixed words with particulars, for the log and `feeds health`."""

    @property
    def articles(self) -> tuple[FoundArticle, ...]:
        """All articles of this poll, in the order in which they were stored."""
        return self.stored + self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyUsage:
    """How much was stored of a feed on the last day on which anything was."""

    day: date | None = None
    """In UTC; None: nothing was ever stored."""
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
    """As stored; differs from the requested key if that is an alias."""
    content_hash: str
    partial: bool
    """Its current article still lacks the page's own text."""
    versions: int
    """Articles stored of it so far, edits included."""
    article_id: int | None
    """The current version; None once retention has removed it."""
    first_seen_at: datetime | None = None
    """When the entry was stored first: the same title counts as the same entry for a week only."""
    last_seen_at: datetime | None = None
    """When it was last noted that the feed shows it; None counts as long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article of the archive, with what says where it comes from. Tier and tags are configuration, not history."""

    id: int
    entry_id: int
    feed_id: FeedId
    version: int
    """1 for the first text of an entry, more after edits."""
    article: Article
    stored_at: datetime
    story_id: int | None = None
    """None while no rule has found it."""
    text_hash: str = ""
    """sha256 of title, line feed and text: tells whether a hit's evidence still points into this text."""
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
    came_first: bool = False
    """Its entry came with its feed's first poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadArticle:
    """An article whose page was read, and whose recheck is due."""

    article_id: int
    entry_id: int
    feed_id: FeedId
    entry: Entry
    article: Article
    validators: Validators
    revisits: int
    """Rechecks so far, since the entry was new or edited."""
    versions: int
    """Articles stored of the entry so far."""
