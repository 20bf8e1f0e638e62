"""Reads the newest articles with given keys, from FTS5 or from a GIN index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlmodel import col

from monitor.core.search.blocks import Bounds, newest, next_number
from monitor.core.search.coded_query import NONE, all_keys, any_key
from monitor.store._search_expressions import fts5, tsquery
from monitor.store._search_tables import SearchDocumentRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from monitor.core.search.coded_query import Keys

_SQLITE = text(
    "SELECT rowid FROM search_index WHERE search_index MATCH :keys AND rowid >= :low AND rowid < :high"
    " ORDER BY rowid DESC LIMIT :most"
)
_POSTGRES = text(
    "WITH found AS MATERIALIZED (SELECT article_id FROM search_documents"
    " WHERE search_keys(article_id, words, keys) @@ CAST(:keys AS tsquery))"
    " SELECT article_id FROM found WHERE article_id >= :low AND article_id < :high"
    " ORDER BY article_id DESC LIMIT :most"
)
_BY_INDEX = text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true),"
    " set_config('enable_indexonlyscan', 'off', true), set_config('jit', 'off', true)"
)
"""PostgreSQL would scan all articles instead, since it does not know how much computing their keys costs."""
_ID = col(SearchDocumentRow.article_id)
_FIRST, _LAST = select(func.coalesce(func.min(_ID), 0)), select(func.coalesce(func.max(_ID), -1))
_SPAN = select(_FIRST.scalar_subquery(), _LAST.scalar_subquery())
"""Two statements, since SQLite would read all ids for both in one."""
_STORED_AT = select(col(SearchDocumentRow.stored_at))


def prepare(connection: Connection) -> Bounds:
    """Make PostgreSQL use the index of keys in this transaction; return the bounds of all ids in it."""
    first, last = connection.execute(_SPAN).one()
    if connection.dialect.name == "postgresql":
        connection.execute(_BY_INDEX)
    return Bounds(first, last + 1)


def with_keys(connection: Connection, keys: Keys, bounds: Bounds, most: int) -> list[int]:
    """Return the newest articles within bounds that fulfil the condition, newest first. Call `prepare` first."""
    if keys == NONE or bounds.low >= bounds.high:
        return []
    values = bounds._asdict()
    if connection.dialect.name == "sqlite":
        return list(connection.execute(_SQLITE, {"keys": fts5(keys), "most": most} | values).scalars())
    found: list[int] = []
    rest, number = bounds, 1
    while rest.low < rest.high and len(found) < most:
        blocks, rest = newest(rest, number)
        wanted = tsquery(all_keys([any_key(blocks), keys]))
        read = connection.execute(_POSTGRES, {"keys": wanted, "most": most - len(found)} | values).scalars().all()
        found += read
        number = next_number(number, len(read), most - len(found))
    return found


def stored_at(connection: Connection, article_id: int) -> datetime | None:
    """Return when an indexed article was stored."""
    return connection.execute(_STORED_AT.where(col(SearchDocumentRow.article_id) == article_id)).scalar_one_or_none()
