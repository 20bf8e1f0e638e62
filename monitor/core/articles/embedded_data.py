"""The text of an article in the data with which a page is built in the browser (`__NEXT_DATA__` and the like).

Used only if the page itself shows no article, because the data also contains teasers and takes long to parse.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from monitor.core.text import tags

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAX_SCRIPT_CHARS = 3_000_000
"""Longer scripts are ignored."""
_MIN_TEXT_CHARS = 400
"""Length from which a string counts as text, whatever its key."""
_MIN_PARAGRAPH_CHARS = 60
"""Length from which a string counts as text if its key is one of _KEYS."""
_KEYS = frozenset({"body", "content", "text", "html", "paragraph", "paragraphs", "value", "articlebody", "bodytext"})


def data_scripts(tree: HtmlElement) -> list[str]:
    """Return the JSON of a page's scripts, without linked data (`application/ld+json`)."""
    return [
        script.text
        for script in tree.iter("script")
        if script.text and (script.get("type") or "") == "application/json" and len(script.text) <= _MAX_SCRIPT_CHARS
    ]


def data_text(scripts: Iterable[str]) -> str:
    """Return the texts of the script that holds most of them, one line for each; "" if none does."""
    return max(("\n".join(dict.fromkeys(_texts(script))) for script in scripts), key=len, default="")


def _texts(script: str) -> Iterator[str]:
    try:
        pending: list[tuple[str, object]] = [("", json.loads(script))]
    except (ValueError, RecursionError):
        return
    while pending:
        key, value = pending.pop()
        if isinstance(value, dict):
            pending += reversed([(str(name).lower(), item) for name, item in value.items()])
        elif isinstance(value, list):
            pending += reversed([(key, item) for item in value])
        elif isinstance(value, str) and _is_text(key, value):
            yield tags.strip_tags(value) if "<" in value else value


def _is_text(key: str, value: str) -> bool:
    shortest = _MIN_PARAGRAPH_CHARS if key in _KEYS else _MIN_TEXT_CHARS
    return len(value) >= shortest and " " in value and not value.lstrip().startswith(("{", "[", "http"))
