"""The links of a newsletter in HTML that lead to articles: the title and the text that belong to each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from lxml.html import HtmlElement

from monitor.core.newsletters import body_elements, service_links
from monitor.core.newsletters.body_elements import BLOCKS, ElementLines, block_of
from monitor.core.text.tags import HEADING_TAGS

_MAX_BLOCK_CHARS = 1_500
"""Characters of an element that belongs to one link as a whole; of a longer one, the sentence with the link does."""
_BESIDE_CHARS = 500
"""Characters of a longer element that belong to a link in it."""
MAX_LINK_TITLE_CHARS = 200
_EXAMINED_CHARS = 120
"""Characters of a sentence, from either end, that are looked at for what its link is for."""
_MIN_TITLE_CHARS = 15
"""Characters of a link's text from which it can be a title."""
_MIN_HEADING_CHARS = 6
"""Characters from which a heading can be a title."""
_MAX_IMPRINT_CHARS = 100
"""Characters of an element in which an address is that of an imprint."""
_ADDRESS = re.compile(r"\W*(?:https?://)?(?:[\w-]+\.)+[a-z]{2,12}(?:/[\w-]*)?\W*|\W*@\w+\W*", re.IGNORECASE)
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


class Anchor(NamedTuple):
    """An `a` element whose link leads to a web page."""

    node: HtmlElement
    url: str
    text: str
    is_tracker: bool


class ArticleLinks:
    """The links of a body that lead to articles."""

    def __init__(self, anchors: list[Anchor], browser_link: str, lines: ElementLines) -> None:
        self._lines = lines
        self._anchors: dict[str, list[Anchor]] = {}
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

    def take_from(self, tree: HtmlElement) -> list[BodyLink]:
        """Return the links with a text, and remove from the body the elements that belong to one of them as a whole."""
        links: list[BodyLink] = []
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
            below = self._paragraphs_below(block, same) if text == title else []
            written = dict.fromkeys(
                [
                    title,
                    *(each.text for each in with_text if len(each.text) >= _MIN_TITLE_CHARS),
                    beside,
                    *map(self._lines.of, below),
                ]
            )
            links.append(BodyLink(url, title, _join_texts(written), same[0].is_tracker))
            whole += [] if is_shared else [block, *below]
        body_elements.remove(tree, whole)
        return links

    def _own_block(self, node: HtmlElement) -> HtmlElement:
        """Return the largest element around a link that holds no other link to an article, at least its paragraph."""
        own = node
        while (parent := own.getparent()) is not None and len(self._urls_below[parent]) < 2:
            if parent.tag == "body" or len(self._lines.of(parent)) > _MAX_BLOCK_CHARS:
                break
            own = parent
        return own if own.tag in BLOCKS else block_of(own)

    def _paragraphs_below(self, block: HtmlElement, same: list[Anchor]) -> list[HtmlElement]:
        """Return the elements after one that holds a title only, up to the next heading, rule or other link.

        After the last title it is one element at most, since the imprint may follow.
        """
        own = {each.node for each in same}
        below: list[HtmlElement] = []
        length = 0
        for element in block.itersiblings("*"):
            is_next = element.tag in {"hr", *HEADING_TAGS} or any(
                node.tag in HEADING_TAGS or (node.tag == "a" and node not in own)
                for node in element.iter("a", *HEADING_TAGS)
            )
            length += len(self._lines.of(element))
            if is_next or length > _MAX_BLOCK_CHARS:
                return below
            below.append(element)
        return below[:1]

    def _title(self, same: list[Anchor], block: HtmlElement | None, text: str) -> str:
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
