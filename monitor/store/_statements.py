"""Statements that differ by dialect, built once each, and lists that are bound as one parameter.

A list of a hundred keys is bound as one value (JSON on SQLite, an array on PostgreSQL): the statement is the same for
any length, so that it is compiled once, and no limit on the number of parameters applies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Self, TypeVar

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Executable,
    Insert,
    Integer,
    SQLColumnExpression,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from monitor.store._driver_statements import DriverStatement, raw
from monitor.store._table_base import TableRow
from monitor.store._types import storable

T = TypeVar("T")

_SLACK = timedelta(hours=1)
"""How far beyond the longest planned wait a time may lie: pages are postponed by so much without an attempt."""


class _NumberArray(UserDefinedType[str]):
    """An array of PostgreSQL, bound as text: psycopg converts a list number by number, in ten times the time."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_: object) -> str:
        """Return the type to which the text is cast."""
        return "BIGINT[]"


class _ListParameter(TypeDecorator[object]):
    """A list of numbers or texts that is bound as one value."""

    impl = Text
    cache_ok = True

    def __init__(self, *, numbers: bool) -> None:
        super().__init__()
        self.numbers = numbers

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use an array where the dialect has arrays."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(_NumberArray() if self.numbers else postgresql.ARRAY(Text()))

    def process_bind_param(self, value: Any, dialect: Dialect) -> object:  # noqa: ANN401 - a collection, or a bug
        """Convert the list to an array, or to JSON."""
        values = list(value) if self.numbers else [storable(each) for each in value]
        if dialect.name == "postgresql":
            return f"{{{','.join(map(str, values))}}}" if self.numbers else values
        return json.dumps(values)


def count_where(condition: SQLColumnExpression[bool]) -> ColumnElement[int]:
    """Return the number of rows that fulfil a condition, beside other aggregates of one SELECT."""
    return func.coalesce(func.sum(cast(condition, Integer)), 0)


def due_condition(
    planned: SQLColumnExpression[datetime | None], tries: SQLColumnExpression[int], waits: Sequence[timedelta]
) -> ColumnElement[bool]:
    """Return the condition that a planned time has come, or lies too far ahead because the clock was set back.

    `waits[n]` is the longest wait that is planned after n attempts; the last one applies to all further attempts.
    `due_parameters` returns the values of the parameters.
    """
    latest = [bindparam(f"latest_{attempts}", type_=_type_of(planned)) for attempts in range(len(waits))]
    after_so_many = case(dict(enumerate(latest[:-1])), value=tries, else_=latest[-1]) if latest[1:] else latest[0]
    never_so_late = planned > bindparam("latest")  # an index answers this condition, but not the next one
    return or_(planned <= bindparam("now"), and_(never_so_late, planned > after_so_many))


def due_parameters(now: datetime, waits: Sequence[timedelta]) -> dict[str, datetime]:
    """Return the values of the parameters of `due_condition`."""
    latest = [now + wait + _SLACK for wait in waits]
    return {"now": now, "latest": min(latest)} | {f"latest_{attempts}": at for attempts, at in enumerate(latest)}


class among(FunctionElement[bool]):  # noqa: N801 - it reads as the function that it is in a statement
    """The condition that a column is in a list that is bound under a name."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: SQLColumnExpression[int | None] | SQLColumnExpression[str], name: str) -> None:
        super().__init__(column, _list_of(column, name))

    def self_group(self, against: OperatorType | None = None) -> Self:  # noqa: ARG002
        """Return the bare condition: `... = 1`, as SQLAlchemy would write for SQLite, prevents the use of an index."""
        return self


@compiles(among)
def _among(element: among, compiler: SQLCompiler, **options: object) -> str:
    column, many = (compiler.process(each, **options) for each in element.clauses)
    if compiler.dialect.name == "postgresql":
        return f"{column} = ANY({many})"
    return f"{column} IN (SELECT value FROM json_each({many}))"  # noqa: S608 - both are rendered, not written


@cache
def insert_new(
    dialect: str, table: type[TableRow], unique: tuple[str, ...], returning: tuple[str, ...] = ()
) -> Executable:
    """Return an INSERT that skips existing rows and returns columns of the new ones."""
    statement = insert_into(dialect, table).on_conflict_do_nothing(index_elements=unique)
    return statement.returning(*(table.__table__.c[name] for name in returning)) if returning else statement


def save_rows(connection: Connection, table: type[TableRow], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert complete rows; each replaces the row that has its primary key."""
    if rows:
        connection.execute(_upsert(connection.dialect.name, table), rows)


