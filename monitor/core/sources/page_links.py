"""The links of a web page, and what their texts and addresses show: a title, a document, a control of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.core import links
from monitor.core.sources.page_text import visible_text
from monitor.core.sources.written_dates import first_date, is_only_date
from monitor.core.text import CJK_RANGES
from monitor.core.text.tags import HEADING_TAGS

MAX_PAGE_LINKS = 10_000
"""Maximum number of links of a page that are read."""
MAX_HEADLINE_CHARS = 150
"""Characters beyond which a text is rather a summary, if there is another."""
MIN_HEADLINE_CHARS = 15
"""Characters below which a text is hardly a headline."""
_MIN_SHORTENED_CHARS = 8
"""Characters that remain of a shortened title."""
_MORE = re.compile(
    r"(?:(?:read|continue|learn|view|see|show|find|lire|weiter|leggi|leer|saiba|ver)\b.{0,24}|"
    r"more(?: (?:in|from|on|about|of)\b.{0,60}| (?:news|articles|posts|stories|results|publications|press releases))?|"
    r"details?|download|"
    r"pdf|html?|link|here|permalink||详细|更多|查看|続きを読む|詳細)\W*",
    re.IGNORECASE,
)
"""Texts of links that are not titles."""
_TITLE_CLASS = re.compile(
    r"(?:^|[\s_-]|(?<=[a-z])(?=[A-Z]))"
    r"(?i:title|headline|heading|subject|titre|titul[oa]|titular|titolo|titel|rubrik|otsikko|tytul|nadpis|naslov|baslik|judul)"
    r"(?:$|[\s_-]|(?=[A-Z]))"
)
"""Classes of titles in English and other languages; also as a part of `newsTitle`."""
_ADDRESS_ATTRIBUTES = ("data-href", "data-url", "data-link")
"""Attributes in which scripts find the address of a link whose `href` is none."""
_OPENS = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\(|window\.open\()\s*[\"']([^\"']{1,2000})[\"']"
)
_CALL = re.compile(r"\b(?!void\b)[a-z_$][\w$.]{0,60}\(\s*[\"']?[\w-][^()]{0,200}\)", re.IGNORECASE)
"""A call of a function with an argument, which tells one item of a list from the others."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_CJK = re.compile(f"[{CJK_RANGES}]")
_EXTENSION = re.compile(r"\.([a-zA-Z][a-zA-Z0-9]{1,4})$")
_DOCUMENTS = frozenset({"pdf", "doc", "docx", "rtf", "odt", "wpd"})


class PageLink(NamedTuple):
    """A link to another page."""

    node: HtmlElement
    url: str
    text: str


class PageLinks:
    """The links within an element to other pages, resolved against `base`; at most MAX_PAGE_LINKS.

    With `calls` instead those that call a function of the page, such as `onclick="view(123)"`: which page that shows is
    not known, so their address is that of the page with the call as its fragment.
    """

    def __init__(self, tree: HtmlElement, base: str, *, calls: bool = False) -> None:
        self.base = base
        self.is_cut = False
        page = base.partition("#")[0]
        self._by_node: dict[HtmlElement, PageLink] = {}
        for node in tree.iter("a"):
            if len(self._by_node) == MAX_PAGE_LINKS:
                self.is_cut = True
                break
            if calls and not _is_scripted(node.get("href") or ""):
                continue
            url = next((url for url in _addresses(node, base) if url and url.partition("#")[0] != page), "")
            if calls:
                call = None if url else _CALL.search(node.get("onclick") or node.get("href") or "")
                url = f"{page}#{''.join(call[0].split())}" if call else ""
            if url:
                self._by_node[node] = PageLink(node, url, visible_text(node))

    def __iter__(self) -> Iterator[PageLink]:
        return iter(self._by_node.values())

    def is_call(self, url: str) -> bool:
        """Return True for the address of a link that calls a function."""
        return url.startswith(f"{self.base.partition('#')[0]}#")

    def within(self, node: HtmlElement) -> list[PageLink]:
        """Return the links in an element, in the order of the page."""
        return [self._by_node[each] for each in node.iter("a") if each in self._by_node]


def _addresses(node: HtmlElement, base: str) -> Iterator[str]:
    """Yield the addresses to which a link leads: that of its `href`, else those that a script of it opens."""
    href = node.get("href") or ""
    yield links.resolve_link(base, "".join(href.split()) if "\n" in href else href.strip())
    if _is_scripted(href):
        yield from (links.resolve_link(base, node.get(name) or "") for name in _ADDRESS_ATTRIBUTES)
        opened = (_OPENS.search(script) for script in (node.get("onclick") or "", href))
        yield from (links.resolve_link(base, match[1]) for match in opened if match)


