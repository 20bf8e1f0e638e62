"""Values as JSON objects by the fields of their class, and a match with its evidence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor.core.model import Evidence, Match

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

JsonObject = dict[str, Any]


def fields_of(value: DataclassInstance, *, without: Collection[str] = ()) -> JsonObject:
    """Return the fields of a value by their names, in the order in which its class declares them."""
    return {field.name: getattr(value, field.name) for field in fields(value) if field.name not in without}


def evidence(value: Evidence) -> JsonObject:
    """Return one occurrence of a term."""
    return fields_of(value, without=("list_name",)) | {"list": value.list_name}


def match(value: Match) -> JsonObject:
    """Return a match with its evidence."""
    return fields_of(value, without=("rule_hash",)) | {"evidence": [evidence(item) for item in value.evidence]}


def json_default(value: object) -> object:
    """Convert a value that JSON cannot represent; the `default` argument of `json.dumps`."""
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case tuple() | set() | frozenset():
            return list(value)
        case _:
            return str(value)
