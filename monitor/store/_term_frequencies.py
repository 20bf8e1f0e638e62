"""How many articles of stories have a term: the counts by which `core.stories.terms` weighs terms."""

from __future__ import annotations

import secrets
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Executable, Integer, bindparam, delete, literal, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.stories.frequencies import BUCKETS, MAX_COUNTED, TOTAL, buckets
from monitor.store._statements import among, each_of, save_rows
from monitor.store._story_tables import TermFrequencyRow

_BUCKET, _ARTICLES = col(TermFrequencyRow.bucket), col(TermFrequencyRow.articles)
_READ = select(_BUCKET, _ARTICLES).where(among(_BUCKET, "buckets"))
_COUNTED = select(_ARTICLES).where(bindparam("total", TOTAL) == _BUCKET)
_VERSION = -1
"""A row with a number that is another one after each change of the counts."""
_KNOWN = "term counts"
_HALVE = update(TermFrequencyRow).values(articles=_ARTICLES // 2)
_FORGET = delete(TermFrequencyRow).where(literal(0) == _ARTICLES)


@dataclass(slots=True)
class _Known:
    """Counts that a connection has read before, by bucket, -1 if it has not: a megabyte. A poll asks for hundreds."""

    version: dict[int, int]
    counts: array[int] = field(default_factory=lambda: array("i", (-1,)) * (BUCKETS + 1))


def read(connection: Connection, terms: Iterable[int]) -> dict[int, int]:
    """Return the counts of the buckets of these terms and of TOTAL that are not zero."""
    counts = _known(connection).counts
    wanted = {TOTAL, *buckets(terms)}
    missing = sorted(bucket for bucket in wanted if counts[bucket] < 0)
    found = _select(connection, missing) if missing else {}
    for bucket in missing:
        counts[bucket] = found.get(bucket, 0)
    return {bucket: counts[bucket] for bucket in wanted if counts[bucket]}


def _known(connection: Connection) -> _Known:
    """Return what the connection knows: nothing if another one changed the counts, or if its own change was undone."""
    version = _select(connection, [_VERSION, TOTAL])
    known: _Known | None = connection.info.get(_KNOWN)
    if known is None or known.version != version:
        known = connection.info[_KNOWN] = _Known(version)
    return known


def _select(connection: Connection, wanted: Sequence[int]) -> dict[int, int]:
    rows = connection.execute(_READ, {"buckets": wanted}).all()  # iterating fetches them one at a time
    return {row[0]: row[1] for row in rows}


def add(connection: Connection, added: Mapping[int, int]) -> None:
    """Add to the counts of some buckets."""
    if not added:
        return
    known = _known(connection)
    by_number: dict[int, list[int]] = defaultdict(list)
    for bucket, number in sorted(added.items()):
        by_number[number].append(bucket)
    # The largest first, that of TOTAL: a transaction that locks its row first waits for no other, so none deadlock.
    for number in sorted(by_number, reverse=True):
        connection.execute(_add(connection.dialect.name), {"buckets": by_number[number], "number": number})
    save_rows(connection, TermFrequencyRow, [{"bucket": _VERSION, "articles": 1 + secrets.randbelow(1 << 30)}])
    known.version = _select(connection, [_VERSION, TOTAL])
    for bucket in added:
        known.counts[bucket] = -1


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
