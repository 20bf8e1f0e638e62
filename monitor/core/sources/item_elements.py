"""The elements of a list on a web page: each around one item, with the best of its links.

An element may hold several items, such as the cells of a row, or be only a part of one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import NamedTuple

from lxml.html import HtmlElement

from monitor.core.sources import page_links
from monitor.core.sources.link_groups import MIN_LIST_ITEMS
from monitor.core.sources.page_links import PageLink, PageLinks, address_form

MAX_USES = 2
"""In how many items the address or the text of an item's link may occur; others are authors, topics, `read more`."""
MAX_SHARED_TITLE_SHARE = 0.2
"""Share of the items above which the same text is not a title, such as `Answer` below each question."""


class UseCounts(NamedTuple):
    """In how many items each address and each text of a link occurs."""

    urls: Counter[str]
    texts: Counter[str]
    forms: Counter[tuple[str, str, str]]
    items: int

    def has_usual_form(self, url: str) -> bool:
        """Return whether most items have an address of this form."""
        return self.forms[address_form(url)] > self.items * 0.6

    def is_repeated(self, text: str) -> bool:
        """Return whether a text is none of a title: generic, such as `Read more`, or that of many items' links."""
        limit = max(MAX_USES, self.items * MAX_SHARED_TITLE_SHARE)
        return page_links.is_generic_text(text) or self.texts[text] > limit


class ItemElement(NamedTuple):
    """An element of a list with its links."""

    node: HtmlElement
    links: list[PageLink]
    best: PageLink


def find_elements(
    nodes: Sequence[HtmlElement], links: PageLinks, members: Collection[HtmlElement]
) -> tuple[list[ItemElement], UseCounts]:
    """Return the elements around the items within `nodes`; `members` are the links by which these were found."""
    whole, uses = _best_links(nodes, links, members)
    narrow, _ = _best_links(_split(whole, uses), links, members)
    return _best_links(_widen(narrow), links, members)


def _link_rank(
    link: PageLink, item: HtmlElement, members: Collection[HtmlElement], uses: UseCounts
) -> tuple[bool | int, ...]:
    """Prefer own texts and addresses, links of the group, usual forms of addresses, headings, long texts."""
    is_title, is_generic = page_links.is_title(link.text), page_links.is_generic_text(link.text)
    is_own = uses.texts[link.text] <= MAX_USES or is_generic
    return (
        is_own,
        uses.urls[link.url] <= MAX_USES,
        link.node in members,
        uses.has_usual_form(link.url),
        page_links.is_in_heading(link.node, item),
        len(link.text) if is_title else 0,
        not is_generic,
    )


def _best_links(
    nodes: Sequence[HtmlElement], links: PageLinks, members: Collection[HtmlElement]
) -> tuple[list[ItemElement], UseCounts]:
    """Return each element that has links with the best of them."""
    inside = [(node, own_links) for node in nodes if (own_links := links.within(node))]
    uses = UseCounts(
        Counter(url for _, own_links in inside for url in {link.url for link in own_links}),
        Counter(text for _, own_links in inside for text in {link.text for link in own_links}),
        Counter(form for _, own_links in inside for form in {address_form(link.url) for link in own_links}),
        len(inside),
    )
    ranked = [[(_link_rank(link, node, members, uses), link) for link in own_links] for node, own_links in inside]
    best = [max(of_item, key=itemgetter(0))[1] for of_item in ranked]
    return [ItemElement(node, own_links, link) for (node, own_links), link in zip(inside, best, strict=True)], uses


def _split(elements: Sequence[ItemElement], uses: UseCounts) -> list[HtmlElement]:
    """Return the elements; instead of those in which several items are built alike, the elements around these."""
    return [part for each in elements for part in _parts(each, uses)]


def _parts(element: ItemElement, uses: UseCounts) -> list[HtmlElement]:
    """Return the elements around the articles linked at the place of the best link; the element itself if it is one."""
    place, form = _place_within(element.best.node, element.node), address_form(element.best.url)
    alike = [
        link
        for link in element.links
        if address_form(link.url) == form
        and len(link.text) >= page_links.MIN_HEADLINE_CHARS
        and page_links.is_title(link.text)
        and uses.urls[link.url] <= MAX_USES
        and _place_within(link.node, element.node) == place
    ]
    if len({link.url for link in alike}) < 2 or element.best not in alike:
        return [element.node]
    addresses: dict[HtmlElement, set[str]] = defaultdict(set)
    for link in alike:
        for around in (link.node, *link.node.iterancestors()):
            addresses[around].add(link.url)
    parts = list(dict.fromkeys(_ancestor(link.node, _levels_alone(link.node, addresses)) for link in alike))
    return [element.node] if any(part.tag == "a" for part in parts) else parts


def _place_within(node: HtmlElement, item: HtmlElement) -> tuple[tuple[str, str], ...]:
    """Return the tags and classes from an item to an element in it."""
    path = []
    for each in node.iterancestors():
        if each is item:
            break
        path.append((str(each.tag), each.get("class") or ""))
    return tuple(path)


def _widen(elements: Sequence[ItemElement]) -> list[HtmlElement]:
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
