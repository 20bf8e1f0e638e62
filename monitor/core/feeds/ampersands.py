"""Escapes the ampersands that a feed forgot to escape, the commonest fault of all: `R&D`, `?id=1&copy=2`.

Before any parser sees them: the strict one refuses them, and the lenient one reads `R&D;` and `?id=1©=2` and is called
once for each. What stands in CDATA sections and comments is left alone. A document that is made of bare ampersands
loses all of its ampersands: escaped, they would make it five times as long.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_BARE = re.compile(rb"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,31};)")
_ESCAPED = b"&amp;"
_MANY = 300_000
_CDATA, _COMMENT = (b"<![CDATA[", b"]]>"), (b"<!--", b"-->")
NOTE = "ampersands that are not escaped"


def escaped(body: bytes) -> bytes:
    """Return a document whose every ampersand begins a reference."""
    if b"&" not in body:
        return body
    longer = _outside_of_both(body, lambda text: _BARE.sub(_ESCAPED, text, _MANY))
    if len(longer) - len(body) < _MANY * (len(_ESCAPED) - 1):
        return longer
    return _outside_of_both(body, lambda text: text.replace(b"&", b" "))


def _outside_of_both(body: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return _outside(body, _CDATA, lambda markup: _outside(markup, _COMMENT, change))


def _outside(body: bytes, section: tuple[bytes, bytes], change: Callable[[bytes], bytes]) -> bytes:
    """Change what stands outside of the sections between two marks."""
    start, end = section
    first, *sections = body.split(start)
    return start.join([change(first), *(_behind(text, end, change) for text in sections)])


def _behind(section: bytes, end: bytes, change: Callable[[bytes], bytes]) -> bytes:
    text, close, rest = section.partition(end)
    return text + close + (change(rest) if b"&" in rest else rest)