@cache
def _upsert(dialect: str, table: type[TableRow]) -> Insert:
    return _replacing(insert_into(dialect, table), table)


def save_rows_by_driver(connection: Connection, table: type[TableRow], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert complete rows as `save_rows` does, on SQLite without SQLAlchemy (`_driver_statements`)."""
    _driver_upsert(connection.dialect.name, table).execute_many(connection, rows)


@cache
def _driver_upsert(dialect: str, table: type[TableRow]) -> DriverStatement:
    return DriverStatement(_upsert(dialect, table))


def save_tuples(connection: Connection, table: type[TableRow], rows: Sequence[tuple[object, ...]]) -> None:
    """Insert complete rows as `save_rows` does, of columns whose values are stored as they are."""
    _execute_tuples(connection, _save_tuples_statement(connection.dialect.name, table), rows)


def add_to_counts(connection: Connection, table: type[TableRow], rows: Sequence[tuple[int, int]]) -> None:
    """Insert rows of two numbers, or add the second number to that of the row that has the first one."""
    _execute_tuples(connection, _add_counts_statement(connection.dialect.name, table), rows)


def _execute_tuples(connection: Connection, statement: Insert, rows: Sequence[tuple[object, ...]]) -> None:
    """Execute a statement of `_insert_tuples`, for which SQLAlchemy does not convert each row."""
    if rows and connection.dialect.name == "postgresql":
        connection.execute(
            statement, {f"list_{place}": list(each) for place, each in enumerate(zip(*rows, strict=True))}
        )
    elif rows:
        raw(connection).executemany(_sqlite_text(statement), rows)


@cache
def _sqlite_text(statement: Insert) -> str:
    return str(statement.compile(dialect=sqlite.dialect()))


@cache
def _save_tuples_statement(dialect: str, table: type[TableRow]) -> Insert:
    return _replacing(_insert_tuples(dialect, table), table)


@cache
def _add_counts_statement(dialect: str, table: type[TableRow]) -> Insert:
    statement = _insert_tuples(dialect, table)
    first, second = table.__table__.c
    changed = {second.name: second + statement.excluded[second.name]}
    return statement.on_conflict_do_update(index_elements=[first], set_=changed)


def _insert_tuples(dialect: str, table: type[TableRow]) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT of all columns: of the rows of one list for each column on PostgreSQL."""
    statement, columns = insert_into(dialect, table), table.__table__.c
    if dialect != "postgresql":
        return statement
    lists = (bindparam(f"list_{place}", type_=postgresql.ARRAY(each.type)) for place, each in enumerate(columns))
    return statement.from_select(columns.keys(), select(*map(func.unnest, lists)))


def _replacing(statement: postgresql.Insert | sqlite.Insert, table: type[TableRow]) -> Insert:
    columns = table.__table__.c
    renewed = {column.name: statement.excluded[column.name] for column in columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=table.__table__.primary_key.columns, set_=renewed)


def each_of(dialect: str, column: SQLColumnExpression[Any], name: str) -> ColumnElement[Any]:
    """Return a table with a row for each value of a list that is bound under a name."""
    many = _list_of(column, name)
    if dialect == "postgresql":
        return func.unnest(many).column_valued("value")
    return func.json_each(many).table_valued("value").c.value


def _list_of(column: SQLColumnExpression[Any], name: str) -> BindParameter[object]:
    """Bind a list of values of a column as one value."""
    return bindparam(name, type_=_ListParameter(numbers=_type_of(column).python_type is int))


def _type_of(column: SQLColumnExpression[T]) -> TypeEngine[T]:
    """Return the SQL type of a column or of a table model's attribute, which states it only when labelled."""
    return column.label(None).type


def insert_into(dialect: str, table: type[TableRow]) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT of the dialect, which has ON CONFLICT."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
