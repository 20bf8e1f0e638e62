"""Tables of polled data: feeds, polls, entries, articles, hits.

Long texts are the last columns of their tables, because SQLite then reads the columns before them without reading the
pages of the text.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from monitor.store._table_base import TableRow
from monitor.store._types import Json, PlainText, Seconds, UtcDateTime

# ---------------------------------------------------------------- feeds


class FeedStateRow(TableRow, table=True):
    """The state of a feed between two polls."""

    __tablename__ = "feed_states"

    feed_id: str = Field(primary_key=True, sa_type=PlainText)
    etag: str | None = Field(sa_type=PlainText)
    last_modified: str | None = Field(sa_type=PlainText)
    body_hash: str | None = Field(sa_type=PlainText)
    next_poll_at: datetime | None = Field(sa_type=UtcDateTime)
    interval: timedelta | None = Field(sa_type=Seconds)
    interval_reason: str = Field(sa_type=PlainText)
    failures: float
    health: str = Field(sa_type=PlainText)
    reason: str = Field(sa_type=PlainText)
    last_poll_at: datetime | None = Field(sa_type=UtcDateTime)
    last_success_at: datetime | None = Field(sa_type=UtcDateTime)
    last_full_fetch_at: datetime | None = Field(sa_type=UtcDateTime)
    last_entry_at: datetime | None = Field(sa_type=UtcDateTime)
    expected_silence: timedelta | None = Field(sa_type=Seconds)
    usual_gap: timedelta | None = Field(sa_type=Seconds)
    fingerprint: str | None = Field(sa_type=PlainText)
    layout_changed_at: datetime | None = Field(sa_type=UtcDateTime)
    fields_found: str | None = Field(default=None, sa_type=PlainText)
    moved_to: str | None = Field(sa_type=PlainText)
    moved_count: int
    url: str | None = Field(sa_type=PlainText)
    configured_url: str | None = Field(sa_type=PlainText)
    position: str | None = Field(default=None, sa_type=PlainText)


class PollRow(TableRow, table=True):
    """One poll of a feed; the unique constraint prevents storing it twice."""

    __tablename__ = "polls"
    __table_args__ = (UniqueConstraint("feed_id", "started_at"),)

    id: int = Field(primary_key=True)
    feed_id: str = Field(sa_type=PlainText)
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime = Field(sa_type=UtcDateTime)
    outcome: str = Field(sa_type=PlainText)
    reason: str = Field(sa_type=PlainText)
    entries: int
    articles: int
    hits: int
    possible_gap: bool
    notes: list[Any] = Field(sa_type=Json)


class LedgerRow(TableRow, table=True):
    """What one transaction stored, left out and why: see `core.model.EntryCounts` and `StoredCounts`.

    `at` is the time that the transaction gives to the rows it stores, so that both can be compared in any window.
    """

    __tablename__ = "ledger"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    kind: str = Field(sa_type=PlainText)
    feed_id: str | None = Field(default=None, sa_type=PlainText)
    """The feed; None for transactions of more than one feed, and of messages."""
    seen: int = 0
    known: int = 0
    empty: int = 0
    duplicates: int = 0
    over_limit: int = 0
    excluded: int = 0
    version_limit: int = 0
    expired: int = 0
    postponed: int = 0
    unread: int = 0
    new: int = 0
    edited: int = 0
    same_text: int = 0
    stored_before: int = 0
    articles: int = 0
    matches: int = 0
    hits: int = 0
    known_hits: int = 0
    messages: int = 0
    deliveries: int = 0


class DailyUsageRow(TableRow, table=True):
    """How much text of a feed was stored on its latest day."""

    __tablename__ = "daily_usage"

    feed_id: str = Field(primary_key=True, sa_type=PlainText)
    day: date
    articles: int
    size: int = Field(sa_type=BigInteger)
    title_only: int


class EntryRow(TableRow, table=True):
    """The latest state of an item of a feed. Retention keeps it, so that the item is never new again."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("feed_id", "key"),
        Index(None, "feed_id", "first_seen_at"),
        Index(None, "first_seen_at"),
    )

    id: int = Field(primary_key=True)
    feed_id: str = Field(sa_type=PlainText)
    key: str = Field(sa_type=PlainText)
    content_hash: str = Field(sa_type=PlainText)
    versions: int
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    backfilled: bool
    """True if it came with the first poll of its feed, or was shown again in a flood; it never caused an alert."""
    published_at: datetime | None = Field(sa_type=UtcDateTime)
    published_raw: str = Field(sa_type=PlainText)
    language: str = Field(sa_type=PlainText)
    guid: str = Field(sa_type=PlainText)
    link: str = Field(sa_type=PlainText)
    canonical_link: str = Field(sa_type=PlainText)
    title: str = Field(sa_type=PlainText)
    author: str = Field(sa_type=PlainText)
    tags: list[Any] = Field(sa_type=Json)
    aliases: list[Any] = Field(sa_type=Json)
    summary: str = Field(sa_type=PlainText)
    no_page: str | None = Field(default=None, sa_type=PlainText)


