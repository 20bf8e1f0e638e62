"""Repairs references in feeds before they are parsed: unescaped ampersands, and surrogates written separately.

Unescaped ampersands (`R&D`, `?id=1&copy=2`) are the most common error in feeds. A strict parser rejects them, and a
lenient one reads `R&D;` and `?id=1©=2`. CDATA sections and comments are not changed. If a document has more than
_MAX_ESCAPED bare ampersands, they are replaced by spaces, because escaping would make it five times as long.

Some programs write a character beyond 16 bits as two references, one for each surrogate. They are joined, because the
parsers reject the document, or break.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_BARE = re.compile(rb"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,31};)")
_NO_CHARACTER = re.compile(
    rb"(?:&#(?:0{0,20}(?:5[5-7]\d{3}|[1-9]\d{6,19})"
    rb"|[xX]0{0,20}(?:[dD][89a-fA-F][0-9a-fA-F]{2}|[1-9a-fA-F][0-9a-fA-F]{5,19}));)+"
)
"""References that may be to surrogates or beyond U+10FFFF; matches some valid ones too, which stay as they are."""
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|(\d+));")
_LAST = 0x10FFFF
"""The last code point of Unicode."""
_ESCAPED = b"&amp;"
_MAX_ESCAPED = 300_000
"""Bare ampersands up to which each is escaped; with more, all are replaced by spaces."""
_CDATA, _COMMENT = (b"<![CDATA[", b"]]>"), (b"<!--", b"-->")
NOTE = "ampersands that are not escaped"


def escape_ampersands(body: bytes) -> bytes:
    """Return a document in which every ampersand begins a reference."""
    if b"&" not in body:
        return body
    longer = _outside_of_both(body, lambda text: _BARE.sub(_ESCAPED, text, _MAX_ESCAPED))
    if len(longer) - len(body) < _MAX_ESCAPED * (len(_ESCAPED) - 1):
        return longer
    return _outside_of_both(body, lambda text: text.replace(b"&", b" "))


def join_surrogates(body: bytes) -> bytes:
    """Return a document in which every numeric reference is to a character; invalid ones become U+FFFD."""
    return _NO_CHARACTER.sub(_characters, body) if b"&#" in body else body


def _characters(match: re.Match[bytes]) -> bytes:
    points = [
        int(hexadecimal, 16) if hexadecimal else int(decimal) for hexadecimal, decimal in _REFERENCE.findall(match[0])
    ]
    halves = "".join(chr(point) if point <= _LAST else "\ufffd" for point in points)
    text = halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return b"".join(b"&#%d;" % ord(character) for character in text)


def _outside_of_both(body: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return _change_outside(body, _CDATA, lambda markup: _change_outside(markup, _COMMENT, change))


def _change_outside(body: bytes, section: tuple[bytes, bytes], change: Callable[[bytes], bytes]) -> bytes:
    """Apply `change` to the text outside of the sections; `section` is the opening and the closing mark."""
    start, end = section
    first, *sections = body.split(start)
    return start.join([change(first), *(_change_after(text, end, change) for text in sections)])


def _change_after(section: bytes, end: bytes, change: Callable[[bytes], bytes]) -> bytes:
    text, close, rest = section.partition(end)
    return text + close + (change(rest) if b"&" in rest else rest)
