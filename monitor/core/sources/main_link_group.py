"""Chooses the group of links that is the main list of a web page: the one that reads most like a list of headlines.

Many distinct addresses, long texts, and dates beside them weigh for a group; menus, sidebars and footers against it. A
menu is never the list, even if the page has no other links, as one that scripts build. No site is treated specially
(docs/decisions/0145).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from lxml.html import HtmlElement

from monitor.core.sources.link_groups import MAX_CLASS_CHARS, MIN_LIST_ITEMS, LinkGroup, find_groups
from monitor.core.sources.page_links import (
    MIN_HEADLINE_CHARS,
    PageLinks,
    is_generic_text,
    is_in_heading,
    is_title,
    text_length,
)
from monitor.core.sources.page_text import find_date, visible_text
from monitor.core.sources.written_dates import first_date

_MAX_SAMPLE = 20
"""Items of a group whose text is measured to weigh the group."""
_WEIGHED_CHARS = 90
"""Characters of a title beyond which more do not make it more of a headline."""
_LITTLE_CHARS = 30
"""Characters of an element that are at most a date and `PDF`."""
_BESIDE_CHARS = 200
"""Characters of the element beside an item in which its date may be."""
_MAX_ITEM_CHARS = 2_000
"""Characters of an element beyond which it is hardly one item."""
_ASIDE_SHARE = 0.5
"""Share of the items in menus, sidebars and the like, above which a group is hardly the main list."""
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
_MENU = re.compile(r"(?:^|[_-])(?:nav|navbar|navigation|menu|submenu|breadcrumbs?|footer)(?:$|[_-])", re.IGNORECASE)
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where a word begins in `leftMenu`."""
_OF_NO_PART = ("no-", "has-", "with-", "without-", "category-", "tag-")
"""Beginnings of classes that say which parts a whole page has, or what an article is about."""
_ASIDE_TAGS = frozenset({"nav", "footer", "aside", "header"})
_MENU_TAGS = frozenset({"nav", "footer"})
_CONTENT_TAGS = frozenset({"body", "html", "main"})
_ALL_DATED_BONUS = 2.5
"""Added to the factor 1 of a group if all of its items have dates."""
_ALL_SHORT_PENALTY = 0.6
"""Subtracted from the factor 1 of a group if all of its titles are shorter than a headline."""
_IN_MAIN, _IN_HEADINGS, _UNREPEATED, _IN_ASIDE = 1.3, 1.2, 0.6, 0.15
"""Factors of a group in the element `main`, of links in headings, without an element that repeats, and in a menu."""


def main_group(page_links: PageLinks) -> LinkGroup | None:
    """Return the group of links that reads most like a list of articles; None if there is none outside of menus."""
    links = list(page_links)
    within = Counter(ancestor for link in links for ancestor in link.node.iterancestors())
    facts = _ElementFacts(within, len(links))
    groups = [group for group in find_groups(links) if len(group.members) >= MIN_LIST_ITEMS]
    is_named_menu = cache(_is_named_menu)
    groups = [group if group.containers else _without_menus(group, is_named_menu) for group in groups]
    ranked = sorted(groups, key=lambda group: (_weight(group, facts), -len(group.containers)), reverse=True)
    main = next((group for group in ranked if not is_menu([node for node, _ in group.members])), None)
    return main and (_without_asides(main, facts) if main.containers else main)


def _without_menus(group: LinkGroup, is_named_menu: Callable[[HtmlElement], bool]) -> LinkGroup:
    """Leave out what of the links of one form is in a menu; a front page has articles in its sidebars, too."""
    members = [(node, link) for node, link in group.members if not _is_in_menu(node, is_named_menu)]
    return group._replace(members=members) if len(members) >= MIN_LIST_ITEMS else group


