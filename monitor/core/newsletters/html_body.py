"""The body of a newsletter in HTML: what a reader sees of it, its links, and the address to read it in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from monitor.core.newsletters import service_links, tracking
from monitor.core.text import clean
from monitor.core.text.html_trees import parse_html_tree
from monitor.core.text.markup import html_to_text
from monitor.core.text.tags import HEADING_TAGS

MAX_MAIL_LINKS = 1_000
"""Links that are read of one message; further ones are counted."""
_MAX_BLOCK_CHARS = 1_500
"""Characters of an element that belongs to one link as a whole; of a longer one, the sentence with the link does."""
_BESIDE_CHARS = 500
"""Characters of a longer element that belong to a link in it."""
MAX_LINK_TITLE_CHARS = 200
_EXAMINED_CHARS = 120
"""Characters of a sentence, from either end, that are looked at for what its link is for."""
_MIN_TITLE_CHARS = 15
"""Characters of a link's text from which it can be a title."""
_INVISIBLE = re.compile("[\xad\u034f\u115f\u200b-\u200f\u2060\ufeff]")
"""Characters without a shape, which mailing services use as padding."""
_MIN_HEADING_CHARS = 6
"""Characters from which a heading can be a title."""
_MAX_IMPRINT_CHARS = 100
"""Characters of an element in which an address is that of an imprint."""
_ADDRESS = re.compile(r"\W*(?:https?://)?(?:[\w-]+\.)+[a-z]{2,12}(?:/[\w-]*)?\W*|\W*@\w+\W*", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)", re.IGNORECASE)
_SKIPPED = frozenset({"script", "style", "head", "title", "noscript", "template", "svg", "select", "button", "object"})
_BLOCKS = frozenset(
    ("p", "li", "td", "th", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "article", "section", "tr", "body")
)
_BOLD = frozenset({"b", "strong"})
_MORE = re.compile(
    r"(?:(?:read|continue|learn|view|see|show|find|get|click|discover|download|shop|open)\b.{0,30}"
    r"|(?:lire|en savoir|weiter|mehr|zum|zur|hier|lesen|jetzt|leggi|scopri|leer|saiba|ver|lees|läs|czytaj)\b.{0,30}"
    r"|more|here|this|that|link|ici|aqu[ií]|qui|details?|pdf|"
    r"|详细|更多|查看|阅读.{0,4}|続きを読む|詳細.{0,4}|더 보기)\W*",
    re.IGNORECASE,
)
"""Texts of links that are not titles."""


class BodyLink(NamedTuple):
    """One address that a newsletter links, and what it says of it."""

    url: str
    title: str
    text: str
    """All text beside the link that belongs to no other one, the title included."""
    is_tracker: bool


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
    body = HtmlBody(text=_text(tree), left_out=max(0, len(nodes) - MAX_MAIL_LINKS))
    lines = _Lines()
    resolved = [(node, tracking.resolve(node.get("href") or "")) for node in nodes[:MAX_MAIL_LINKS]]
    anchors = [_Anchor(node, link.url, lines.of(node), link.is_tracker) for node, link in resolved if link.url]
    body.browser_link = next((each.url for each in anchors if _opens_browser(each, lines)), "")
    if with_links:
        _ArticleLinks(anchors, body.browser_link, lines).add_to(body, tree)
    return body


class _Anchor(NamedTuple):
    node: HtmlElement
    url: str
    text: str
    is_tracker: bool


def _without_hidden(tree: HtmlElement, markup: str) -> HtmlElement:
    """Remove what mail programs do not show: preview texts, and copies for other sizes of screens."""
    before = _length(tree)
    hidden = [node for node in tree.iter() if node.get("hidden") is not None or _HIDDEN.search(node.get("style") or "")]
    _drop(tree, hidden)
    again = parse_html_tree(markup) if _length(tree) < before / 5 else None  # the styles mean something else
    shown = tree if again is None else again
    etree.strip_elements(shown, *_SKIPPED, with_tail=False)
    return shown


def _drop(tree: HtmlElement, nodes: Iterable[HtmlElement]) -> None:
    """Remove elements all at once: `drop_tree` copies the text before an element for each of them."""
    for node in nodes:
        if node.tag not in {"body", "html"}:
            node.tag = "template"
    etree.strip_elements(tree, "template", with_tail=False)


def _length(tree: HtmlElement) -> int:
    return int(tree.xpath("string-length()"))


def _text(tree: HtmlElement) -> str:
    return clean(html_to_text(etree.tostring(tree, encoding="unicode", method="html")))


class _Lines:
    """The texts of elements, each on one line."""

    def __init__(self) -> None:
        self._lines: dict[HtmlElement, str] = {}

    def of(self, node: HtmlElement) -> str:
        """Return the text of an element, without invisible characters."""
        if node not in self._lines:
            self._lines[node] = " ".join(_INVISIBLE.sub("", clean(" ".join(node.itertext()))).split())
        return self._lines[node]


def _opens_browser(anchor: _Anchor, lines: _Lines) -> bool:
    if service_links.is_browser_text(anchor.text):
        return True
    return service_links.is_pointer(anchor.text) and service_links.is_about_browser(lines.of(_block_of(anchor.node)))


def _block_of(node: HtmlElement) -> HtmlElement:
    while node.tag not in _BLOCKS and (parent := node.getparent()) is not None:
        node = parent
    return node