def _is_scripted(href: str) -> bool:
    """Return True for the `href` of a link that leads nowhere by itself."""
    return not href or href.startswith("#") or href[:11].lower() == "javascript:"


@lru_cache(maxsize=20_000)
def address_form(url: str) -> tuple[str, str, str]:
    """Return the form of an address: host, folder without its numbers, and extension; of a script also its name."""
    parts = urlsplit(url)
    folder, _, name = parts.path.rstrip("/").rpartition("/")
    extension = _EXTENSION.search(name)
    script = name if parts.query and extension else ""
    return parts.netloc, re.sub(r"\d+", "0", f"{folder}/{script}"), extension[1].lower() if extension else ""


def is_document(url: str) -> bool:
    """Return True for the address of a file to read, such as a PDF."""
    return address_form(url)[2] in _DOCUMENTS


def is_generic_text(text: str) -> bool:
    """Return True for the text of a link that is not a title, such as `Read more`."""
    return _MORE.fullmatch(text) is not None


def is_title(text: str) -> bool:
    """Return True for a text of at least two words; numbers of documents and `Read more` are not titles."""
    if is_generic_text(text):
        return False
    words = _WORD.findall(text)
    return len(words) >= 2 or len("".join(words)) >= MIN_HEADLINE_CHARS or len(_CJK.findall(text)) >= 4


def text_length(text: str) -> int:
    """Return the length of a text in Latin letters; a character of a script without spaces counts for three."""
    return len(text) + 2 * len(_CJK.findall(text))


def heading_within(node: HtmlElement) -> str:
    """Return the text of the first heading in an element; or nothing."""
    for each in node.iter(*HEADING_TAGS):
        if text := visible_text(each):
            return text
    return ""


def image_title(node: HtmlElement) -> str:
    """Return what a link without text says of itself to those who do not see its image; or nothing."""
    values = [node.get("title"), node.get("aria-label"), *(image.get("alt") for image in node.iter("img"))]
    return next((value for value in values if value and is_title(value)), "")


def is_in_heading(node: HtmlElement, item: HtmlElement) -> bool:
    """Return True if an element is in a heading, or in an element of its item whose class names it a title."""
    is_inside = True
    for each in (node, *node.iterancestors()):
        if each.tag in HEADING_TAGS or (is_inside and _TITLE_CLASS.search(each.get("class") or "")):
            return True
        is_inside = is_inside and each is not item
    return False


def link_title(link: PageLink) -> str:
    """Return the headline within a link: its heading, what its class names a title, or all its text.

    Empty if the link also holds the date or the summary, and nothing says which of its texts is the title.
    """
    if heading := heading_within(link.node):
        return heading
    named = (visible_text(node) for node in link.node.iterdescendants() if _TITLE_CLASS.search(node.get("class") or ""))
    if title := next(filter(is_title, named), ""):
        return title
    if whole := _whole_title(link):
        return whole
    if len(link.text) <= MAX_HEADLINE_CHARS and not first_date(link.text):
        return link.text
    titles = [text for _, text in text_parts(link.node) if is_title(text) and not is_only_date(text)]
    return "" if len(titles) > 1 else next(iter(titles), link.text)


def _whole_title(link: PageLink) -> str:
    """Return the title that the page shows shortened, from the `title` of the link or of what is directly around it."""
    shown = link.text.rstrip(".\u2026 ")
    if len(shown) < _MIN_SHORTENED_CHARS:
        return ""
    titles = (" ".join((each.get("title") or "").split()) for each in (link.node, link.node.getparent()))
    return next((title for title in titles if len(title) > len(shown) and title.startswith(shown)), "")


def text_parts(node: HtmlElement) -> list[tuple[tuple[object, ...], str]]:
    """Return the texts in an element that are elements of their own, each with its path of tags and numbers from it.

    Words in bold or in quotation marks are a part of the text around them.
    """
    parts: list[tuple[tuple[object, ...], str]] = []
    waiting: list[tuple[tuple[object, ...], HtmlElement]] = [((), node)]
    while waiting:
        path, each = waiting.pop()
        if not isinstance(each.tag, str):
            continue
        is_mixed = any((text or "").strip() for text in (each.text, *(child.tail for child in each)))
        if is_mixed or not len(each):
            if text := visible_text(each):
                parts.append((path, text))
            continue
        waiting += [((*path, each.tag, number), child) for number, child in reversed(list(enumerate(each)))]
    return parts
