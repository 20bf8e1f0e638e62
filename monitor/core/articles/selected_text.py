"""The text of the elements that a user's CSS selector finds (`fulltext_select`)."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from typing import TYPE_CHECKING

from monitor.core.articles.clutter import remove_clutter
from monitor.core.articles.page_blocks import block_lines, split_page
from monitor.core.articles.parsing import remove_unread
from monitor.core.text.selectors import compile_selector

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def select_text(tree: HtmlElement, selector: str, titles: Collection[str]) -> str:
    """Return the text of what a selector finds, by paragraphs and without titles; "" if it finds no text.

    The user has chosen the elements, so that names and tags in them hide nothing; only scripts and forms are left out.
    """
    elements = compile_selector(selector)(tree)
    outermost = set(elements)
    lines: list[str] = []
    for element in elements:
        if outermost.isdisjoint(element.iterancestors()):
            part = copy(element)
            part.tail = None
            remove_unread(part)
            lines += block_lines(split_page(part).blocks)
    return "\n\n".join(remove_clutter(lines, titles))
