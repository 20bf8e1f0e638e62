"""Groups the links of a web page that may be the items of one list: by their path of tags from a common container.

`main_link_group` chooses the main list among the groups.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache, partial
from itertools import islice
from typing import NamedTuple

from lxml.html import HtmlElement

from monitor.core.sources.page_links import PageLink, PageLinks, address_form

_Place = tuple[int | str, ...]
_MAX_LEVELS = 12
"""How far above its link an item may begin."""
MIN_LIST_ITEMS = 3
"""Fewest items of a list."""
_MAX_USES = 3
"""How often the address of an item occurs on a page: behind its image, its title and `read more`."""
_MIN_ADDRESSES_OF_FORM = 10
"""Addresses of one form from which their links are a group, whatever their place."""
MAX_CLASS_CHARS = 1_000
"""Characters of the `class` of an element that are read."""


class LinkGroup(NamedTuple):
    """Links at the same place in elements that repeat."""

    containers: list[HtmlElement]
    """The elements that hold the items; none if no element repeats."""
    path: tuple[str, ...]
    """Tags from an item to its link."""
    members: list[tuple[HtmlElement, PageLink]]
    """Each item with its link."""
    has_one_link_each: bool = True
    """True if hardly any item holds links of this path to several addresses."""


def item_nodes(group: LinkGroup, links: PageLinks) -> list[HtmlElement]:
    """Return the items of a group, with those beside them whose links have another path but the same form."""
    if not group.containers:
        return [node for node, _ in group.members]
    members = {node for node, _ in group.members}
    tags = {str(node.tag) for node in members}
    forms = {address_form(link.url) for _, link in group.members}
    return [
        child
        for container in group.containers
        for child in container
        if child in members
        or (child.tag in tags and any(address_form(link.url) in forms for link in links.within(child)))
    ]


def tag_path(node: HtmlElement) -> tuple[str, ...]:
    """Return the tags from the root of the page to an element."""
    return tuple(str(each.tag) for each in reversed([node, *node.iterancestors()]))


def find_groups(links: list[PageLink]) -> list[LinkGroup]:
    """Return all groups of links, by their place and by the form of their addresses; most links are in several."""
    return [*_groups(links), *_groups_of_forms(links)]


def _groups(links: list[PageLink]) -> list[LinkGroup]:
    """Group links by their path of tags from each of their containers; containers of the same place count as one."""
    members: dict[tuple[_Place, tuple[str, ...]], dict[HtmlElement, PageLink]] = defaultdict(dict)
    containers: dict[tuple[_Place, tuple[str, ...]], dict[HtmlElement, None]] = defaultdict(dict)
    ambiguous: Counter[tuple[_Place, tuple[str, ...]]] = Counter()
    place = cache(partial(_place, _TagPaths()))
    uses = Counter(link.url for link in links)
    for link in links:
        node, path = link.node, [link.node.tag]
        for _ in range(_MAX_LEVELS):
            container = node.getparent()
            if container is None:
                break
            key = (place(container), tuple(path))
            kept = members[key].get(node)
            ambiguous[key] += kept is not None and kept.url != link.url
            if kept is None or _is_better(link, kept, uses):
                members[key][node] = link
            containers[key][container] = None
            node = container
            path.append(str(node.tag))
    return [
        LinkGroup(
            list(containers[key]), key[1], list(items.items()), has_one_link_each=ambiguous[key] * 10 <= len(items)
        )
        for key, items in members.items()
    ]


def _is_better(link: PageLink, other: PageLink, uses: Counter[str]) -> bool:
    """Return True if a link of an item names it better: not a topic of several items, and with a longer text."""
    is_own, is_other_own = uses[link.url] <= _MAX_USES, uses[other.url] <= _MAX_USES
    return is_own if is_own != is_other_own else len(link.text) > len(other.text)


def _groups_of_forms(links: list[PageLink]) -> list[LinkGroup]:
    """Group links by the form of their address, for pages whose elements are not closed and so repeat nowhere."""
    forms: dict[tuple[str, str, str], list[PageLink]] = defaultdict(list)
    for link in links:
        forms[address_form(link.url)].append(link)
    return [
        LinkGroup([], (), [(link.node, link) for link in alike])
        for alike in forms.values()
        if len({link.url for link in alike}) >= _MIN_ADDRESSES_OF_FORM
    ]


class _TagPaths:
    """Numbers the paths of tags from the root; to compare and hash the paths themselves is slow in deep pages."""

    def __init__(self) -> None:
        self._of_nodes: dict[HtmlElement, int] = {}
        self._numbers: dict[tuple[int, str], int] = {}

    def number(self, node: HtmlElement) -> int:
        """Return the same number for elements with the same path."""
        below: list[HtmlElement] = []
        ancestor: HtmlElement | None = node
        while ancestor is not None and ancestor not in self._of_nodes:
            below.append(ancestor)
            ancestor = ancestor.getparent()
        number = 0 if ancestor is None else self._of_nodes[ancestor]
        for each in reversed(below):
            number = self._numbers.setdefault((number, str(each.tag)), len(self._numbers) + 1)
            self._of_nodes[each] = number
        return number


def _place(paths: _TagPaths, node: HtmlElement) -> _Place:
    """Return where a container is: the path of tags from the root to it, and the nearest classes without numbers."""
    near = [node, *islice(node.iterancestors(), 2)]
    classes = [
        f"{level}.{name}"
        for level, each in enumerate(near)
        for name in (each.get("class") or "")[:MAX_CLASS_CHARS].split()[:4]
    ]
    return paths.number(node), *sorted(name for name in classes if not re.search(r"\d", name[2:]))
