"""Extracts the words of a page without a parser, for pages on which the parser hangs, crashes or fails.

One pass from left to right, with no tree, no recursion and no backtracking, so that it ends in time linear in the page
whatever the page contains. It does not separate an article from its surroundings; it drops only what is never prose.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

MAX_MARKUP_CHARS = 2_000_000
"""Characters of markup that are read; the rest is ignored."""
_TAG = re.compile(r"<(?:(!--)|(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30}+)[^<>]{0,20000}+>|[!?][^<>]{0,20000}+>)")
_REFERENCE = re.compile(r"&#([0-9]{8,}+)")
_LAST_CHARACTER = 0x10FFFF
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_RAW = frozenset({"script", "style", "template", "noscript", "svg", "textarea", "title", "math", "iframe", "xmp"})
_ASIDE = frozenset({"nav", "footer", "aside", "form", "select", "button", "header", "menu", "dialog"})
HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
     "ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt",
     "u", "var", "wbr"}
)  # fmt: skip


def strip_tags(markup: str) -> str:
    """Return the text of a page, with a blank line between blocks."""
    markup = markup[:MAX_MARKUP_CHARS]
    blocks = list(_blocks(markup, skip_asides=True))
    if sum(map(len, blocks)) < 200:  # everything is in a <form>, or in a <nav> that is never closed
        blocks = list(_blocks(markup, skip_asides=False))
    return "\n\n".join(blocks)


def unescape(text: str) -> str:
    """Resolve character references as browsers do; unlike html.unescape it never raises.

    Python refuses to read a number of more than 4,300 digits, and publishers may write one.
    """
    return html.unescape(_REFERENCE.sub(_shorten_reference, text) if "&#" in text else text)


def _shorten_reference(reference: re.Match[str]) -> str:
    """Remove leading zeros from a long number, and replace one above the last code point by the next number."""
    digits = reference[1].lstrip("0") or "0"
    return f"&#{digits}" if len(digits) <= len(str(_LAST_CHARACTER)) else f"&#{_LAST_CHARACTER + 1}"


def _blocks(markup: str, *, skip_asides: bool) -> Iterator[str]:
    parts: list[str] = []
    for text, breaks in _runs(markup, skip_asides=skip_asides):
        parts.append(text)
        if breaks:
            if block := _join(parts):
                yield block
            parts.clear()


def _join(parts: list[str]) -> str:
    return " ".join(unescape("".join(parts)).split())


def _runs(markup: str, *, skip_asides: bool) -> Iterator[tuple[str, bool]]:
    """Yield the text before each tag, and whether that tag ends a block."""
    ends = _EndFinder(markup)
    position, depth = 0, 0
    while tag := _TAG.search(markup, position):
        comment, closing, name = tag.group(1), tag.group(2), (tag.group(3) or "").lower()
        yield ("" if depth else markup[position : tag.start()]), bool(name) and name not in _INLINE
        position = tag.end()
        if comment:
            position = ends.after("-->", position, 3)
        elif name in _RAW and not closing:
            position = ends.after(f"</{name}", position, 0)
        elif name in _ASIDE and skip_asides:
            depth = max(0, depth - 1) if closing else depth + 1
    yield ("" if depth else markup[position:]), True


class _EndFinder:
    """Finds the ends of comments and raw elements; an end that is missing is searched only once."""

    def __init__(self, markup: str) -> None:
        self._folded = markup.translate(_LOWER)  # str.lower() would change the length of some texts
        self._absent: set[str] = set()

    def after(self, mark: str, position: int, length: int) -> int:
        """Return the position after the next `mark`; `position` if it is missing, so that only the tag is lost."""
        end = -1 if mark in self._absent else self._folded.find(mark, position)
        if end < 0:
            self._absent.add(mark)
            return position
        return end + length
