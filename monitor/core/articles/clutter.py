"""Removes what is between the paragraphs of an article but is not part of it: links elsewhere, the title, dates.

Without this, rules match the headlines of other articles ("Read more: ..."). `remove_link_blocks` works on the parsed
page, `remove_clutter` on the extracted lines. A line that may be part of the article is not removed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.articles.announcements import announces_article
from monitor.core.text import words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_BLOCKS = frozenset({"p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "dt", "dd"})
_CONTAINERS = frozenset(
    {"body", "html", "main", "article", "section", "table", "td", "th", "tr", "div", "ul", "ol", "dl"}
)
_MIN_LINKED_SHARE = 0.9
"""A block with this share of its characters in links is a link, not a sentence with one."""
_MAX_LINK_BLOCK_CHARS = 300
"""A longer paragraph is prose, whatever it is wrapped in."""
_HEAD_LINES = 6
"""First lines of an article, in which its own title and date may be."""
_DATE = re.compile(r"(?=.*\b(?:19|20)\d\d\b)(?=.*(?<!\d)\d{1,2}(?!\d))")
_MAX_DATE_CELL_CHARS = 60
"""A longer line is more than a date and a name."""
_MAX_DATE_CELLS = 2
_SENTENCE_END = re.compile(r"[.!?…\u3002\uff01\uff1f][\"'\u2019”»)]*\s*$")


def remove_link_blocks(tree: HtmlElement) -> None:
    """Remove the blocks of a page that contain links and no other text, in place."""
    for block, length, linked in _blocks_with_links(tree):
        if 0 < linked >= _MIN_LINKED_SHARE * length and length <= _MAX_LINK_BLOCK_CHARS:
            _drop(block)


def remove_clutter(lines: Iterable[str], titles: Collection[str]) -> list[str]:
    """Return the lines without links to other articles, and without title and date in the first lines."""
    headings = [folded for title in titles if (folded := words(title))]
    remaining: list[str] = []
    for index, line in enumerate(lines):
        if announces_article(line):
            continue
        if index < _HEAD_LINES and (_is_date(line) or words(line) in headings):
            continue
        remaining.append(line)
    return remaining


def _is_date(line: str) -> bool:
    """Return True for a line that is a date, alone or beside a name; not for a row of a table with a year in a cell."""
    cells = line.split(" | ")
    return (
        len(line) <= _MAX_DATE_CELL_CHARS
        and len(cells) <= _MAX_DATE_CELLS
        and any(map(_DATE.match, cells))
        and not _SENTENCE_END.search(line)
        and len(words(line)) <= 10
    )


def _blocks_with_links(tree: HtmlElement) -> list[tuple[HtmlElement, int, int]]:
    """Return each block with links, with its characters and those of its links, white space not counted.

    One pass over the page: adding up the text of each block on its own takes quadratic time where blocks are nested.
    """
    from lxml.etree import iterwalk

    blocks: list[tuple[HtmlElement, int, int]] = []
    around: list[_OpenBlock | None] = [None]  # the innermost block, or None where a container is nearer
    starts: list[int] = []
    length = 0
    for event, element in iterwalk(tree, events=("start", "end")):
        tag = element.tag
        if event == "start":
            if tag in _BLOCKS or tag in _CONTAINERS:
                around.append(_OpenBlock(length, is_heading=tag[0] == "h") if tag in _BLOCKS else None)
            elif tag == "a":
                starts.append(length)
            length += _count_visible(element.text)
            continue
        if tag in _BLOCKS or tag in _CONTAINERS:
            if (block := around.pop()) is not None and block.linked:
                blocks.append((element, length - block.start, block.linked))
        elif tag == "a":
            start = starts.pop()
            block = around[-1]
            if block is not None and not (block.is_heading and (element.get("href") or "").startswith("#")):
                block.linked += length - start
        length += _count_visible(element.tail)
    return blocks


@dataclass(slots=True)
class _OpenBlock:
    """A block that is being read: how much text precedes it, and how many characters its links have so far."""

    start: int
    is_heading: bool
    linked: int = 0


def _count_visible(text: str | None) -> int:
    return len("".join(text.split())) if text else 0


def _drop(element: HtmlElement) -> None:
    """Remove an element, and keep the text after it."""
    parent, tail = element.getparent(), element.tail
    if tail and tail.strip():
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)
