"""The visible text of elements of a web page, and the dates in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from monitor.core.sources.written_dates import first_date

_SKIPPED = frozenset({"script", "style", "noscript", "template", "svg", "select", "option", "iframe"})
_EXAMINED_CHARS = 2_000
"""Characters of an element in which a date is looked for."""
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")
_DATE_ATTRIBUTES = ("title", "content", "data-date", "data-time", "data-datetime", "data-published")
_DATED_TAGS = ("span", "abbr", "meta", "div", "p", "li", "td", "article")


class TextRun(NamedTuple):
    """A text without an element in it."""

    text: str
    node: HtmlElement
    """The element that directly holds the text."""
    position: int
    """The index of the text among the texts of that element."""
    is_linked: bool


class PageText:
    """The texts of an element in the order of the document."""

    def __init__(self, root: HtmlElement) -> None:
        self.runs: list[TextRun] = []
        self._starts: dict[HtmlElement, int] = {}
        self._ends: dict[HtmlElement, int] = {}
        self._text_counts: Counter[HtmlElement] = Counter()
        links = 0
        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, node in walk:
            if event == "start":
                self._starts[node] = len(self.runs)
                links += node.tag == "a"
                if node.tag in _SKIPPED or node.get("hidden") is not None:
                    walk.skip_subtree()
                else:
                    self._add(node.text, node, links)
                continue
            if event == "end":
                self._ends[node] = len(self.runs)
                links -= node.tag == "a"
            if node is not root:
                self._add(node.tail, node.getparent(), links)

    def run_range(self, node: HtmlElement) -> tuple[int, int]:
        """Return the place of the first text of an element in `runs`, and that after its last.

        An element in one that is not shown, such as `noscript`, has no texts, and the place of that.
        """
        shown = next(each for each in (node, *node.iterancestors()) if each in self._starts)
        return self._starts[shown], self._ends[shown]

    def _add(self, text: str | None, node: HtmlElement, links: int) -> None:
        if text and (line := " ".join(text.split())):
            self.runs.append(TextRun(line, node, self._text_counts[node], links > 0))
            self._text_counts[node] += 1


def visible_text(node: HtmlElement) -> str:
    """Return the text of an element on one line, without scripts and styles."""
    return " ".join(" ".join(texts_of(node)).split())


def texts_of(node: HtmlElement) -> Iterator[str]:
    """Yield the texts of an element in the order of the document, as written."""
    stack: list[HtmlElement | str] = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, str):
            yield each
            continue
        if each.tail and each is not node:
            stack.append(each.tail)
        if not isinstance(each.tag, str) or each.tag in _SKIPPED:
            continue
        stack.extend(reversed(each))
        if each.text:
            yield each.text


def find_date(node: HtmlElement, *, whole: bool = False) -> str:
    """Return the date that an element shows, as written: of a `time` element, else the first in its text; or nothing.

    With `whole` the element is known to be a date, so that all its text is one.
    """
    for time in node.iter("time"):
        if written := (time.get("datetime") or visible_text(time)).strip():
            return written
    text = visible_text(node)[:_EXAMINED_CHARS]
    return first_date(text) or (text if whole else "")


def attribute_date(node: HtmlElement) -> str:
    """Return the first ISO date in an attribute of an element or one in it, such as the `title` of `2 hours ago`."""
    values = (each.get(name) or "" for each in node.iter(*_DATED_TAGS) for name in _DATE_ATTRIBUTES)
    return next((value for value in values if _ISO.match(value)), "")
