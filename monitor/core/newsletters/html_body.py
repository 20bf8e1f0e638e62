"""The body of a newsletter in HTML: the text a reader sees, its links, and the address to read it in a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from monitor.core.newsletters import body_elements, service_links, tracking
from monitor.core.newsletters.article_links import Anchor, ArticleLinks, BodyLink
from monitor.core.newsletters.body_elements import ElementLines
from monitor.core.text import clean
from monitor.core.text.html_trees import parse_html_tree
from monitor.core.text.markup import html_to_text

MAX_MAIL_LINKS = 1_000
"""Links that are read of one message; further ones are counted."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)", re.IGNORECASE)
_SKIPPED = frozenset({"script", "style", "head", "title", "noscript", "template", "svg", "select", "button", "object"})


@dataclass(slots=True)
class HtmlBody:
    """A body as its reader sees it."""

    text: str = ""
    links: list[BodyLink] = field(default_factory=list)
    """Links of articles, in reading order, each address once."""
    rest: str = ""
    """The text beside no link."""
    browser_link: str = ""
    """Where the message can be read in a browser; it may name the subscriber if the mailing service needs that."""
    left_out: int = 0
    """Links beyond MAX_MAIL_LINKS."""


def parse_body(markup: str, *, with_links: bool) -> HtmlBody:
    """Read a body; the links to articles only if `with_links`."""
    tree = parse_html_tree(markup)
    if tree is None:
        return HtmlBody(text=clean(html_to_text(markup)))
    tree = _without_hidden(tree, markup)
    nodes = list(tree.iter("a"))
    body = HtmlBody(text=body_elements.text_of(tree), left_out=max(0, len(nodes) - MAX_MAIL_LINKS))
    lines = ElementLines()
    resolved = [(node, tracking.resolve(node.get("href") or "")) for node in nodes[:MAX_MAIL_LINKS]]
    anchors = [Anchor(node, link.url, lines.of(node), link.is_tracker) for node, link in resolved if link.url]
    body.browser_link = next((each.url for each in anchors if _opens_browser(each, lines)), "")
    if with_links:
        body.links = ArticleLinks(anchors, body.browser_link, lines).take_from(tree)
        body.rest = body_elements.text_of(tree) if body.links else body.text
    return body


def _without_hidden(tree: HtmlElement, markup: str) -> HtmlElement:
    """Remove what mail programs do not show: preview texts, and copies for other sizes of screens."""
    before = _length(tree)
    hidden = [node for node in tree.iter() if node.get("hidden") is not None or _HIDDEN.search(node.get("style") or "")]
    body_elements.remove(tree, hidden)
    again = parse_html_tree(markup) if _length(tree) < before / 5 else None  # the styles mean something else
    shown = tree if again is None else again
    etree.strip_elements(shown, *_SKIPPED, with_tail=False)
    return shown


def _length(tree: HtmlElement) -> int:
    return int(tree.xpath("string-length()"))


def _opens_browser(anchor: Anchor, lines: ElementLines) -> bool:
    if service_links.is_browser_text(anchor.text):
        return True
    around = lines.of(body_elements.block_of(anchor.node))
    return service_links.is_pointer(anchor.text) and service_links.is_about_browser(around)
