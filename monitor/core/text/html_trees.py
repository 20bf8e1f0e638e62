"""Parses HTML of publishers and mail programs, valid or not."""

from __future__ import annotations

from lxml import etree, html
from lxml.html import HtmlElement


def parse_html_tree(text: str, *, keep_comments: bool = False) -> HtmlElement | None:
    """Return the tree of a text; None if it has no element. `keep_comments`: they may separate two texts of a list."""
    if not text.strip():
        return None
    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=not keep_comments, remove_pis=not keep_comments
    )
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):
        return None
