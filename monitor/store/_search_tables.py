"""The tables of the search index that both databases have; `_search_index` describes the index."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from monitor.store._table_base import TableRow
from monitor.store._types import BYTEWISE_TEXT, PlainText, UtcDateTime


class SearchDocumentRow(TableRow, table=True):
    """An article that is in the search index, with what searches filter by; see `_search_index`.

    No data of its own, hence without foreign keys.
    """

    __tablename__ = "search_documents"

    article_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    entry_id: int = Field(index=True)
    feed_id: str = Field(sa_type=PlainText)
    language: str = Field(sa_type=PlainText)
    stored_at: datetime = Field(sa_type=UtcDateTime)
    length: int
    """Indexed words of title and text."""
    keys: str = Field(sa_type=PlainText)
    """The keys of feed and language, with a space between them."""
    words: bytes = Field(sa_type=LargeBinary)
    """Its words in order, as `core.search.codes` writes them."""


class SearchVolumeRow(TableRow, table=True):
    """A volume: articles whose postings are stored together; see `_search_volumes`."""

    __tablename__ = "search_volumes"
    __table_args__ = (Index(None, "last", "first"),)

    volume: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """0: articles whose postings are not written yet."""
    first: int
    """No id of the volume's articles is smaller."""
    last: int
    """None is greater. Below 0: the volume has no ids, see `_search_volumes`."""
    ids: bytes = Field(sa_type=LargeBinary)
    """The articles' ids in the order of their places (`core.search.volume_ids`); 0 for an article that was removed, -1
    for a place that none ever had. Those of volume 0 are plain."""


class SearchPostingsRow(TableRow, table=True):
    """The postings of a volume in one of `core.search.postings.POSTING_BUCKETS` buckets."""

    __tablename__ = "search_postings"

    bucket: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    volume: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    postings: bytes = Field(sa_type=LargeBinary)


class SearchWordsRow(TableRow, table=True):
    """Words of the archive with their numbers, which never change: those from `first` up to the next row's.

    A row has several words, since PostgreSQL needs 60 bytes for a row and its entry in the primary key.
    """

    __tablename__ = "search_words"
    __table_args__ = ({"sqlite_with_rowid": False},)

    first: str = Field(primary_key=True, sa_type=BYTEWISE_TEXT)
    """No word of the row is smaller. Empty: this is the first row."""
    words: str = Field(sa_type=PlainText)
    """Lines of a word, a space and its number."""


class SearchBlockRow(TableRow, table=True):
    """When the indexed articles of a block of ids (`core.search.blocks`) were stored."""

    __tablename__ = "search_blocks"

    block: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first_stored_at: datetime = Field(sa_type=UtcDateTime)
    last_stored_at: datetime = Field(sa_type=UtcDateTime)


class SearchTotalsRow(TableRow, table=True):
    """Counts of the search index; one row."""

    __tablename__ = "search_totals"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    articles: int
    words: int = Field(sa_type=BigInteger)
    """The sum of the articles' lengths."""
    next_short: int
    """The next number of each class; see `core.search.codes.WordIds`."""
    next_middle: int
    next_long: int


class SearchProgressRow(TableRow, table=True):
    """How far the index of older articles is built; one row."""

    __tablename__ = "search_progress"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    version: int
    """`core.search.index_words.VERSION` of all indexed words."""
    below: int
    """Articles with smaller ids are not in the index yet; 0 or 1: none."""
