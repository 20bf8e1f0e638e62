"""The main list of a web page, and where on the page it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from lxml.html import HtmlElement

from monitor.core.sources.link_groups import MAX_CLASS_CHARS, LinkGroup, item_nodes, tag_path
from monitor.core.sources.list_items import ListItem, read_list_items
from monitor.core.sources.main_link_group import is_menu, main_group
from monitor.core.sources.page_links import MAX_PAGE_LINKS, PageLinks, is_title
from monitor.core.sources.page_text import find_date

_MAX_SAMPLE = 20
"""Items of a list in which dates are looked for."""
_ALMOST_ALL_SHARE = 0.8
"""Share of the items with a date, or a title, from which a list has them."""
MAX_PAGE_ITEMS = 2_000
"""Items that are read of one page."""


class FoundList(NamedTuple):
    """The main list of a page."""

    items: list[ListItem]
    fingerprint: str
    """Where the items are (`list_fingerprint`): another one means that the page was redesigned."""
    left_out: int = 0
    """Elements beyond MAX_PAGE_ITEMS."""
    note: str = ""
    """What of the page was not read."""


def find_list(tree: HtmlElement, base: str) -> FoundList | None:
    """Find the main list of a page; links are resolved against `base`. None without one.

    Links that call a function are a list only if their items have dates and those of the main list have none: tabs and
    questions that unfold are links of that kind, too.
    """
    links = PageLinks(tree, base)
    group = main_group(links)
    if group is None or not _is_dated(group):
        calls = PageLinks(tree, base, calls=True)
        called = main_group(calls)
        if called and _is_dated(called) and _has_titles(called):
            group, links = called, calls
    return None if group is None else _read_group(group, links)


def _is_dated(group: LinkGroup) -> bool:
    sample = [node for node, _ in group.members[:: max(1, len(group.members) // _MAX_SAMPLE)]]
    return sum(map(bool, map(find_date, sample))) >= _ALMOST_ALL_SHARE * len(sample)


def _has_titles(group: LinkGroup) -> bool:
    """Return True if almost all links have a title of their own: not `Share` or `Reply` at each item."""
    titles = {link.text for _, link in group.members if is_title(link.text)}
    return len(titles) >= _ALMOST_ALL_SHARE * len(group.members)


def _read_group(group: LinkGroup, links: PageLinks) -> FoundList | None:
    nodes = item_nodes(group, links)
    is_titled = 2 * sum(is_title(link.text) for _, link in group.members) > len(group.members)
    members = {link.node for _, link in group.members if is_titled}
    items = read_list_items(nodes[:MAX_PAGE_ITEMS], links, members)
    fingerprint = list_fingerprint([item.node for item in items]) if items else ""
    note = f"of the links only the first {MAX_PAGE_LINKS:,} were read" if links.is_cut else ""
    return FoundList(items, fingerprint, max(0, len(nodes) - MAX_PAGE_ITEMS), note) if items else None


def items_at(tree: HtmlElement, base: str, fingerprint: str) -> FoundList | None:
    """Return the elements at the place of an earlier list; the last page of it may have fewer than MIN_LIST_ITEMS."""
    place, _, item = fingerprint.rpartition("/")
    path, *around = place.split(".")
    tag, *shared = item.split(".")
    at_place = [
        node
        for node in tree.iter()
        if node.tag == tag
        and tag_path(node) == (*path.split("/"), tag)
        and _named_classes(node).issuperset(shared)
        and _named_classes(node.getparent()).issuperset(around)
    ]
    if not at_place or is_menu(at_place):  # earlier versions of the program took menus for lists
        return None
    chosen = at_place[:MAX_PAGE_ITEMS]
    items = read_list_items(chosen, PageLinks(tree, base)) or read_list_items(chosen, PageLinks(tree, base, calls=True))
    return FoundList(items, fingerprint, max(0, len(at_place) - MAX_PAGE_ITEMS)) if items else None


def main_item(node: HtmlElement, base: str) -> ListItem | None:
    """Return the item that one element holds by itself: its link with the longest text, or its heading's; or None."""
    return next(iter(read_list_items([node], PageLinks(node, base))), None)


def list_fingerprint(nodes: Sequence[HtmlElement]) -> str:
    """Return where the elements of a list are: the tags from the root, the classes of their container, and their own.

    Only classes that all of them share count, and only those without a number, which programs often generate.
    """
    shared = set.intersection(*(_named_classes(node) for node in nodes))
    containers = [_named_classes(node.getparent()) for node in nodes if node.getparent() is not None]
    around = set.intersection(*containers) if containers else set()
    *path, last = tag_path(nodes[0])
    return ".".join(["/".join(path), *sorted(around)]) + "/" + ".".join([last, *sorted(shared)])


def _named_classes(node: HtmlElement) -> set[str]:
    return {name for name in (node.get("class") or "")[:MAX_CLASS_CHARS].split()[:10] if not re.search(r"\d", name)}
