"""Escapes the ampersands that a feed forgot to escape, the commonest fault of all: `R&D`, `?id=1&copy=2`.

For feeds that the strict parser refused: the lenient one would read them all, but `R&D;` and `?id=1©=2` for those. What
stands in CDATA sections is text, and left alone.
"""

from __future__ import annotations

import re

_BARE = re.compile(rb"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,31};)")
_MANY = 1_000
_OPEN, _CLOSE = b"<![CDATA[", b"]]>"


def escaped(body: bytes) -> bytes:
    """Return a document whose every ampersand begins a reference; one that is made of them is left as it is."""
    if body.count(b"&&") > _MANY:
        return body
    first, *sections = body.split(_OPEN)
    return _OPEN.join([_BARE.sub(b"&amp;", first), *map(_behind_cdata, sections)])


def _behind_cdata(section: bytes) -> bytes:
    text, close, rest = section.partition(_CLOSE)
    return text + close + _BARE.sub(b"&amp;", rest)
