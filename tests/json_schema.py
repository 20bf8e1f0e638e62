"""JSON Schema by jsonschema, which is imported when it is needed, since it takes longer than all tests of schemas."""

from __future__ import annotations

from typing import Any


def wrong(schema: dict[str, Any], data: object) -> list[str]:
    """Return what does not fit a schema; jsonschema.SchemaError if it is no schema."""
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(data)]
