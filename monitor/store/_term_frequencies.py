"""How many articles of stories have a term: the counts by which `core.stories.terms` weighs terms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

from sqlalchemy import Executable, Integer, bindparam, delete, literal, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.stories.frequencies import MAX_COUNTED, TOTAL, buckets
from monitor.store._statements import among, each_of
from monitor.store._story_tables import TermFrequencyRow

_BUCKET, _ARTICLES = col(TermFrequencyRow.bucket), col(TermFrequencyRow.articles)
_READ = select(_BUCKET, _ARTICLES).where(among(_BUCKET, "buckets"))
_COUNTED = select(_ARTICLES).where(bindparam("total", TOTAL) == _BUCKET)
_HALVE = update(TermFrequencyRow).values(articles=_ARTICLES // 2)
_FORGET = delete(TermFrequencyRow).where(literal(0) == _ARTICLES)


def read(connection: Connection, terms: Iterable[int]) -> dict[int, int]:
    """Return the counts of the buckets of these terms and of TOTAL that are not zero."""
    wanted = [TOTAL, *sorted(set(buckets(terms)))]
    rows = connection.execute(_READ, {"buckets": wanted}).all()  # iterating fetches them one at a time
    return {row[0]: row[1] for row in rows}


def add(connection: Connection, added: Mapping[int, int]) -> None:
    """Add to the counts of some buckets."""
    by_number: dict[int, list[int]] = defaultdict(list)
    for bucket, number in sorted(added.items()):
        by_number[number].append(bucket)
    # The largest first, that of TOTAL: a transaction that locks its row first waits for no other, so none deadlock.
    for number in sorted(by_number, reverse=True):
        connection.execute(_add(connection.dialect.name), {"buckets": by_number[number], "number": number})


def halve(connection: Connection) -> None:
    """Halve all counts if more than MAX_COUNTED articles were counted, and remove those that become zero."""
    if (connection.execute(_COUNTED).scalar() or 0) > MAX_COUNTED:
        connection.execute(_HALVE)
        connection.execute(_FORGET)


@cache
def _add(dialect: str) -> Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    rows = select(each_of(dialect, _BUCKET, "buckets"), bindparam("number", type_=Integer())).where(true())
    statement = insert(TermFrequencyRow).from_select(["bucket", "articles"], rows)
    added = TermFrequencyRow.__table__.c.articles + statement.excluded.articles
    return statement.on_conflict_do_update(index_elements=["bucket"], set_={"articles": added})
