"""Columns by name, and conversion between rows and values whose fields have the names of columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Column
from sqlalchemy.engine import RowMapping

from monitor.store._catalogue import Row

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

V = TypeVar("V", bound="DataclassInstance")


def columns(table: type[Row], *names: str) -> list[Column[Any]]:
    """Return columns of a table by name, for a SELECT of many."""
    return [table.__table__.c[name] for name in names]


def from_row(kind: type[V], row: RowMapping | Mapping[str, Any], /, **others: object) -> V:
    """Build a dataclass from the columns that have the names of its fields; `others` are given fields."""
    names = (field.name for field in fields(kind))
    return kind(**{name: row[name] for name in names if name in row} | others)


def to_row(table: type[Row], value: DataclassInstance, /, *, without: str = "", **others: object) -> dict[str, Any]:
    """Return the fields of a dataclass that have the names of columns, except `without`; `others` are given columns."""
    columns, names = table.__table__.c, (field.name for field in fields(value))
    return {name: getattr(value, name) for name in names if name in columns and name != without} | others
