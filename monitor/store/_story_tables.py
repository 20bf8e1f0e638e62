"""Tables of stories, and of the fingerprints by which an article finds its story."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from monitor.store._table_base import TableRow
from monitor.store._types import UtcDateTime


class StoryRow(TableRow, table=True):
    """Articles that report the same news."""

    __tablename__ = "stories"

    id: int = Field(primary_key=True)
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime, index=True)


class FingerprintRow(TableRow, table=True):
    """The fingerprint of a matched article of the last week, to find articles of the same story."""

    __tablename__ = "fingerprints"
    __table_args__ = (Index(None, "story_id", "article_id"),)

    article_id: int = Field(primary_key=True, foreign_key="articles.id", sa_column_kwargs={"autoincrement": False})
    story_id: int = Field(foreign_key="stories.id")
    seen_at: datetime = Field(sa_type=UtcDateTime)
    shingle_hashes: bytes
    terms: bytes = b""
    """The `core.stories.weighted_terms` of title and lead; empty for articles stored before there were any."""


class StoryKeyRow(TableRow, table=True):
    """The newest articles under one key of the index (`core.stories.candidates`); derived data."""

    __tablename__ = "story_keys"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    newest: int
    """The highest of the ids."""
    articles: bytes
    """Ids of the articles, sorted, as 32-bit numbers."""


class LoggedKeysRow(TableRow, table=True):
    """Keys of articles that are not yet in `story_keys`: the log of `_story_keys`; derived data."""

    __tablename__ = "logged_story_keys"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    version: int
    """A random number: it differs from that of a row with the same id in a transaction that was rolled back."""
    articles: bytes
    """For each article its id, the number of its keys, and the keys, as signed 64-bit numbers."""


class DocumentFrequencyRow(TableRow, table=True):
    """How many articles of stories have a term of a bucket; see `core.stories.frequencies`."""

    __tablename__ = "term_frequencies"
    __table_args__ = ({"sqlite_with_rowid": False},)

    bucket: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    articles: int