class _ArticleLinks:
    """The links of a body that lead to articles."""

    def __init__(self, anchors: list[_Anchor], browser_link: str, lines: _Lines) -> None:
        self._lines = lines
        self._anchors: dict[str, list[_Anchor]] = {}
        service = {each.url for each in anchors if service_links.is_service_link(each.text, each.url)} | {browser_link}
        for each in anchors:
            if each.url not in service and not service_links.is_front_page(each.url):
                self._anchors.setdefault(each.url, []).append(each)
        self._urls_below: dict[HtmlElement, set[str]] = {}
        for url, same in self._anchors.items():
            for anchor in same:
                for node in (anchor.node, *anchor.node.iterancestors()):
                    below = self._urls_below.setdefault(node, set())
                    if len(below) < 2:
                        below.add(url)

    def add_to(self, body: HtmlBody, tree: HtmlElement) -> None:
        """Add the links with a text, and the text beside none of them."""
        whole: list[HtmlElement] = []
        for url, same in self._anchors.items():
            with_text = [each for each in same if each.text]
            block = self._own_block(with_text[0].node) if with_text else None
            if block is None:
                continue
            text = self._lines.of(block)
            is_shared = len(text) > _MAX_BLOCK_CHARS
            title = self._title(with_text, None if is_shared else block, text)
            if _is_menu_item(title, text) or _is_service(title, with_text[0].text, text):
                continue
            beside = _sentences_around(text, with_text[0].text) if is_shared else text
            written = dict.fromkeys(
                [title, *(each.text for each in with_text if len(each.text) >= _MIN_TITLE_CHARS), beside]
            )
            body.links.append(BodyLink(url, title, _join_texts(written), same[0].is_tracker))
            whole += [] if is_shared else [block]
        _drop(tree, whole)
        body.rest = _text(tree) if whole else body.text

    def _own_block(self, node: HtmlElement) -> HtmlElement:
        """Return the largest element around a link that holds no other link to an article, at least its paragraph."""
        own = node
        while (parent := own.getparent()) is not None and len(self._urls_below[parent]) < 2:
            if parent.tag == "body" or len(self._lines.of(parent)) > _MAX_BLOCK_CHARS:
                break
            own = parent
        return own if own.tag in _BLOCKS else _block_of(own)

    def _title(self, same: list[_Anchor], block: HtmlElement | None, text: str) -> str:
        """Return the first text of the links that can be a title, else a heading of the block, else the sentence."""
        own = [each.text for each in same if not _MORE.fullmatch(each.text)]
        title = next((each for each in own if len(each) >= _MIN_TITLE_CHARS), "") or self._heading(block)
        if not title:
            part = (own or [same[0].text])[0]
            around = _sentence_around(text, part)
            title = (
                around
                if len(around) > len(part) + _MIN_TITLE_CHARS
                else _sentence_around(text, text[:_MIN_TITLE_CHARS])
            )
        return title[:MAX_LINK_TITLE_CHARS]

    def _heading(self, block: HtmlElement | None) -> str:
        """Return the first heading of a block, else its first bold text, that is long enough for a title."""
        if block is None:
            return ""
        headings = [(self._lines.of(node), _MIN_HEADING_CHARS) for node in block.iter(*HEADING_TAGS)]
        headings += [(self._lines.of(node), _MIN_TITLE_CHARS) for node in block.iter(*_BOLD)]
        return next((text for text, least in headings if len(text) >= least), "")


def _join_texts(texts: Iterable[str]) -> str:
    """Join different texts, without those that another one holds."""
    every = list(texts)
    searched = "\0".join(every)
    return "\n\n".join(text for text in every if searched.find(text, searched.find(text) + 1) < 0)


def _is_service(title: str, link_text: str, text: str) -> bool:
    """Return True for a link whose own text or sentence says that it is for a service."""
    around = text if service_links.is_pointer(link_text) and len(text) <= MAX_LINK_TITLE_CHARS else ""
    return any(map(service_links.is_service_text, (title, around[:_EXAMINED_CHARS], around[-_EXAMINED_CHARS:])))


def _is_menu_item(title: str, text: str) -> bool:
    """Return True for a word or two, an address or an account with nothing beside them.

    Titles in other scripts than the Latin one may be as short as a word.
    """
    is_short = len(title) < _MIN_TITLE_CHARS and len(text) < 2 * _MIN_TITLE_CHARS and title.isascii()
    return is_short or (len(text) < _MAX_IMPRINT_CHARS and bool(_ADDRESS.fullmatch(title)))


def _sentences_around(text: str, part: str) -> str:
    """Return the sentence that contains a part of a long text, with what follows it."""
    at = text.find(_sentence_around(text, part))
    return text[max(at, 0) : max(at, 0) + _BESIDE_CHARS]


def _sentence_around(text: str, part: str) -> str:
    """Return the sentence of a text that contains a part."""
    at = text.find(part)
    if at < 0 or len(text) <= MAX_LINK_TITLE_CHARS:
        return text if at >= 0 else part
    first, last = max(0, at - _MAX_BLOCK_CHARS), at + len(part) + _MAX_BLOCK_CHARS
    starts = [end + 2 for mark in (". ", "! ", "? ", ": ") if (end := text.rfind(mark, first, at)) >= 0]
    ends = [end for mark in (". ", "! ", "? ") if (end := text.find(mark, at + len(part), last)) >= 0]
    return text[max(starts, default=first) : min(ends, default=last) + 1].strip()
