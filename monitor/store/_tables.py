"""The tables, as SQLModel classes; read and written through SQLAlchemy Core, never row by row through the ORM.

Every constraint has a name: batch migrations on SQLite need one. Long texts stand last in their table, because SQLite
reads the columns before them without walking through the text's pages.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Index, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from monitor.store._types import Json, PlainText, Seconds, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class _Row(SQLModel):
    metadata = metadata


# ---------------------------------------------------------------- feeds


class FeedStateRow(_Row, table=True):
    """What is remembered of a feed between two polls."""

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
    moved_to: str | None = Field(sa_type=PlainText)
    moved_count: int
    url: str | None = Field(sa_type=PlainText)
    configured_url: str | None = Field(sa_type=PlainText)


class PollRow(_Row, table=True):
    """One look at one feed; the unique constraint is what makes recording it twice harmless."""

    __tablename__ = "polls"
    __table_args__ = (UniqueConstraint("feed_id", "started_at"),)

    id: int | None = Field(default=None, primary_key=True)
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


class EntryRow(_Row, table=True):
    """An item as its feed told it last. It outlives its articles: what was seen once is never new again."""

    __tablename__ = "entries"
    __table_args__ = (UniqueConstraint("feed_id", "key"), Index(None, "feed_id", "first_seen_at"))

    id: int | None = Field(default=None, primary_key=True)
    feed_id: str = Field(sa_type=PlainText)
    key: str = Field(sa_type=PlainText)
    content_hash: str = Field(sa_type=PlainText)
    versions: int
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
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


class AliasRow(_Row, table=True):
    """Another key that leads to an entry; the latest entry of a feed that claims one has it."""

    __tablename__ = "aliases"
    __table_args__ = ({"sqlite_with_rowid": False},)

    feed_id: str = Field(primary_key=True, sa_type=PlainText)
    alias: str = Field(primary_key=True, sa_type=PlainText)
    entry_id: int = Field(foreign_key="entries.id")


# ---------------------------------------------------------------- the archive


class StoryRow(_Row, table=True):
    """Articles that tell the same news."""

    __tablename__ = "stories"

    id: int | None = Field(default=None, primary_key=True)
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ArticleRow(_Row, table=True):
    """The readable text behind an entry: a version a row, one of them current."""

    __tablename__ = "articles"
    __table_args__ = (
        UniqueConstraint("entry_id", "version"),
        Index(None, "stored_at", "id"),
        Index(
            "ix_articles_retry_at",
            "retry_at",
            sqlite_where=text("retry_at IS NOT NULL"),
            postgresql_where=text("retry_at IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="entries.id")
    feed_id: str = Field(sa_type=PlainText)
    version: int
    current: bool
    story_id: int | None = Field(foreign_key="stories.id", index=True)
    stored_at: datetime = Field(sa_type=UtcDateTime)
    retry_at: datetime | None = Field(sa_type=UtcDateTime)
    attempts: int
    partial: bool
    partial_reason: str = Field(sa_type=PlainText)
    truncated: bool
    quality: str = Field(sa_type=PlainText)
    language: str = Field(sa_type=PlainText)
    published_at: datetime | None = Field(sa_type=UtcDateTime)
    text_hash: str = Field(sa_type=PlainText)
    url: str = Field(sa_type=PlainText)
    author: str = Field(sa_type=PlainText)
    title: str = Field(sa_type=PlainText)
    text: str = Field(sa_type=PlainText)


class FingerprintRow(_Row, table=True):
    """What an article of the last week that a rule has found is compared by, to tell whether others are its story."""

    __tablename__ = "fingerprints"

    article_id: int = Field(primary_key=True, foreign_key="articles.id", sa_column_kwargs={"autoincrement": False})
    story_id: int = Field(foreign_key="stories.id", index=True)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    title_key: int | None = Field(sa_type=BigInteger, index=True)
    sketch: bytes


class ShingleRow(_Row, table=True):
    """An index from a hash of a sketch to articles; no data of its own, hence without a foreign key to keep."""

    __tablename__ = "shingles"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hash: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    article_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class TitleWordRow(_Row, table=True):
    """An index from a telling word of a title to articles."""

    __tablename__ = "title_words"
    __table_args__ = ({"sqlite_with_rowid": False},)

    word: str = Field(primary_key=True, sa_type=PlainText)
    article_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class HitRow(_Row, table=True):
    """A stored match. A rule hits an entry once, whatever becomes of the entry's text."""

    __tablename__ = "hits"
    __table_args__ = (UniqueConstraint("entry_id", "rule_id"), Index(None, "found_at", "id"))

    id: int | None = Field(default=None, primary_key=True)
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


# ---------------------------------------------------------------- what was told


class DigestRunRow(_Row, table=True):
    """One run of a digest; the unique constraint is what sends it once."""

    __tablename__ = "digest_runs"
    __table_args__ = (UniqueConstraint("digest_id", "slot"),)

    id: int | None = Field(default=None, primary_key=True)
    digest_id: str = Field(sa_type=PlainText)
    slot: datetime = Field(sa_type=UtcDateTime)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    hits: int
    messages: int
    created_at: datetime = Field(sa_type=UtcDateTime)


class ClaimRow(_Row, table=True):
    """A hit that a digest, or the alerts, have told (or settled silently)."""

    __tablename__ = "claims"
    __table_args__ = ({"sqlite_with_rowid": False},)

    consumer: str = Field(primary_key=True, sa_type=PlainText)
    hit_id: int = Field(primary_key=True, foreign_key="hits.id", index=True)
    claimed_at: datetime = Field(sa_type=UtcDateTime)
    told: bool


class MessageRow(_Row, table=True):
    """A rendered message; nothing is composed again when it is sent."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("key"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(sa_type=PlainText)
    kind: str = Field(sa_type=PlainText)
    channel: str = Field(sa_type=PlainText)
    subject: str = Field(sa_type=PlainText)
    recipients: list[Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    payload: dict[str, Any] = Field(sa_type=Json)
    html: str = Field(sa_type=PlainText)
    text: str = Field(sa_type=PlainText)


class DeliveryRow(_Row, table=True):
    """One message for one recipient."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("message_id", "recipient"), Index(None, "state", "next_attempt_at"))

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="messages.id")
    recipient: str = Field(sa_type=PlainText)
    state: str = Field(sa_type=PlainText)
    attempts: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_attempt_at: datetime | None = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(sa_type=UtcDateTime)
    maybe_repeat: bool
    last_error: str = Field(sa_type=PlainText)
    answer: str = Field(sa_type=PlainText)


class HeartbeatRow(_Row, table=True):
    """When a part of the daemon was last alive."""

    __tablename__ = "heartbeats"

    name: str = Field(primary_key=True, sa_type=PlainText)
    at: datetime = Field(sa_type=UtcDateTime)


_tables = metadata.tables
feed_states = _tables["feed_states"]
polls = _tables["polls"]
entries = _tables["entries"]
aliases = _tables["aliases"]
stories = _tables["stories"]
articles = _tables["articles"]
fingerprints = _tables["fingerprints"]
shingles = _tables["shingles"]
title_words = _tables["title_words"]
hits = _tables["hits"]
digest_runs = _tables["digest_runs"]
claims = _tables["claims"]
messages = _tables["messages"]
deliveries = _tables["deliveries"]
heartbeats = _tables["heartbeats"]
