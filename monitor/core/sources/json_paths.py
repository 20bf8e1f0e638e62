"""Paths into documents of JSON.

They are JMESPath expressions (jmespath.org) with two more functions, `replace(text, old, new)` and
`substring(text, start, end)`. A path may also be a template: an address with expressions in braces, such as
`https://example.org/doc/{number}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

MAX_PATH_CHARS = 500
"""Characters of a path."""
MAX_LEVELS = 10
"""Levels within a value, or around the items of a response, that are searched."""
_TEMPLATE = re.compile(r"(?:https?:/)?/")
_PLACEHOLDER = re.compile(r"\{([^{}]{1,500})\}")


class _JmespathFunctions(functions.Functions):  # type: ignore[misc] # jmespath has no types
    """The functions of JMESPath, and two that addresses of items are often made with."""

    @functions.signature({"types": ["string"]}, {"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_replace(self, text: str, old: str, new: str) -> str:
        return text.replace(old, new) if old else text

    @functions.signature({"types": ["string"]}, {"types": ["number"]}, {"types": ["number"]})  # type: ignore[untyped-decorator]
    def _func_substring(self, text: str, start: float, end: float) -> str:
        return text[int(start) : int(end)]


_OPTIONS = jmespath.Options(custom_functions=_JmespathFunctions())


def compile_path(path: str) -> Callable[[Any], Any]:
    """Return what evaluates a path or a template on a row. Raises ValueError that says what is wrong with it."""
    if len(path) > MAX_PATH_CHARS:
        raise ValueError(f"longer than {MAX_PATH_CHARS} characters")
    if _TEMPLATE.match(path):
        parts = {inner: _compile_path(inner) for inner in _PLACEHOLDER.findall(path)}

        def fill(row: Any) -> str:  # noqa: ANN401 - JSON has no type
            values = {inner: json_text(_search(parts[inner], row)) for inner in parts}
            return _PLACEHOLDER.sub(lambda match: values[match[1]], path) if all(values.values()) else ""

        return fill
    compiled = _compile_path(path)
    return lambda row: _search(compiled, row)


def evaluate_path(path: str, document: Any) -> Any:  # noqa: ANN401 - JSON has no type
    """Evaluate a path that was checked before; None where it finds nothing."""
    return compile_path(path)(document)


def json_text(value: Any, levels: int = MAX_LEVELS) -> str:  # noqa: ANN401 - JSON has no type
    """Return a value as text: strings and numbers, the first of a list, the `rendered` or `name` of an object."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None or not levels:
        return ""
    if isinstance(value, int | float):
        return str(int(value)) if value % 1 == 0 else str(value)
    inner = value[:10] if isinstance(value, list) else map(value.get, ("rendered", "name", "value", "#text"))
    return next((text for each in inner if (text := json_text(each, levels - 1))), "")


def _compile_path(path: str) -> Any:  # noqa: ANN401 - jmespath has no types
    try:
        return jmespath.compile(path)
    except JMESPathError as error:
        raise ValueError(str(error).splitlines()[0]) from None
    except RecursionError:
        raise ValueError("nested too deep") from None


def _search(compiled: Any, value: Any) -> Any:  # noqa: ANN401 - jmespath has no types
    """Evaluate a path; a function that does not take this value finds nothing in it."""
    try:
        return compiled.search(value, options=_OPTIONS)
    except (JMESPathError, RecursionError, TypeError, ValueError):
        return None
