"""Reads the items of a list on a web page: which link of each element is the item, and which elements are items.

Texts are in `item_texts`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.core.sources import page_links
from monitor.core.sources.item_texts import ItemTexts, LinkedItem
from monitor.core.sources.link_groups import MIN_LIST_ITEMS
from monitor.core.sources.page_links import PageLink, PageLinks, address_form

_MAX_USES = 2
"""In how many items the address or the text of an item's link may occur; others are authors, topics, `read more`."""
_MAX_SHARED_TITLE_SHARE = 0.2
"""Share of the items above which the same text is not a title, such as `Answer` below each question."""
_ALMOST_ALL_SHARE = 0.8
"""Share of the items from which a property is taken for that of the whole list."""
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


class _UseCounts(NamedTuple):
    """In how many items each address and each text of a link occurs."""

    urls: Counter[str]
    texts: Counter[str]
    forms: Counter[tuple[str, str, str]]
    items: int

    def has_usual_form(self, url: str) -> bool:
        """Return whether most items have an address of this form."""
        return self.forms[address_form(url)] > self.items * 0.6


class _Element(NamedTuple):
    """An element of a list with its links."""

    node: HtmlElement
    links: list[PageLink]
    best: PageLink


def read_list_items(
    nodes: Sequence[HtmlElement], links: PageLinks, members: Collection[HtmlElement] = ()
) -> list[ListItem]:
    """Return an item for each element that has a link; `members` are the links by which the list was found."""
    narrow, _ = _best_links(nodes, links, members)
    elements, uses = _best_links(_widen(narrow), links, members)
    if not elements:
        return []
    linked = _prefer_documents([_linked_item(each) for each in elements], elements, uses)
    texts = ItemTexts(linked)
    items = [
        ListItem(item.node, item.link.url, title, date, summary)
        for item, title, date, summary in zip(linked, texts.titles(), texts.dates(), texts.summaries(), strict=True)
    ]
    return _distinct(_without_controls(_with_own_title(_with_addresses(items, links.base)), links.base))


def _best_links(
    nodes: Sequence[HtmlElement], links: PageLinks, members: Collection[HtmlElement]
) -> tuple[list[_Element], _UseCounts]:
    """Return each element that has links with the best of them."""
    inside = [(node, own_links) for node in nodes if (own_links := links.within(node))]
    uses = _UseCounts(
        Counter(url for _, own_links in inside for url in {link.url for link in own_links}),
        Counter(text for _, own_links in inside for text in {link.text for link in own_links}),
        Counter(form for _, own_links in inside for form in {address_form(link.url) for link in own_links}),
        len(inside),
    )
    ranked = [[(_link_rank(link, node, members, uses), link) for link in own_links] for node, own_links in inside]
    best = [max(of_item, key=itemgetter(0))[1] for of_item in ranked]
    return [_Element(node, own_links, link) for (node, own_links), link in zip(inside, best, strict=True)], uses


# ---------------------------------------------------------------- elements


