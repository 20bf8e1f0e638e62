"""Paths to the items of a source and their fields (CSS selectors, JMESPath expressions), and patterns of addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from monitor.config_types.values import FORM, invalid, one_line, text_of

MAX_FILE_PATH_CHARS = 500
"""Characters of a path or a pattern."""


def _path(text: str) -> str:
    if len(text) > MAX_FILE_PATH_CHARS or not one_line(text):
        raise invalid(FORM, f"must be one line of at most {MAX_FILE_PATH_CHARS} characters")
    return text


def _pattern(text: str) -> str:
    if not text.strip("*"):
        raise invalid(FORM, "must hold more than `*`: a part of the addresses, such as /news/ or *.pdf")
    return _path(text)


def _selector(text: str) -> str:
    if _path(text):
        _compile("page", text)
    return text


def _expression(text: str) -> str:
    if _path(text):
        _compile("json", text)
    return text


ItemPath = Annotated[str, BeforeValidator(text_of), AfterValidator(_path)]
"""A path whose language depends on the kind of the source; see check_paths."""
Selector = Annotated[str, BeforeValidator(text_of), AfterValidator(_selector)]
Expression = Annotated[str, BeforeValidator(text_of), AfterValidator(_expression)]
Pattern = Annotated[str, BeforeValidator(text_of), AfterValidator(_pattern)]


def check_paths(kind: str, paths: Mapping[str, str]) -> None:
    """Raise the error for a path that its kind lacks or that cannot be compiled. `paths` has the keys of feeds.yaml."""
    allowed = _KEYS.get(kind, frozenset())
    for name, path in paths.items():
        if name not in allowed:
            where = "`kind: page` or `kind: json`" if name not in {"select", "items"} else f"`kind: {_OWNER[name]}`"
            raise invalid(FORM, f"has `{name}`, which belongs to {where}, but its kind is {kind}")
        if name not in _OWNER:  # those two were compiled as their own types
            _compile(kind, path, f"`{name}` ")


_KEYS = {
    "page": frozenset({"select", "item_title", "item_url", "date", "summary", "next"}),
    "json": frozenset({"items", "item_title", "item_url", "item_id", "date", "summary", "next"}),
}
_OWNER = {"select": "page", "items": "json"}


def _compile(kind: str, path: str, subject: str = "") -> None:
    """Compile a path; the libraries are imported only where a file has one. `subject` begins the message."""
    try:
        if kind == "page":
            from monitor.core.text.selectors import compile_selector

            compile_selector(path)
        else:
            from monitor.core.sources.json_paths import compile_path

            compile_path(path)
    except ValueError as error:
        language = "CSS selector" if kind == "page" else "JMESPath expression"
        reason = " ".join(str(error).split())[:200]
        raise invalid(FORM, f"{subject}is not a valid {language}: {reason}") from None
