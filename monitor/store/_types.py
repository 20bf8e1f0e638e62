"""Column types that behave alike on SQLite and PostgreSQL, and conversion between rows and values by name.

Times are aware and returned in UTC; a naive datetime is refused. Text never contains what one of the two databases
rejects; durations and JSON are returned as they were stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Column, DateTime, Executable, Float, Text
from sqlalchemy.engine import Dialect, RowMapping
from sqlalchemy.types import TypeDecorator

from monitor.store._table_base import TableRow

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""PostgreSQL refuses NUL, SQLite's functions stop at it, and no driver can encode half of a surrogate pair."""

V = TypeVar("V", bound="DataclassInstance")


def storable(text: str) -> str:
    """Remove what no database stores. Text is cleaned at ingest; this is a second safeguard."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("", text)


BYTEWISE_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared by its bytes, as SQLite does by itself, so that an index finds what begins with a word."""


class UnreadableValueError(ValueError):
    """A stored value cannot be what its column holds; `expected` says what that is."""

    statement: Executable | None = None
    """What read the value, with `parameters`, if it was executed without SQLAlchemy."""
    parameters: Mapping[str, object] = MappingProxyType({})

    def __init__(self, value: object, expected: str) -> None:
        self.value = str(value)
        self.expected = expected
        super().__init__(f"{self.value!r} is not {expected}")


class PlainText(TypeDecorator[str]):
    """Text of any length that every database can store."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Remove characters that cannot be stored."""
        return None if value is None else storable(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored and returned in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True
    expected = "a time"

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a naive datetime."""
        if value is None or value.tzinfo is UTC:
            return value
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        """Restore the time zone, which SQLite does not store: one call for each time of a result, not four."""
        return _utc_of_text if dialect.name == "sqlite" else _utc


def _utc_of_text(stored: str | None) -> datetime | None:
    try:
        return None if stored is None else datetime.fromisoformat(stored).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        raise UnreadableValueError(stored, UtcDateTime.expected) from None


def _utc(stored: datetime | None) -> datetime | None:
    return None if stored is None else stored.astimezone(UTC)


class Seconds(TypeDecorator[timedelta]):
    """A duration, stored as seconds."""

    impl = Float
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> float | None:  # noqa: ARG002
        """Convert to seconds, with fractions."""
        return None if value is None else value.total_seconds()

    def process_result_value(self, value: float | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002
        """Convert from seconds."""
        return None if value is None else timedelta(seconds=value)


class Json(TypeDecorator[object]):
    """A JSON value, stored as compact text so that both databases store the same bytes."""

    impl = Text
    cache_ok = True
    expected = "JSON"

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Serialize compactly, with every string storable."""
        if value is None:
            return None
        text = _compact(value)
        is_storable = "\\u0000" not in text and (text.isascii() or not _UNSTORABLE.search(text))
        return text if is_storable else _compact(_storable_tree(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:  # noqa: ARG002
        """Parse."""
        try:
            return None if value is None else json.loads(value)
        except (ValueError, TypeError):
            raise UnreadableValueError(value, self.expected) from None


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _storable_tree(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case dict():
            return {_storable_tree(name): _storable_tree(each) for name, each in value.items()}
        case list() | tuple():
            return [_storable_tree(each) for each in value]
        case _:
            return value


def columns(table: type[TableRow], *names: str) -> list[Column[Any]]:
    """Return columns of a table by name, for a SELECT of many."""
    return [table.__table__.c[name] for name in names]


def from_row(kind: type[V], row: RowMapping | Mapping[str, Any], /, **extra: object) -> V:
    """Build a dataclass from the columns that have the names of its fields; `extra` holds more fields."""
    names = _field_names(kind)
    return kind(**{name: value for name, value in row.items() if name in names} | extra)


@cache
def _field_names(kind: type[DataclassInstance]) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))


def to_row(table: type[TableRow], value: DataclassInstance, /, *, without: str = "", **extra: object) -> dict[str, Any]:
    """Return the fields of a dataclass that have the names of columns, except `without`; `extra` holds more columns."""
    columns, names = table.__table__.c, (field.name for field in fields(value))
    return {name: getattr(value, name) for name in names if name in columns and name != without} | extra