class AliasRow(TableRow, table=True):
    """A further key of an entry; it belongs to the feed's latest entry with that alias."""

    __tablename__ = "aliases"
    __table_args__ = ({"sqlite_with_rowid": False},)

    feed_id: str = Field(primary_key=True, sa_type=PlainText)
    alias: str = Field(primary_key=True, sa_type=PlainText)
    entry_id: int = Field(foreign_key="entries.id")


# ---------------------------------------------------------------- the archive


def _index_of_planned(column: str) -> Index:
    """Return an index of the articles that have a time in this column, which few have."""
    is_planned = text(f"{column} IS NOT NULL")
    return Index(f"ix_articles_{column}", column, sqlite_where=is_planned, postgresql_where=is_planned)


class ArticleRow(TableRow, table=True):
    """The extracted text of an entry: one row for each version, one of which is current."""

    __tablename__ = "articles"
    __table_args__ = (
        UniqueConstraint("entry_id", "version"),
        Index(None, "stored_at", "id"),
        _index_of_planned("retry_at"),
        _index_of_planned("revisit_at"),
    )

    id: int = Field(primary_key=True)
    entry_id: int = Field(foreign_key="entries.id")
    feed_id: str = Field(sa_type=PlainText)
    version: int
    current: bool
    story_id: int | None = Field(foreign_key="stories.id", index=True)
    stored_at: datetime = Field(sa_type=UtcDateTime)
    retry_at: datetime | None = Field(sa_type=UtcDateTime)
    attempts: int
    revisit_at: datetime | None = Field(sa_type=UtcDateTime)
    revisits: int
    etag: str | None = Field(sa_type=PlainText)
    last_modified: str | None = Field(sa_type=PlainText)
    text_removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    partial: bool
    partial_reason: str = Field(sa_type=PlainText)
    truncated: bool
    quality: str = Field(sa_type=PlainText)
    language: str = Field(sa_type=PlainText)
    published_at: datetime | None = Field(sa_type=UtcDateTime)
    text_hash: str = Field(sa_type=PlainText)
    url: str = Field(sa_type=PlainText)
    author: str = Field(sa_type=PlainText)
    boilerplate: list[Any] = Field(sa_type=Json)
    title: str = Field(sa_type=PlainText)
    text: str = Field(sa_type=PlainText)


class ParagraphsRow(TableRow, table=True):
    """Hashes of the paragraphs of the latest entries of each feed, to recognize its boilerplate."""

    __tablename__ = "paragraphs"
    __table_args__ = ({"sqlite_with_rowid": False},)

    feed_id: str = Field(primary_key=True, sa_type=PlainText)
    entry_id: int = Field(primary_key=True, foreign_key="entries.id", sa_column_kwargs={"autoincrement": False})
    hashes: bytes


class HitRow(TableRow, table=True):
    """A stored match. A rule hits an entry at most once, in whichever version of its text."""

    __tablename__ = "hits"
    __table_args__ = (
        UniqueConstraint("entry_id", "rule_id"),
        Index(None, "found_at", "id"),
        Index(None, "topic", "entry_id"),
    )

    id: int = Field(primary_key=True)
    rule_id: str = Field(sa_type=PlainText)
    rule_hash: str = Field(sa_type=PlainText)
    topic: str = Field(sa_type=PlainText)
    status: str = Field(sa_type=PlainText)
    priority: str = Field(sa_type=PlainText)
    branch: str = Field(sa_type=PlainText)
    prominence: str = Field(sa_type=PlainText)
    score: float
    found_at: datetime = Field(sa_type=UtcDateTime)
    partial: bool
    backfilled: bool
    updated: bool
    feed_id: str = Field(sa_type=PlainText)
    entry_id: int = Field(foreign_key="entries.id")
    article_id: int = Field(foreign_key="articles.id", index=True)
    story_id: int = Field(foreign_key="stories.id", index=True)
    text_hash: str = Field(sa_type=PlainText)
    evidence: list[Any] = Field(sa_type=Json)
