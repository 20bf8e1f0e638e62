"""The elements of a newsletter's HTML: their texts, the paragraphs around links, and removing several at once."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree
from lxml.html import HtmlElement

from monitor.core.text import clean
from monitor.core.text.markup import html_to_text

_INVISIBLE = re.compile("[\xad\u034f\u115f\u200b-\u200f\u2060\ufeff]")
"""Characters without a shape, which mailing services use as padding."""
BLOCKS = frozenset(
    ("p", "li", "td", "th", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "article", "section", "tr", "body")
)
"""Tags of the elements that hold a paragraph."""


class ElementLines:
    """The texts of elements, each on one line; each is read once."""

    def __init__(self) -> None:
        self._lines: dict[HtmlElement, str] = {}

    def of(self, node: HtmlElement) -> str:
        """Return the text of an element, without invisible characters."""
        if node not in self._lines:
            self._lines[node] = " ".join(_INVISIBLE.sub("", clean(" ".join(node.itertext()))).split())
        return self._lines[node]


def text_of(tree: HtmlElement) -> str:
    """Return the text of an element in paragraphs."""
    return clean(html_to_text(etree.tostring(tree, encoding="unicode", method="html")))


def block_of(node: HtmlElement) -> HtmlElement:
    """Return the innermost paragraph around an element, or the element if it is one."""
    while node.tag not in BLOCKS and (parent := node.getparent()) is not None:
        node = parent
    return node


def remove(tree: HtmlElement, nodes: Iterable[HtmlElement]) -> None:
    """Remove elements all at once: `drop_tree` copies the text before an element for each of them."""
    for node in nodes:
        if node.tag not in {"body", "html"}:
            node.tag = "template"
    etree.strip_elements(tree, "template", with_tail=False)
