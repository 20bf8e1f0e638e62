"""Finds the row that holds a value which its column cannot have, as after an edit of the database by hand."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Table, Text, cast, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from monitor.core.errors import UnreadableRowError
from monitor.core.yaml_errors import shorten_quotation
from monitor.store._table_base import METADATA
from monitor.store._types import Json, UnreadableValueError, UtcDateTime


def unreadable_row(error: UnreadableValueError, engine: Engine, address: str) -> UnreadableRowError:
    """Return the error that names table, row and column of the value."""
    what = f"'{shorten_quotation(error.value)}' is not {error.expected}"
    where = next(_places(error, engine), "a row that was changed or removed meanwhile")
    advice = "correct it or delete the row; rows are not meant to be edited by hand"
    return UnreadableRowError(f"database {address}: {where}: {what}; {advice}")


def _places(error: UnreadableValueError, engine: Engine) -> Iterator[str]:
    """Yield the places of the value, in the tables that exist."""
    for table in METADATA.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, UtcDateTime | Json) and column.type.expected == error.expected:
                yield from _rows_with(error.value, table, column, engine)


def _rows_with(value: str, table: Table, column: Column[object], engine: Engine) -> Iterator[str]:
    keys = [cast(key, Text()) for key in table.primary_key.columns]
    try:
        with engine.begin() as connection:
            row = connection.execute(select(*keys).where(cast(column, Text()) == value).limit(1)).first()
    except DBAPIError:
        return  # the table is not there, or the database is not reached
    if row is not None:
        named = ", ".join(f"{key.name} {each}" for key, each in zip(table.primary_key.columns, row, strict=True))
        yield f"table {table.name}, row {named}, column {column.name}"
