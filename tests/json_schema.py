"""JSON Schema by jsonschema, which is imported when it is needed, since it takes longer than all tests of schemas."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any


def wrong(schema: dict[str, Any], data: object) -> list[str]:
    """Return what does not fit a schema; jsonschema.SchemaError if it is no schema."""
    return [error.message for error in _validator(json.dumps(schema)).iter_errors(data)]


@cache
def _validator(schema: str) -> Any:
    """Check a schema once, which takes as long as a hundred files that are compared with it."""
    sys.modules.setdefault("rfc3987_syntax", None)  # building its grammar takes a second, and no format is checked
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json.loads(schema))
    return Draft202012Validator(json.loads(schema))
