"""How many articles of stories have a term: the counts by which `core.stories.terms` weighs terms."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, literal, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from monitor.core.stories.frequencies import MAX_COUNTED, RARE, TOTAL, buckets_of, is_counted
from monitor.store._incoming_tables import TermFrequencyRow
from monitor.store._statements import among, each_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Executable
    from sqlalchemy.engine import Connection

_BUCKET, _ARTICLES = col(TermFrequencyRow.bucket), col(TermFrequencyRow.articles)
_READ = select(_BUCKET, _ARTICLES).where(among(_BUCKET, "buckets"), _ARTICLES > RARE)
_COUNTED = select(_ARTICLES).where(bindparam("total", TOTAL) == _BUCKET)
_HALVE = update(TermFrequencyRow).values(articles=_ARTICLES // 2)
_FORGET = delete(TermFrequencyRow).where(literal(0) == _ARTICLES)


def read(connection: Connection, terms: Collection[int]) -> dict[int, int]:
    """Return the counts of the buckets of these terms and of TOTAL that are above RARE."""
    rows = connection.execute(_READ, {"buckets": buckets_of(terms)}).all()  # iterating fetches them one at a time
    return {row[0]: row[1] for row in rows}


def count(connection: Connection, terms: Collection[int], total: int) -> None:
    """Count an article with these terms after `total` others, if it is one of those that are counted."""
    if is_counted(terms, total):
        connection.execute(_count(connection.dialect.name), {"buckets": buckets_of(terms)})


def halve(connection: Connection) -> None:
    """Halve all counts if more than MAX_COUNTED articles were counted, and remove those that become zero."""
    if (connection.execute(_COUNTED).scalar() or 0) > MAX_COUNTED:
        connection.execute(_HALVE)
        connection.execute(_FORGET)


@cache
def _count(dialect: str) -> Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    rows = select(each_of(dialect, _BUCKET, "buckets"), literal(1)).where(true())
    statement = insert(TermFrequencyRow).from_select(["bucket", "articles"], rows)
    return statement.on_conflict_do_update(
        index_elements=["bucket"], set_={"articles": TermFrequencyRow.__table__.c.articles + 1}
    )
