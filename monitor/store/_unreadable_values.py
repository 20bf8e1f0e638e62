"""Finds the row that holds a value which its column cannot have, as after an edit of the database by hand.

What was read is read again with the keys of its rows. If that is impossible, all columns of the value's kind are
searched, within a time limit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Alias, ColumnElement, Select, Table, Text, cast, event, select, type_coerce
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from monitor.core.errors import UnreadableRowError
from monitor.core.yaml_errors import shorten_quotation
from monitor.store._damage import deadline
from monitor.store._table_base import METADATA
from monitor.store._types import Json, UnreadableValueError, UtcDateTime

_LIMIT_SECONDS = 1.0
"""Seconds for the search, which may be repeated at each poll of a feed."""
_NOT_FOUND = "a row that could not be found in time, or was changed or removed meanwhile"


class _Execution(NamedTuple):
    statement: object = None
    parameters: Mapping[str, object] = {}


class LastStatements:
    """The last statement of each thread: what the thread was reading when a value could not be read."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def listen(self, engine: Engine) -> None:
        """Note what is executed through an engine."""
        event.listen(engine, "before_execute", self._note)

    def _note(self, _: Connection, statement: object, _many: object, parameters: Any, _options: object) -> None:  # noqa: ANN401 - as SQLAlchemy has them
        self._of_thread.last = _Execution(statement, parameters)

    def of_this_thread(self) -> _Execution:
        """Return the last statement of this thread; an empty one if there was none."""
        return getattr(self._of_thread, "last", _Execution())


def unreadable_row(
    error: UnreadableValueError, last_statements: LastStatements, engine: Engine, address: str
) -> UnreadableRowError:
    """Return the error that names table, row and column of the value."""
    executed = _Execution(error.statement, error.parameters) if error.statement is not None else None
    search = _RowSearch(error, engine, time.monotonic() + _LIMIT_SECONDS)
    where = search.run(executed or last_statements.of_this_thread()) or _NOT_FOUND
    what = f"'{shorten_quotation(error.value)}' is not {error.expected}"
    advice = "correct it or delete the row; rows are not meant to be edited by hand"
    return UnreadableRowError(f"database {address}: {where}: {what}; {advice}")


@dataclass(frozen=True, slots=True)
class _RowSearch:
    """The search for one value; `end` is of the monotonic clock."""

    error: UnreadableValueError
    engine: Engine
    end: float

    def run(self, executed: _Execution) -> str:
        """Return the place of the value: table, key of the row, column; empty if it is not found in time."""
        places = (*self._rows_read(executed), *self._all_rows())
        return next(filter(None, (self._find(*each) for each in places)), "")

    def _rows_read(self, executed: _Execution) -> Iterator[tuple[Select[Any], ColumnElement[Any], _Execution]]:
        if isinstance(executed.statement, Select):
            for column in executed.statement.selected_columns:
                if self._may_hold(column):
                    yield executed.statement, column, executed

    def _all_rows(self) -> Iterator[tuple[Select[Any], ColumnElement[Any], _Execution]]:
        for table in METADATA.sorted_tables:
            for column in filter(self._may_hold, table.columns):
                holding = select(column).where(cast(column, Text()) == self.error.value).limit(1)
                yield holding, column, _Execution()

    def _may_hold(self, column: ColumnElement[Any]) -> bool:
        return isinstance(column.type, UtcDateTime | Json) and column.type.expected == self.error.expected

    def _find(self, rows: Select[Any], selected: ColumnElement[Any], executed: _Execution) -> str:
        """Return the place of the first of these rows that has the value in a column; empty if there is none."""
        column = getattr(selected, "element", selected)  # of a label
        source = getattr(column, "table", None)
        table = source.element if isinstance(source, Alias) else source
        left = self.end - time.monotonic()
        if source is None or not isinstance(table, Table) or left <= 0:
            return ""
        keys = list(source.primary_key)
        texts = [type_coerce(each, Text()) for each in (*keys, column)]
        try:
            with self.engine.begin() as connection, _limited(connection, left):
                found = connection.execute(rows.with_only_columns(*texts), executed.parameters)
                row = next((row for row in found if str(row[-1]) == self.error.value), None)
        except SQLAlchemyError:  # the table is not there, the time is over, or the database is not reached
            return ""
        if row is None:
            return ""
        named = ", ".join(f"{key.name} {each}" for key, each in zip(keys, row, strict=False))
        return f"table {table.name}, row {named}, column {column.name}"


@contextmanager
def _limited(connection: Connection, seconds: float) -> Iterator[None]:
    """Abort a statement that takes longer."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}")
        yield
        return
    with deadline(connection.connection.dbapi_connection, seconds):
        yield
