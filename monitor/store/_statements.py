"""INSERTs that leave or renew what is there already: alike on both databases, built once a table."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Executable, Table

T = TypeVar("T")

CHUNK = 500
"""Values in one IN list: well under what either database bears, and few different statements to compile."""


@cache
def insert_new(dialect: str, table: Table, unique: tuple[str, ...], returning: tuple[str, ...] = ()) -> Executable:
    """Build an INSERT that leaves alone what is there already and returns columns of what was new."""
    statement = _insert(dialect, table).on_conflict_do_nothing(index_elements=unique)
    return statement.returning(*(table.c[name] for name in returning)) if returning else statement


@cache
def upsert(dialect: str, table: Table, unique: tuple[str, ...]) -> Executable:
    """Build an INSERT that renews every other column of a row that is there already."""
    statement = _insert(dialect, table)
    renewed = {column.name: statement.excluded[column.name] for column in table.c if column.name not in unique}
    return statement.on_conflict_do_update(index_elements=unique, set_=renewed)


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a long list into what one statement takes."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
