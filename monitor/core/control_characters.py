"""Characters that move a cursor, begin a line, hide, or change the direction of text; functions remove or escape them.

Publishers' texts are cleaned once on the way in (`clean`). Error messages and names may contain them too,
so every output to a terminal, a log or a message line removes or escapes them again.
"""

from __future__ import annotations

import re

_LINE_BREAKS = "\v\f\r\x1c-\x1e\x85\u2028\u2029"
_FORBIDDEN = (
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"  # control characters but for tab and line breaks
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\ud800-\udfff\ufffe\uffff"  # lone surrogates and noncharacters, which cannot be encoded
)
_LINE_BREAK = re.compile(f"\r\n|[{_LINE_BREAKS}]")
_IN_TEXT = re.compile(f"[{_FORBIDDEN}]")
_IN_OUTPUT = re.compile(f"[{_LINE_BREAKS}{_FORBIDDEN}\ufeff]")


def clean(text: str) -> str:
    """Remove these characters from a text, and turn all kinds of line breaks into newlines."""
    if text.isprintable():  # has none of them
        return text
    return _IN_TEXT.sub("", _LINE_BREAK.sub("\n", text))


def remove_control(text: str) -> str:
    """Remove these characters from an output; newlines and tabs stay."""
    return text if text.isprintable() else _IN_OUTPUT.sub("", text)


def escape_control(json: str) -> str:
    """Replace these characters in a JSON document by their JSON escapes; newlines and tabs stay."""
    return _IN_OUTPUT.sub(lambda match: f"\\u{ord(match[0]):04x}", json)
