"""Tables of stories, and of the fingerprints by which an article finds its story."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from monitor.store._catalogue import Row
from monitor.store._types import UtcDateTime


class StoryRow(Row, table=True):
    """Articles that report the same news."""

    __tablename__ = "stories"

    id: int = Field(primary_key=True)
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime, index=True)


class FingerprintRow(Row, table=True):
    """The fingerprint of a matched article of the last week, to find articles of the same story."""

    __tablename__ = "fingerprints"
    __table_args__ = (Index(None, "story_id", "article_id"),)

    article_id: int = Field(primary_key=True, foreign_key="articles.id", sa_column_kwargs={"autoincrement": False})
    story_id: int = Field(foreign_key="stories.id")
    seen_at: datetime = Field(sa_type=UtcDateTime)
    title_key: int | None = Field(sa_type=BigInteger, index=True)
    sketch: bytes
    terms: bytes = b""
    """Weighted terms of title and lead (`core.stories.terms`); empty for articles stored before there were any."""


class ShingleRow(Row, table=True):
    """An index from a hash of a fingerprint to articles; derived data, hence without a foreign key."""

    __tablename__ = "shingles"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hash: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    article_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class StoryTermRow(Row, table=True):
    """An index from a term of a title or lead to articles."""

    __tablename__ = "story_terms"
    __table_args__ = ({"sqlite_with_rowid": False},)

    term: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    article_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class TermFrequencyRow(Row, table=True):
    """How many articles of stories have a term of a bucket; see `core.stories.frequencies`."""

    __tablename__ = "term_frequencies"
    __table_args__ = ({"sqlite_with_rowid": False},)

    bucket: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    articles: int
