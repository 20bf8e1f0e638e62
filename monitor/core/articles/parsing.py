"""Detects the kind of a page, parses its markup, and removes from the tree what no extraction method reads.

Repairs what would lose the article: markup that ends the page early, and elements that were never closed, so that the
parser puts the article into a menu or a button.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from lxml.html import HtmlElement


_REMOVED_TAGS = (
    "applet", "area", "aside", "audio", "blink", "button", "canvas", "datalist", "dialog", "embed", "fencedframe",
    "footer", "frame", "frameset", "head", "iframe", "input", "label", "legend", "link", "map", "marquee", "menu",
    "menuitem", "nav", "noindex", "noscript", "object", "optgroup", "option", "output", "param", "picture",
    "progress", "script", "select", "source", "style", "svg", "template", "textarea", "track", "use", "video",
)  # fmt: skip
_BORDERED = ".//*[self::p or self::span][contains(@style, 'border')][not(contains(@style, 'display'))]"
_LINK_SPANS = ".//span[contains(concat(' ', normalize-space(@class), ' '), ' link ')][.//a]"
_MIN_PROSE_CHARS = 60
"""Length from which a paragraph counts as prose."""
_ARTICLE_SHARE = 0.5
"""An element with more than this share of the page's prose holds the article, whatever its tag."""
_LENGTH = "string-length(normalize-space())"
_END = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
MAX_PAGE_DEPTH = 512
"""Elements around an element; browsers nest no deeper (kMaximumHTMLParserDOMTreeDepth of Blink). trafilatura takes
cubic time in the depth of a page: 6 seconds for 16,000 characters that are nested 1,600 deep."""
_TOO_DEEP = f"boolean({'/*' * (MAX_PAGE_DEPTH + 1)})"
"""An XPath, since a loop of Python over all elements takes three times as long."""

PageKind = Literal["html", "pdf", "text", "empty", "other"]

_TEXT_TYPES = ("text/plain", "text/markdown")
_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml")
_LOOKS_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|main|div|p|meta|title)\b", re.IGNORECASE)
_EXAMINED_BYTES = 4096
"""First bytes of a response in which its kind is looked for."""


def parse_html(markup: str) -> tuple[HtmlElement | None, bool]:
    """Return the parsed page, or None when it is empty; and whether it can be extracted from.

    False means that it is nested deeper than MAX_PAGE_DEPTH, or so deep that the parser did not read it to the end.
    """
    from lxml.etree import LxmlError
    from lxml.html import document_fromstring

    parser = html_parser()
    try:
        tree = document_fromstring(_without_early_end(markup).encode("utf-8", errors="replace"), parser=parser)
    except (LxmlError, ValueError):  # nothing but comments, or nothing at all
        return None, False
    complete = not any("depth" in error.message for error in parser.error_log)
    return tree, complete and not tree.xpath(_TOO_DEEP)


def _without_early_end(markup: str) -> str:
    """Remove the end tags of the page if they come before its end: the parser reads no further, browsers do."""
    first = _END.search(markup)
    return markup if first is None or not _END.sub("", markup[first.end() :]).strip() else _END.sub("", markup)


def remove_unread(tree: HtmlElement) -> None:
    """Remove what no extraction method reads, which saves the time for traversing and copying it."""
    from lxml.etree import strip_elements

    _rename_wrappers(tree)
    strip_elements(tree, *_REMOVED_TAGS, with_tail=False)


def remove_misleading_marks(tree: HtmlElement) -> None:
    """Remove attributes because of which the library would leave out prose."""
    for element in tree.xpath(_BORDERED):  # text pasted from a word processor has `border:none` on each sentence
        del element.attrib["style"]
    for element in tree.xpath(_LINK_SPANS):  # some newsrooms wrap each link in its sentence so
        del element.attrib["class"]


def _rename_wrappers(tree: HtmlElement) -> None:
    """Make a div of each element with most of the prose that would be removed: a button that was never closed."""
    from lxml.etree import XPath, iterwalk

    length_of = XPath(_LENGTH)
    total = 0.0
    starts: list[float] = []  # prose before each open element that would be removed
    wrappers: list[tuple[HtmlElement, float]] = []
    for event, element in iterwalk(tree, events=("start", "end"), tag=("p", *_REMOVED_TAGS)):
        if element.tag == "p":
            if event == "end" and (length := length_of(element)) >= _MIN_PROSE_CHARS:
                total += length
        elif event == "start":
            starts.append(total)
        elif total > (start := starts.pop()):
            wrappers.append((element, total - start))
    for element, weight in wrappers:
        if weight >= _ARTICLE_SHARE * total:
            element.tag = "div"


@cache
def html_parser() -> Any:  # noqa: ANN401  # the library is untyped
    """Return the parser of this process."""
    from lxml.etree import ElementDefaultClassLookup
    from lxml.html import HtmlElement, HTMLParser

    parser = HTMLParser(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    # The library asks Python for the class of each element that it hands out, for forms; here all are alike.
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    return parser


def detect_kind(page: bytes, content_type: str) -> PageKind:
    """Return the kind of a page; its first bytes take precedence over the Content-Type header."""
    head = page[:_EXAMINED_BYTES].lstrip()
    media = content_type.partition(";")[0].strip().lower()
    if not page.strip():
        return "empty"
    if head.startswith(b"%PDF-"):
        return "pdf"
    if media in _HTML_TYPES or _LOOKS_HTML.search(head) or (not media and head.startswith(b"<")):
        return "html"
    if media in _TEXT_TYPES or (not media and b"\0" not in head):
        return "text"
    return "other"