def _without_asides(group: LinkGroup, facts: _ElementFacts) -> LinkGroup:
    """Leave out what of a group is in sidebars and the like, if most of its items are not.

    Classes of an element around one item alone are about that item, such as `breaking`.
    """
    nodes = [node for node, _ in group.members]
    items = Counter(around for node in nodes for around in node.iterancestors())
    around = {node: next((each for each in node.iterancestors() if items[each] > 1), node) for node in nodes}
    members = [(node, link) for node, link in group.members if not facts.is_aside(around[node])]
    if len(members) < max(MIN_LIST_ITEMS, len(group.members) / 2):
        return group
    kept = {node.getparent() for node, _ in members}
    return group._replace(containers=[each for each in group.containers if each in kept], members=members)


def is_menu(nodes: Sequence[HtmlElement]) -> bool:
    """Return True for undated items in a menu or footer: by its tag or role, or if most are short, by its class."""
    sample = nodes[:: max(1, len(nodes) // _MAX_SAMPLE)]
    short = sum(text_length(visible_text(node)) < MIN_HEADLINE_CHARS for node in sample)
    is_short = 2 * short > len(sample)
    in_menu = (_is_in_menu(node, _is_named_menu if is_short else None) for node in sample)
    return all(in_menu) and not any(map(find_date, sample))


def _is_in_menu(node: HtmlElement, is_named_menu: Callable[[HtmlElement], bool] | None) -> bool:
    """Return True within a menu by tag or role, or by its name if `is_named_menu` is given."""
    for each in (node, *node.iterancestors()):
        if each.tag in _CONTENT_TAGS:
            return False
        if each.tag in _MENU_TAGS or each.get("role") == "navigation" or (is_named_menu and is_named_menu(each)):
            return True
    return False


def _is_named_menu(node: HtmlElement) -> bool:
    return node.tag in _ASIDE_TAGS or any(map(_MENU.search, _names(node)))


class _ElementFacts:
    """Properties of elements, each computed once, since one element may be an item of thousands of groups."""

    def __init__(self, within: Counter[HtmlElement], links: int) -> None:
        self.date = cache(find_date)
        self.date_beside = cache(_date_beside)
        self.text = cache(_text_of)
        self._within = within
        self._most_links = links * _MOST_LINKS_SHARE
        self._asides: dict[HtmlElement, bool] = {}

    def is_aside(self, node: HtmlElement) -> bool:
        """Return True for an element in a menu, a sidebar or the like, unless that holds most links of the page."""
        path = []
        for each in (node, *node.iterancestors()):
            path.append(each)
            if each in self._asides:
                break
            if each.tag in _CONTENT_TAGS or self._within[each] > self._most_links:
                self._asides[each] = False
                break
            if each.tag in _ASIDE_TAGS or any(map(_ASIDE.search, _names(each))):
                self._asides[each] = True
                break
        is_aside = self._asides.get(path[-1], False)
        self._asides.update(dict.fromkeys(path, is_aside))
        return is_aside


def _weight(group: LinkGroup, facts: _ElementFacts) -> float:
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
    weight = length * len(own) / len(group.members)
    weight *= (1 + _ALL_DATED_BONUS * max(own_dates, dated) ** 2) * (1 - _ALL_SHORT_PENALTY * short)
    first = group.members[0][0]
    if next(first.iterancestors("main"), None) is not None:
        weight *= _IN_MAIN
    if not group.containers:
        weight *= _UNREPEATED
    if all(is_in_heading(link.node, node) for node, link in group.members[:MIN_LIST_ITEMS]):
        weight *= _IN_HEADINGS
    aside = sum(map(facts.is_aside, sample)) / len(sample)
    return weight * (_IN_ASIDE if aside > _ASIDE_SHARE else 1)


def _title_length(named: list[tuple[str, HtmlElement]], facts: _ElementFacts) -> tuple[int, float]:
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


def _names(node: HtmlElement) -> list[str]:
    """Return the classes and the id of an element that name a part of the page, with `leftMenu` as `left-Menu`."""
    values = ((node.get(attribute) or "")[:MAX_CLASS_CHARS] for attribute in ("class", "id"))
    names = [_CAPITAL.sub("-", name) for value in values for name in value.split()]
    return [name for name in names if not name.startswith(_OF_NO_PART)]
