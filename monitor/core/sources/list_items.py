"""Reads the items of a list on a web page: which link of each element is the item, and which elements are none.

The elements are in `item_elements`, their texts in `item_texts`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.core.sources import page_links
from monitor.core.sources.item_elements import MAX_SHARED_TITLE_SHARE, MAX_USES, ItemElement, UseCounts, find_elements
from monitor.core.sources.item_texts import ItemTexts, LinkedItem
from monitor.core.sources.link_groups import MIN_LIST_ITEMS
from monitor.core.sources.page_links import PageLink, PageLinks

_ALMOST_ALL_SHARE = 0.8
"""Share of the items from which a property is taken for that of the whole list."""
_COMMENTS = re.compile(r"#(?:comments?|respond|reply|disqus_thread)$", re.IGNORECASE)
"""The end of the address of the comments on an article."""
_PLACE_IN_LIST = re.compile(r"[?&;](?:index|idx|row|pos|position|rank)=(\d+)(?:&|$)", re.IGNORECASE)


class ListItem(NamedTuple):
    """One item of a list, with its element."""

    node: HtmlElement
    link: str
    title: str
    date: str
    summary: str = ""
    """The summary; only an item without an address of its own has one, since it has no page either."""
    is_position: bool = False
    """True if the address is that of a place in the list, where another item will be; `link` is that of the page."""


def read_list_items(
    nodes: Sequence[HtmlElement], links: PageLinks, members: Collection[HtmlElement] = ()
) -> list[ListItem]:
    """Return an item for each element that has a link; `members` are the links by which the list was found."""
    elements, uses = find_elements(nodes, links, members)
    if not elements:
        return []
    linked = _prefer_documents([_linked_item(each, uses) for each in elements], elements, uses)
    texts = ItemTexts(
        [each._replace(shown="" if uses.is_repeated(each.link.text) else each.link.text) for each in linked]
    )
    items = [
        ListItem(item.node, item.link.url, title, date, summary)
        for item, title, date, summary in zip(linked, texts.titles(), texts.dates(), texts.summaries(), strict=True)
    ]
    return _distinct(_without_controls(_with_own_title(_with_addresses(items, links)), links.base))


def _linked_item(element: ItemElement, uses: UseCounts) -> LinkedItem:
    node, best = element.node, element.best
    same = [link for link in element.links if link.url == best.url and not uses.is_repeated(link.text)]
    in_heading = [link for link in same if page_links.is_in_heading(link.node, node)]
    named = in_heading or same
    title = _headline([page_links.link_title(link) for link in named])
    is_titled = bool(in_heading and title) or any(page_links.is_title(title or link.text) for link in named)
    return LinkedItem(node, best, title, is_titled)


def _headline(texts: list[str]) -> str:
    """Return the longest text that is no longer than a headline, else the shortest."""
    short = [text for text in texts if len(text) <= page_links.MAX_HEADLINE_CHARS]
    return max(short, key=len) if any(short) else min(texts, key=len, default="")


def _prefer_documents(items: list[LinkedItem], elements: list[ItemElement], uses: UseCounts) -> list[LinkedItem]:
    """Give items the address of their document: where almost all link exactly one, or the links have no titles."""
    documents = [_own_documents(each, uses) for each in elements]
    pairs = list(zip(items, documents, strict=True))
    if sum(len({link.url for link in own}) == 1 for own in documents) >= _ALMOST_ALL_SHARE * len(documents):
        pairs = [(item._replace(link=own[0]) if own else item, own) for item, own in pairs]
    if 2 * sum(item.is_titled for item in items) < len(items):
        return [item if item.is_titled else _named_elsewhere(item, own) for item, own in pairs]
    return [item for item, _ in pairs]


def _own_documents(element: ItemElement, uses: UseCounts) -> list[PageLink]:
    return [link for link in element.links if page_links.is_document(link.url) and uses.urls[link.url] <= MAX_USES]


def _named_elsewhere(item: LinkedItem, documents: list[PageLink]) -> LinkedItem:
    """Return an item whose links have no titles: with its first document, if it links one."""
    return item._replace(link=item.link if item.link in documents else next(iter(documents), item.link), title="")


# ---------------------------------------------------------------- which are items


def _with_addresses(items: list[ListItem], links: PageLinks) -> list[ListItem]:
    """Give items the address of the page if they have none of their own.

    Their own addresses may number them by their place, `?index=0`, `?index=1`; or their links call a function.
    """
    matches = [_PLACE_IN_LIST.search(item.link) for item in items]
    indexes = [int(match[1]) for match in matches if match]
    is_counting = len(indexes) == len(items) and indexes[0] in {0, 1} and all(b - a == 1 for a, b in pairwise(indexes))
    are_calls = all(links.is_call(item.link) for item in items)
    if len(items) < MIN_LIST_ITEMS or not (is_counting or are_calls):
        return [item._replace(summary="") for item in items]
    return [item._replace(link=links.base, is_position=True) for item in items]


def _without_controls(items: list[ListItem], base: str) -> list[ListItem]:
    """Leave out links to other views of the page: those without a date, or without a title, if most items have one."""
    dated = sum(bool(item.date) for item in items)
    if dated < max(MIN_LIST_ITEMS, len(items) / 2):
        named = [item for item in items if item.is_position or not _is_numbered_view(item, base)]
        return named if 2 * len(named) > len(items) else items
    return [item for item in items if item.date or item.is_position or not _is_control(item, base)]


def _is_control(item: ListItem, base: str) -> bool:
    """Return True for `More news`, a number, the heading of a column, and the page itself with other parameters."""
    is_page = urlsplit(item.link).path == urlsplit(base).path
    return is_page or not page_links.is_title(item.title) or any(True for _ in item.node.iter("th"))


def _is_numbered_view(item: ListItem, base: str) -> bool:
    """Return True for a link such as `2` to the page itself with other parameters."""
    return urlsplit(item.link).path == urlsplit(base).path and not page_links.is_title(item.title)


def _with_own_title(items: list[ListItem]) -> list[ListItem]:
    """Leave out items whose title many share, such as the answer below each question, if others have titles."""
    uses = Counter(item.title for item in items)
    limit = max(MAX_USES, len(items) * MAX_SHARED_TITLE_SHARE)
    own = [item for item in items if uses[item.title] <= limit]
    return own if len(own) >= MIN_LIST_ITEMS else items


def _distinct(items: list[ListItem]) -> list[ListItem]:
    """Keep one item for each address: the one with the longest title, at the place of the first.

    The comments on an item are none.
    """
    addresses = {item.link for item in items}
    kept: dict[object, ListItem] = {}
    for item in items:
        if (comments := _COMMENTS.search(item.link)) and item.link[: comments.start()] in addresses:
            continue
        key = item.node if item.is_position else item.link
        before = kept.get(key)
        if before is None or len(item.title) > len(before.title):
            kept[key] = item
    return list(kept.values())
