"""Tables that a JSON API sends by column, as an object of equally long lists: where one is, and its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.core.text import clean_line

MIN_COLUMNS = 3
"""An object with fewer lists is not taken for a table, unless the configuration names it: it may hold two facets."""
_MAX_LEVELS = 4
"""Levels of objects around a table that are searched."""
_MAX_SHOWN_COLUMNS = 8
_MAX_SHOWN_CHARS = 200


@dataclass(frozen=True, slots=True)
class ColumnTable:
    """A table in a document, and the JMESPath expression that finds it."""

    path: str
    columns: Mapping[str, list[Any]]

    @property
    def length(self) -> int:
        """The number of its rows."""
        return len(next(iter(self.columns.values())))

    def describe(self) -> str:
        """Return where the table is, and the names of its first columns."""
        names = [*list(self.columns)[:_MAX_SHOWN_COLUMNS], *(["..."] if len(self.columns) > _MAX_SHOWN_COLUMNS else [])]
        return clean_line(f"`{self.path}` ({', '.join(names)})", limit=_MAX_SHOWN_CHARS)


def are_columns(value: object) -> bool:
    """Return True for an object of lists only, whatever their lengths."""
    return isinstance(value, dict) and bool(value) and all(isinstance(column, list) for column in value.values())


def rows_of(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the rows, as far as the longest column goes: an empty column hides no item.

    A row has no field where its column has ended, so that the rows have as many values as the columns: filled up, one
    long column beside many short ones would take their product.
    """
    rows: list[dict[str, Any]] = [{} for _ in range(max(map(len, columns.values())))]
    for name, column in columns.items():
        for row, value in zip(rows, column, strict=False):
            row[name] = value
    return rows


def find_table(document: Any) -> ColumnTable | None:  # noqa: ANN401 - JSON has no type
    """Return the table with most rows of a document; None if it has none."""
    return max(_tables(document, ()), key=lambda table: table.length, default=None)


def _tables(value: Any, names: tuple[str, ...]) -> Iterator[ColumnTable]:  # noqa: ANN401 - JSON has no type
    if _is_table(value):
        yield ColumnTable(".".join(map(_identifier, names)) or "@", value)
    elif isinstance(value, dict) and len(names) < _MAX_LEVELS:
        for name, inner in value.items():
            yield from _tables(inner, (*names, name))


def _is_table(value: Any) -> bool:  # noqa: ANN401 - JSON has no type
    if not are_columns(value) or len(value) < MIN_COLUMNS or len(set(map(len, value.values()))) > 1:
        return False
    cells = (column[0] for column in value.values() if column)
    return all(map(len, value.values())) and not any(isinstance(cell, dict | list) for cell in cells)


def _identifier(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else json.dumps(name)
