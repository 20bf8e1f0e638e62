"""Statements of the busiest transactions, which SQLite's driver executes without SQLAlchemy.

SQLAlchemy takes ten times as long as SQLite to execute a statement that reads or writes a few rows. What it would do is
done here once: compile the statement, and find the columns whose values are converted. PostgreSQL takes longer than
SQLAlchemy, which executes the statements there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Executable, LargeBinary
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select
from sqlalchemy.types import TypeEngine

from monitor.store._types import UnreadableValueError

_DIALECT = sqlite.dialect()

Converter = Callable[[Any], Any]


class DriverStatement:
    """A statement that reads or writes a few rows; its parameters are given by name."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | UpdateBase) -> None:
        self._statement: Executable = statement
        self._columns = [each.type for each in (statement.selected_columns if isinstance(statement, Select) else ())]

    def rows(self, connection: Connection, **values: object) -> Sequence[Sequence[Any]]:
        """Execute the statement and return all rows."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, values).all()
        found = raw(connection).execute(self._text, self._bind(values)).fetchall()
        try:
            return [self._convert(row) for row in found] if self._converters else found
        except UnreadableValueError as error:
            error.statement, error.parameters = self._statement, values
            raise

    def execute_many(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Execute the statement with each of some values."""
        if rows and connection.dialect.name != "sqlite":
            connection.execute(self._statement, rows)
        elif rows:
            raw(connection).executemany(self._text, list(map(self._bind, rows)))

    @cached_property
    def _compiled(self) -> SQLCompiler:
        compiled: SQLCompiler = self._statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # it is SQL
        return compiled

    @cached_property
    def _text(self) -> str:
        return str(self._compiled)

    @cached_property
    def _names(self) -> list[str]:
        """The name of the parameter at each place of the statement."""
        return self._compiled.positiontup or []

    @cached_property
    def _constants(self) -> dict[str, object]:
        """The values of parameters that are part of the statement, such as limits."""
        return {name: each.effective_value for name, each in self._compiled.binds.items() if not each.required}

    @cached_property
    def _bind_converters(self) -> list[tuple[str, Converter]]:
        """What converts the values of parameters, with the name of each such parameter."""
        each = [(name, _bind_converter(self._compiled.binds[name].type)) for name in dict.fromkeys(self._names)]
        return [(name, converter) for name, converter in each if converter is not None]

    @cached_property
    def _converters(self) -> list[tuple[int, Converter]]:
        """What converts the values of columns, with the position of each such column."""
        each = [(position, _result_converter(type_)) for position, type_ in enumerate(self._columns)]
        return [(position, converter) for position, converter in each if converter is not None]

    def _bind(self, values: Mapping[str, object]) -> list[object]:
        bound = {**self._constants, **values}
        for name, convert in self._bind_converters:
            bound[name] = convert(bound[name])
        return [bound[name] for name in self._names]

    def _convert(self, row: Sequence[object]) -> list[object]:
        converted = list(row)
        for position, convert in self._converters:
            converted[position] = convert(converted[position])
        return converted


def raw(connection: Connection) -> Any:  # noqa: ANN401 - sqlite3.Connection, to which SQLAlchemy gives no type
    """Return the driver's connection, in whose transaction this one is."""
    return connection.connection.dbapi_connection


def _bind_converter(type_: TypeEngine[Any]) -> Converter | None:
    return type_.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _result_converter(type_: TypeEngine[Any]) -> Converter | None:
    """Return what converts a value, but nothing for bytes, which the driver returns as such."""
    return None if isinstance(type_, LargeBinary) else type_.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
