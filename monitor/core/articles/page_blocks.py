"""Splits a parsed page into blocks of text, in one pass and in linear time.

A block is the text between two boundaries of block-level elements: a paragraph, a heading, an item of a list, a row of
a table, or text directly in a container. Containers and regions are ranges of block numbers, so that sums
over them are differences of running totals and no ancestor is visited twice. A region is an element whose class, id or
tag says that it is not part of an article; `core.articles.regions` decides which regions are clutter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.articles.region_names import region_names
from monitor.core.text import is_cjk
from monitor.core.text.tags import HEADING_TAGS

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
     "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong",
     "sub", "sup", "time", "tt", "u", "var", "wbr"}
)  # fmt: skip
_PARAGRAPHS = frozenset({"p", "div"})
_CELLS = frozenset({"td", "th"})
_FIGURES = frozenset({"figure", "figcaption"})
_FIGURE_TEXTS = ("table", "blockquote", "pre", "h1")
"""Elements that make a figure a part of the text; other figures hold a picture and its caption."""
_MIN_CHARS, _MIN_CJK_CHARS = 60, 25
"""Fewest characters of a sentence; the latter in Chinese and Japanese."""
MIN_LINKED_SHARE = 0.7
"""Share of a block's characters in links, from which it counts as links and not as text."""
_URL = re.compile(r"https?://\S+")
_BREAK = "\0"
"""Marks a line break in raw text; the parser removes this character from pages."""


@dataclass(slots=True, eq=False)
class Block:
    """A block of text."""

    text: str
    """The text, with single spaces; `br` starts a new line, and so does a line of `pre`."""
    tag: str
    """The block-level element around the text; for cells the row, for the first paragraph of an item the item."""
    parent: int
    """Number of the container around the block's own element."""
    linked: int
    """Characters in links."""
    is_repeated: bool = False
    """True if the same text occurs further up; pages have copies for other screen sizes."""
    is_in_library_text: bool = False
    """The text that the library extracted contains it."""
    is_clutter: bool = False
    """True if the block is in a region that is considered not to be part of the article."""

    @property
    def is_links(self) -> bool:
        """Return True if the share of the characters in links is at least MIN_LINKED_SHARE."""
        return self.linked >= MIN_LINKED_SHARE * len(self.text)

    @property
    def is_heading(self) -> bool:
        """Return True for h1 to h6."""
        return self.tag in HEADING_TAGS

    @property
    def is_prose(self) -> bool:
        """Return True for a text as long as a sentence that is not made of links and does not repeat a block."""
        return not self.is_repeated and is_long(self.text) and not self.is_links


@dataclass(slots=True, eq=False)
class Container:
    """A block-level element: the range of its blocks and its depth."""

    depth: int
    start: int
    end: int = 0


@dataclass(slots=True, eq=False)
class Region:
    """An element whose names say that it is not part of an article, and the range of its blocks."""

    names: frozenset[str]
    start: int
    end: int = 0


@dataclass(slots=True)
class PageBlocks:
    """The blocks of a page in their order, its containers and regions in the order of their beginnings."""

    blocks: list[Block]
    containers: list[Container]
    regions: list[Region]


def is_long(text: str) -> bool:
    """Return True for a text that is as long as a sentence."""
    length = len(text)
    return length >= _MIN_CHARS or (length >= _MIN_CJK_CHARS and is_cjk(text[length // 2]))


def split_page(tree: HtmlElement) -> PageBlocks:
    """Return the blocks, containers and regions of a page, which is not modified."""
    from lxml.etree import iterwalk

    splitter = _Splitter()
    for event, element in iterwalk(tree, events=("start", "end")):
        if event == "start":
            splitter.start(element)
        else:
            splitter.end(element)
    return splitter.finish()


def block_lines(blocks: Iterable[Block]) -> list[str]:
    """Return the lines of blocks as they are shown and matched; an item of a list begins with a dash."""
    return [line for block in blocks for line in f"{'- ' if block.tag == 'li' else ''}{block.text}".split("\n")]


class _Splitter:
    def __init__(self) -> None:
        self._page = PageBlocks([], [], [])
        self._parts: list[str] = []
        self._linked = self._links = 0
        self._open: list[tuple[str, int]] = []  # tag and container of each open block-level element
        self._regions: list[Region | None] = []
        self._names_of_elements: dict[tuple[str, str | None, str | None], frozenset[str]] = {}

    def start(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in _INLINE:
            self._links += tag == "a"
        elif tag == "br":
            self._parts.append(_BREAK)
        elif tag in _CELLS:
            if self._parts:
                self._parts.append(" | ")
        else:
            self._flush()
            self._enter(element, tag)
        self._add(element.text)

    def end(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in _INLINE:
            self._links -= tag == "a"
        elif tag != "br" and tag not in _CELLS:
            self._flush()
            self._leave()
        self._add(element.tail)

    def finish(self) -> PageBlocks:
        self._flush()
        return self._page

    def _enter(self, element: HtmlElement, tag: str) -> None:
        next_block = len(self._page.blocks)
        self._open.append((tag, len(self._page.containers)))
        self._page.containers.append(Container(len(self._open), next_block))
        key = (tag, element.get("class"), element.get("id"))
        names = self._names_of_elements.get(key)
        if names is None:
            names = self._names_of_elements[key] = region_names(*key)
        if tag in _FIGURES and next(element.iter(*_FIGURE_TEXTS), None) is not None:
            names = frozenset()
        region = Region(names, next_block) if names else None
        self._regions.append(region)
        if region is not None:
            self._page.regions.append(region)

    def _leave(self) -> None:
        next_block = len(self._page.blocks)
        self._page.containers[self._open.pop()[1]].end = next_block
        if (region := self._regions.pop()) is not None:
            region.end = next_block

    def _add(self, text: str | None) -> None:
        if text:
            self._parts.append(text)
            if self._links:
                self._linked += len(text.strip())

    def _flush(self) -> None:
        """End the block; text without a letter or digit makes no block."""
        if not self._parts:
            return
        raw, linked = "".join(self._parts), self._linked
        self._parts.clear()
        self._linked = 0
        tag, parent = self._block_position()
        text = _lines(raw, preformatted=tag == "pre")
        if not any(map(str.isalnum, text)):
            return
        linked += sum(map(len, _URL.findall(text)))
        self._page.blocks.append(Block(text, tag, parent, min(linked, len(text))))

    def _block_position(self) -> tuple[str, int]:
        """Return the tag of the block that ends and the number of the container around it.

        The first paragraph of a list item is the item.
        """
        if not self._open:
            return "body", 0
        level = len(self._open) - 1
        if level and self._open[level][0] in _PARAGRAPHS and self._is_new_item(*self._open[level - 1]):
            level -= 1
        return self._open[level][0], self._open[level - 1][1] if level else 0

    def _is_new_item(self, tag: str, container: int) -> bool:
        return tag == "li" and self._page.containers[container].start == len(self._page.blocks)


def _lines(raw: str, *, preformatted: bool) -> str:
    """Collapse white space; intended line breaks are kept."""
    if preformatted:
        raw = raw.replace("\n", _BREAK)
    if _BREAK not in raw:
        return " ".join(raw.split())
    return "\n".join(filter(None, (" ".join(line.split()) for line in raw.split(_BREAK))))
