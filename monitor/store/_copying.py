"""Copies a whole database into an empty one, for instance from SQLite to a server or back.

Every table is copied in the order of its key, in one transaction of the target. Keys are copied too, so sequences on
PostgreSQL are set to the highest key afterwards.
"""

from __future__ import annotations

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.engine import Connection

from monitor.core.errors import UsageError
from monitor.store import _search_index
from monitor.store._tables import metadata

_DERIVED = {
    *("search_documents", "search_words", "search_blocks", "search_totals", "search_progress"),
    *("search_volumes", "search_postings"),
}
"""Tables of the search index, which is rebuilt from the articles."""
_BATCH_ROWS = 500
"""Rows in memory at a time; the text of an article may have a megabyte, but rarely has."""


def copy(source: Connection, target: Connection) -> dict[str, int]:
    """Copy every table and return its number of rows; UsageError if the target is not empty."""
    tables = [each for each in metadata.sorted_tables if each.name not in _DERIVED]  # referenced tables first
    held = next((table.name for table in tables if target.execute(select(table).limit(1)).first() is not None), None)
    if held is not None:
        raise UsageError(f"the database to copy into holds {held} already: name an empty one")
    copied = {table.name: _copy(table, source, target) for table in tables}
    _search_index.restart(target)
    return copied


def _copy(table: Table, source: Connection, target: Connection) -> int:
    copied = 0
    rows = source.execution_options(yield_per=_BATCH_ROWS).execute(select(table).order_by(*table.primary_key))
    for part in rows.mappings().partitions():
        target.execute(insert(table), [dict(row) for row in part])
        copied += len(part)
    if target.dialect.name == "postgresql" and table.autoincrement_column is not None:
        _set_counter(table, target)
    return copied


def _set_counter(table: Table, target: Connection) -> None:
    """Set the sequence so that the next key follows the last copied one."""
    key = table.autoincrement_column
    if last := target.execute(select(func.max(key))).scalar():
        counter = text("SELECT setval(pg_get_serial_sequence(:table, :key), :last)")
        target.execute(counter, {"table": table.name, "key": key.name if key is not None else "", "last": last})
