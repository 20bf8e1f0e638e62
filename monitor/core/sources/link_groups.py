"""Finds which elements of a web page are the items of its main list.

Links are grouped by their path of tags from a common container. The group that reads most like a list of headlines
wins: many distinct addresses, long texts, dates beside them, outside of menus, sidebars and footers. No site is treated
specially.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache, partial
from itertools import islice
from typing import NamedTuple

from lxml.html import HtmlElement

from monitor.core.sources.page_links import (
    MIN_HEADLINE_CHARS,
    PageLink,
    PageLinks,
    address_form,
    is_generic_text,
    is_in_heading,
    is_title,
    text_length,
)
from monitor.core.sources.page_text import find_date, first_date, visible_text

_Place = tuple[int | str, ...]
_MAX_LEVELS = 12
"""How far above its link an item may begin."""
MIN_LIST_ITEMS = 3
"""Fewest items of a list."""
_MAX_USES = 3
"""How often the address of an item occurs on a page: behind its image, its title and `read more`."""
_MIN_ADDRESSES_OF_FORM = 10
_MAX_SAMPLE = 20
"""Items of a group whose text is measured to weigh the group."""
_WEIGHED_CHARS = 90
"""Characters of a title beyond which more do not make it more of a headline."""
_LITTLE_CHARS = 30
"""Characters of an element that are at most a date and `PDF`."""
_BESIDE_CHARS = 200
"""Characters of the element beside an item in which its date may be."""
MAX_CLASS_CHARS = 1_000
"""Characters of the `class` of an element that are read."""
_MAX_ITEM_CHARS = 2_000
"""Characters of an element beyond which it is hardly one item."""
_DATED_SHARE = 0.8
"""Share of the items with a date in them, from which numbers of documents are not titles."""
_MOST_LINKS_SHARE = 0.5
"""Share of the links of a page that no menu or sidebar holds."""
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|submenu|breadcrumbs?|footer|sidebar|(?<!elementor-)widgets?|social|share|sharing|related|"
    r"pagination|pager|pagenavi|tagcloud|toolbar|cookies?|login|languages?|skip|ticker|breaking|marquee|slider|slides|carousel|"
    r"trending|popular|adverts?|ads?|sponsors?|masthead|topbar|utility|filters?|facets?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ASIDE_TAGS = frozenset({"nav", "footer", "aside", "header"})


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


def main_group(page_links: PageLinks) -> LinkGroup | None:
    """Return the group of the links of a page that reads most like a list of articles; None if no elements repeat."""
    links = list(page_links)
    groups = [group for group in (*_groups(links), *_groups_of_forms(links)) if len(group.members) >= MIN_LIST_ITEMS]
    if not groups:
        return None
    within = Counter(ancestor for link in links for ancestor in link.node.iterancestors())
    facts = _Facts(within, len(links))
    return max(groups, key=lambda group: _weight(group, facts))


class _Facts:
    """What is known of elements, each read once, since one element may be an item of thousands of groups."""

    def __init__(self, within: Counter[HtmlElement], links: int) -> None:
        self.date = cache(find_date)
        self.date_beside = cache(_date_beside)
        self.text = cache(_text_of)
        self.is_aside = cache(lambda node: _is_aside(node, within, links))


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


def _weight(group: LinkGroup, facts: _Facts) -> float:
    """Weigh a group: the length of its distinct titles in all, more with dates, much less in menus and the like."""
    sample = [node for node, _ in group.members[:: max(1, len(group.members) // _MAX_SAMPLE)]]
    own_dates = sum(bool(facts.date(node)) for node in sample) / len(sample)
    dated = sum(bool(facts.date_beside(node)) for node in sample) / len(sample) if group.has_one_link_each else 0.0
    own: dict[str, tuple[str, HtmlElement]] = {}
    for node, link in group.members:
        is_named = is_title(link.text) if own_dates >= _DATED_SHARE else not is_generic_text(link.text)
        text = link.text if is_named else ""
        if link.url not in own or len(text) > len(own[link.url][0]):
            own[link.url] = text, node
    length, short = _title_length(list(own.values()), facts)
    weight = (1 + 2.5 * max(own_dates, dated)) * (1 - 0.6 * short) * len(own) / len(group.members)
    weight *= 1.3 if next(group.members[0][0].iterancestors("main"), None) is not None else 1
    weight *= 1 if group.containers else 0.6  # no element repeats
    weight *= 1.2 if all(is_in_heading(link.node, node) for node, link in group.members[:MIN_LIST_ITEMS]) else 1
    return length * weight * (0.15 if facts.is_aside(group.members[0][0]) else 1)


def _title_length(named: list[tuple[str, HtmlElement]], facts: _Facts) -> tuple[int, float]:
    """Return the length of all titles, with half of the text of items without one; and the share of short titles."""
    uses = Counter(text for text, _ in named)
    titles = [text_length(text) for text, _ in named if text and uses[text] == 1]
    others = [node for text, node in named if not text or uses[text] > 1]
    sample = {facts.text(node) for node in others[:_MAX_SAMPLE]}
    of_others = sum(min(text_length(text), _WEIGHED_CHARS) for text in sample if len(text) <= _MAX_ITEM_CHARS) / 2
    length = sum(min(title, _WEIGHED_CHARS) for title in titles)
    length += int(of_others * len(others) / max(1, min(len(others), _MAX_SAMPLE)))
    return length, sum(title < MIN_HEADLINE_CHARS for title in titles) / max(1, len(titles))


def _text_of(node: HtmlElement) -> str:
    """Return the text of an element; if it has hardly any, with that of the one before it, such as a term."""
    text, before = visible_text(node), node.getprevious()
    if len(text) > _LITTLE_CHARS or before is None or before.tag == node.tag:
        return text
    return f"{visible_text(before)} {text}"


def _date_beside(node: HtmlElement) -> str:
    """Return the date in the text directly before or after an element."""
    before, after = node.getprevious(), node.getnext()
    texts = [before.tail if before is not None else node.getparent().text, node.tail]
    texts += [
        visible_text(each)[:_BESIDE_CHARS] for each in (before, after) if each is not None and each.tag != node.tag
    ]
    return next((date for text in texts if text and (date := first_date(text))), "")


def _is_aside(node: HtmlElement, within: Counter[HtmlElement], links: int) -> bool:
    """Return True for an element in a menu, a sidebar or the like; not for one that holds most links of the page."""
    for each in (node, *node.iterancestors()):
        if each.tag in {"body", "html", "main", "article"} or within[each] > links * _MOST_LINKS_SHARE:
            return False
        names = (each.get("class") or "")[:MAX_CLASS_CHARS], (each.get("id") or "")[:MAX_CLASS_CHARS]
        if each.tag in _ASIDE_TAGS or any(map(_ASIDE.search, names)):
            return True
    return False