def _widen(elements: Sequence[_Element]) -> list[HtmlElement]:
    """Return for each element the one around it with no other address, as many levels up for all."""
    addresses: dict[HtmlElement, set[str]] = defaultdict(set)
    for node, _, best in elements:
        for each in (node, *node.iterancestors()):
            addresses[each].add(best.url)
    alone = [_levels_alone(each.node, addresses) for each in elements]
    shared = sorted(alone)[len(alone) // 10] if len(elements) >= MIN_LIST_ITEMS else 0
    levels = [min(shared, own) for own in alone]
    return list(dict.fromkeys(_ancestor(each.node, level) for each, level in zip(elements, levels, strict=True)))


def _levels_alone(node: HtmlElement, addresses: dict[HtmlElement, set[str]]) -> int:
    """Return how many elements around one have no other address in them than it has."""
    levels = 0
    for each in node.iterancestors():
        if len(addresses[each]) > 1 or each.tag in {"body", "main"}:
            break
        levels += 1
    return levels if len(addresses[node]) == 1 else 0


def _ancestor(node: HtmlElement, levels: int) -> HtmlElement:
    for _ in range(levels):
        node = node.getparent()
    return node


# ---------------------------------------------------------------- links


def _link_rank(
    link: PageLink, item: HtmlElement, members: Collection[HtmlElement], uses: _UseCounts
) -> tuple[bool | int, ...]:
    """Prefer own texts and addresses, links of the group, usual forms of addresses, headings, long texts."""
    is_title, is_generic = page_links.is_title(link.text), page_links.is_generic_text(link.text)
    is_own = uses.texts[link.text] <= _MAX_USES or is_generic
    return (
        is_own,
        uses.urls[link.url] <= _MAX_USES,
        link.node in members,
        uses.has_usual_form(link.url),
        page_links.is_in_heading(link.node, item),
        len(link.text) if is_title else 0,
        not is_generic,
    )


def _linked_item(element: _Element) -> LinkedItem:
    node, best = element.node, element.best
    same = [link for link in element.links if link.url == best.url and not page_links.is_generic_text(link.text)]
    in_heading = [link for link in same if page_links.is_in_heading(link.node, node)]
    title = max(map(page_links.link_title, in_heading or same), key=len, default="")
    return LinkedItem(node, best, title, bool(title) and (bool(in_heading) or page_links.is_title(title)))


def _prefer_documents(items: list[LinkedItem], elements: list[_Element], uses: _UseCounts) -> list[LinkedItem]:
    """Give items the address of their document: where almost all link exactly one, or the links have no titles."""
    documents = [_own_documents(each, uses) for each in elements]
    pairs = list(zip(items, documents, strict=True))
    if sum(len({link.url for link in own}) == 1 for own in documents) >= _ALMOST_ALL_SHARE * len(documents):
        pairs = [(item._replace(link=own[0]) if own else item, own) for item, own in pairs]
    if 2 * sum(item.is_titled for item in items) < len(items):
        return [item if item.is_titled else _named_elsewhere(item, own) for item, own in pairs]
    return [item for item, _ in pairs]


def _own_documents(element: _Element, uses: _UseCounts) -> list[PageLink]:
    return [link for link in element.links if page_links.is_document(link.url) and uses.urls[link.url] <= _MAX_USES]


def _named_elsewhere(item: LinkedItem, documents: list[PageLink]) -> LinkedItem:
    """Return an item whose links have no titles: with its first document, if it links one."""
    return item._replace(link=item.link if item.link in documents else next(iter(documents), item.link), title="")


# ---------------------------------------------------------------- which are items


def _with_addresses(items: list[ListItem], base: str) -> list[ListItem]:
    """Give items the address of the page if their own addresses number them by their place: `?index=0`, `?index=1`."""
    matches = [_PLACE_IN_LIST.search(item.link) for item in items]
    indexes = [int(match[1]) for match in matches if match]
    is_counting = len(indexes) == len(items) and indexes[0] in {0, 1} and all(b - a == 1 for a, b in pairwise(indexes))
    if len(items) < MIN_LIST_ITEMS or not is_counting:
        return [item._replace(summary="") for item in items]
    return [item._replace(link=base, is_position=True) for item in items]


def _without_controls(items: list[ListItem], base: str) -> list[ListItem]:
    """Leave out links to other views of the page: those without a date, if most items have one."""
    dated = sum(bool(item.date) for item in items)
    if dated < max(MIN_LIST_ITEMS, len(items) / 2):
        return items
    return [item for item in items if item.date or item.is_position or not _is_control(item, base)]


def _is_control(item: ListItem, base: str) -> bool:
    """Return True for `More news`, a number, the heading of a column, and the page itself with other parameters."""
    is_page = urlsplit(item.link).path == urlsplit(base).path
    return is_page or not page_links.is_title(item.title) or any(True for _ in item.node.iter("th"))


def _with_own_title(items: list[ListItem]) -> list[ListItem]:
    """Leave out items whose title many share, such as the answer below each question, if others have titles."""
    uses = Counter(item.title for item in items)
    limit = max(_MAX_USES, len(items) * _MAX_SHARED_TITLE_SHARE)
    own = [item for item in items if uses[item.title] <= limit]
    return own if len(own) >= MIN_LIST_ITEMS else items


def _distinct(items: list[ListItem]) -> list[ListItem]:
    """Keep one item for each address: the one with the longest title, at the place of the first."""
    kept: dict[object, ListItem] = {}
    for item in items:
        key = item.node if item.is_position else item.link
        before = kept.get(key)
        if before is None or len(item.title) > len(before.title):
            kept[key] = item
    return list(kept.values())
