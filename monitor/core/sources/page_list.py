"""Finds the main list of articles on a web page: the elements that repeat, and the link, title and date of each.

Links are grouped by their path of tags from a common container. The group that reads most like a list of headlines
wins: many distinct addresses, long texts, dates beside them, outside of menus, sidebars and footers. No site is known
by name.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from monitor.core.feeds import dates, links

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

MAX_ITEMS = 2_000
"""Items that are read of one page."""
_MAX_LEVELS = 12
"""How far above its link an item may begin."""
_MAX_LINKS = 10_000
MIN_ITEMS = 3
"""Fewest items of a list."""
_MAX_SAMPLE = 20
"""Items whose text is looked at to weigh a group."""
_SHORT_TITLE = 15
_MIN_OF_FORM = 10
_MAX_USES = 2
"""In how many items the address or the text of an item's link may occur; others are authors, topics, `read more`."""
_LONG_TITLE = 90
"""Characters of a title beyond which more do not make it more of a headline."""
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|submenu|breadcrumbs?|footer|sidebar|widgets?|social|share|sharing|related|"
    r"pagination|pager|pagenavi|tagcloud|toolbar|cookies?|login|languages?|skip|ticker|breaking|marquee|slider|slides|carousel|"
    r"trending|popular|adverts?|ads?|sponsors?|masthead|topbar|utility|filters?|facets?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ASIDE_TAGS = frozenset({"nav", "footer", "aside", "header"})
_MORE = re.compile(
    r"(?:(?:read|continue|learn|view|see|show|find|lire|weiter|leggi|leer|saiba|ver)\b.{0,24}|"
    r"more(?: (?:in|from|on|about|of)\b.{0,60})?|details?|download|"
    r"pdf|html?|link|here|permalink|\W*|详细|更多|查看|続きを読む|詳細)(?:\s*\W*)",
    re.IGNORECASE,
)
"""Texts of links that are no titles."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SKIPPED = frozenset({"script", "style", "noscript", "template", "svg", "select", "option", "iframe"})
_DATE = re.compile(
    r"(?<!\d)\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|(?<!\d)\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?!\d)"
    r"|\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]?"
    r"|(?<!\d)\d{1,2}(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?[^\W\d_]{3,10}\.?,?\s+(?:de\s+)?\d{4}(?!\d)"
    r"|[^\W\d_]{3,10}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}(?!\d)"
)
_WORD = re.compile(r"[^\W\d_年월月日일년]{3,}")


class ListItem(NamedTuple):
    """One item of a list, with its element."""

    node: HtmlElement
    link: str
    title: str
    date: str


class FoundList(NamedTuple):
    """The main list of a page."""

    items: list[ListItem]
    fingerprint: str
    """Where the items are (`describe_place`): another one means that the page was redesigned."""


class _Link(NamedTuple):
    node: HtmlElement
    url: str
    text: str


class _Uses(NamedTuple):
    """In how many items each address and each text of a link occurs."""

    urls: Counter[str]
    texts: Counter[str]
    forms: Counter[tuple[str, str, str]]
    items: int

    def is_usual(self, url: str) -> bool:
        """Return whether most items have an address of this form."""
        return self.forms[_form(url)] > self.items * 0.6


class _Group(NamedTuple):
    containers: list[HtmlElement]
    path: tuple[str, ...]
    """Tags from an item to its link."""
    members: list[tuple[HtmlElement, _Link]]
    """Each item with its link."""


def find_list(tree: HtmlElement, base: str) -> FoundList | None:
    """Find the main list of a page; links are resolved against `base`. None if no elements repeat."""
    found = list(_page_links(tree, base))
    groups = [group for group in (*_groups(found), *_groups_of_forms(found)) if len(group.members) >= MIN_ITEMS]
    if not groups:
        return None
    best = max(groups, key=_score)
    inside = [(node, list(_page_links(node, base))) for node in _item_nodes(best, base)]
    uses = _Uses(
        Counter(url for _, of_item in inside for url in {link.url for link in of_item}),
        Counter(text for _, of_item in inside for text in {link.text for link in of_item}),
        Counter(form for _, of_item in inside for form in {_form(link.url) for link in of_item}),
        len(inside),
    )
    items = [_read_item(node, of_item, best, uses) for node, of_item in inside if of_item]
    kept = _with_own_title(_distinct(items))[:MAX_ITEMS]
    return FoundList(kept, describe_place([item.node for item in kept])) if kept else None


def items_at(tree: HtmlElement, base: str, place: str) -> FoundList | None:
    """Return the elements at the place of an earlier list: the last page of a list may have fewer than MIN_ITEMS."""
    *path, around, last = [step.split(".") for step in place.split("/")] if "/" in place else [[], []]
    tags = tuple(tag for tag, *_ in [*path, around, last] if tag) if around else ()
    nodes = [node for node in tree.iter(tags[-1]) if _tag_path(node) == tags] if tags else []
    wanted = set(last[1:]), set(around[1:])
    items = [
        item
        for node in nodes
        if wanted[0] <= _named_classes(node)
        and wanted[1] <= _named_classes(node.getparent())
        and (item := main_link(node, base))
    ]
    return FoundList(_distinct(items)[:MAX_ITEMS], place) if items else None


def main_link(node: HtmlElement, base: str) -> ListItem | None:
    """Return the item that one element holds by itself: its link with the longest text, or its heading's; or None."""
    inside = list(_page_links(node, base))
    if not inside:
        return None
    alone = _Group([], (), [])
    return _read_item(node, inside, alone, _Uses(Counter(), Counter(), Counter(), 1))


def describe_place(nodes: Sequence[HtmlElement]) -> str:
    """Return where the elements of a list are: the tags from the root, the classes of their container, and their own.

    Only classes that all of them share count, and only those without a number, which programs often generate.
    """
    shared = set.intersection(*(_named_classes(node) for node in nodes))
    containers = [_named_classes(node.getparent()) for node in nodes if node.getparent() is not None]
    around = set.intersection(*containers) if containers else set()
    *path, last = _tag_path(nodes[0])
    return ".".join(["/".join(path), *sorted(around)]) + "/" + ".".join([last, *sorted(shared)])


def _named_classes(node: HtmlElement) -> set[str]:
    return {name for name in (node.get("class") or "").split()[:10] if not re.search(r"\d", name)}


def visible_text(node: HtmlElement) -> str:
    """Return the text of an element on one line, without scripts and styles."""
    return " ".join(" ".join(_texts(node)).split())


def find_date(node: HtmlElement, *, whole: bool = False) -> str:
    """Return the date that an element shows, as written: of a `time` element, else the first in its text; or nothing.

    With `whole` the element is known to be a date, so that all its text is one.
    """
    for time in node.iter("time"):
        if written := (time.get("datetime") or visible_text(time)).strip():
            return written
    text = visible_text(node)[:2_000]
    return _first_date(text) or (text if whole else "")


def _first_date(text: str) -> str:
    """Return the first date of a text: if there is one, one without words other than months (`document 12 2026`)."""
    first, at = "", 0
    while found := _DATE.search(text, at):
        if all(map(dates.is_month, _WORD.findall(found[0]))):
            return found[0]
        first, at = first or found[0], found.start() + 1
    return first


def _texts(node: HtmlElement) -> Iterator[str]:
    stack: list[HtmlElement | str] = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, str):
            yield each
            continue
        if each.tail and each is not node:
            stack.append(each.tail)
        if not isinstance(each.tag, str) or each.tag in _SKIPPED:
            continue
        stack.extend(reversed(each))
        if each.text:
            yield each.text


def _page_links(tree: HtmlElement, base: str) -> Iterator[_Link]:
    page = base.partition("#")[0]
    for node in list(tree.iter("a"))[:_MAX_LINKS]:
        href = "".join((node.get("href") or "").split()) if "\n" in (node.get("href") or "") else node.get("href") or ""
        url = links.resolve_link(base, href.strip())
        if url and url.partition("#")[0] != page:
            yield _Link(node, url, visible_text(node))


def _groups(found: list[_Link]) -> list[_Group]:
    """Group links by their path of tags from each of their containers; containers of the same place count as one."""
    members: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[HtmlElement, _Link]] = defaultdict(dict)
    containers: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[HtmlElement, None]] = defaultdict(dict)
    places: dict[HtmlElement, tuple[str, ...]] = {}
    for link in found:
        node, path = link.node, [link.node.tag]
        for _ in range(_MAX_LEVELS):
            container = node.getparent()
            if container is None:
                break
            if container not in places:
                places[container] = _place(container)
            key = (places[container], tuple(path))
            kept = members[key].get(node)
            if kept is None or len(link.text) > len(kept.text):
                members[key][node] = link
            containers[key][container] = None
            node = container
            path.append(str(node.tag))
    return [_Group(list(containers[key]), key[1], list(items.items())) for key, items in members.items()]


def _groups_of_forms(found: list[_Link]) -> list[_Group]:
    """Group links by the form of their address, for pages whose elements are not closed and so repeat nowhere."""
    forms: dict[tuple[str, str, str], list[_Link]] = defaultdict(list)
    for link in found:
        forms[_form(link.url)].append(link)
    return [
        _Group([], (), [(link.node, link) for link in alike])
        for alike in forms.values()
        if len({link.url for link in alike}) >= _MIN_OF_FORM
    ]


def _place(node: HtmlElement) -> tuple[str, ...]:
    """Return where a container is: the tags from the root to it, and the nearest classes without numbers."""
    near = [node, *list(node.iterancestors())[:2]]
    classes = [f"{level}.{name}" for level, each in enumerate(near) for name in (each.get("class") or "").split()[:4]]
    return (*_tag_path(node), *sorted(name for name in classes if not re.search(r"\d", name[2:])))


def _tag_path(node: HtmlElement) -> tuple[str, ...]:
    return tuple(str(each.tag) for each in reversed([node, *node.iterancestors()]))


def _score(group: _Group) -> float:
    """Weigh a group: the length of its distinct titles in all, more with dates, much less in menus and the like."""
    own: dict[str, tuple[str, HtmlElement]] = {}
    for node, link in group.members:
        text = "" if _MORE.fullmatch(link.text) else link.text
        if link.url not in own or len(text) > len(own[link.url][0]):
            own[link.url] = text, node
    uses = Counter(text for text, _ in own.values())
    titles = [text for text, _ in own.values() if text and uses[text] == 1]
    others = [visible_text(node) for text, node in own.values() if not text or uses[text] > 1][:_MAX_SAMPLE]
    length = sum(min(len(title), _LONG_TITLE) for title in titles)
    length += sum(min(len(text), _LONG_TITLE) for text in set(others)) // 2
    short = sum(len(title) < _SHORT_TITLE for title in titles) / max(1, len(titles))
    sample = [node for node, _ in group.members[:: max(1, len(group.members) // _MAX_SAMPLE)]]
    dated = sum(bool(find_date(node)) for node in sample) / len(sample)
    weight = (1 + 1.5 * dated) * (1 - 0.6 * short) * len(own) / len(group.members)
    if not group.containers:
        weight *= 0.6  # no element repeats
    return length * weight * (0.15 if _is_aside(group.members[0][0]) else 1)


def _is_aside(node: HtmlElement) -> bool:
    for each in (node, *node.iterancestors()):
        if each.tag in {"body", "html", "main", "article"}:
            return False
        if each.tag in _ASIDE_TAGS or _ASIDE.search(f"{each.get('class') or ''} {each.get('id') or ''}"):
            return True
    return False


def _item_nodes(group: _Group, base: str) -> list[HtmlElement]:
    """Return the items in order: those of the group, and their siblings whose links have the same form of address."""
    members = {node for node, _ in group.members}
    if not group.containers:
        return list(members)
    tags = {str(node.tag) for node in members}
    forms = {_form(link.url) for _, link in group.members}
    return [
        child
        for container in group.containers
        for child in container
        if child in members
        or (child.tag in tags and any(_form(link.url) in forms for link in _page_links(child, base)))
    ]


def _form(url: str) -> tuple[str, str, str]:
    """Return the form of an address: host, folder without its numbers, and extension."""
    parts = urlsplit(url)
    folder, _, name = parts.path.rstrip("/").rpartition("/")
    _, dot, extension = name.rpartition(".")
    return parts.netloc, re.sub(r"\d+", "0", folder), extension.lower() if dot and len(extension) <= 5 else ""


def _read_item(node: HtmlElement, inside: list[_Link], group: _Group, uses: _Uses) -> ListItem:
    best = max(inside, key=lambda link: _link_rank(link, _path_to(link.node, node) == group.path, uses))
    same = [_title(link) for link in inside if link.url == best.url and not _MORE.fullmatch(link.text)]
    title = max(same, key=len, default="") or _heading(node) or best.node.get("title") or visible_text(node)[:200]
    return ListItem(node, best.url, " ".join(title.split()), find_date(node))


def _link_rank(link: _Link, is_at_path: bool, uses: _Uses) -> tuple[bool | int, ...]:
    """Prefer own texts and addresses, the path of the group, usual forms of addresses, headings, long texts."""
    in_heading = any(each.tag in _HEADINGS for each in (link.node, *link.node.iterancestors()))
    length = 0 if _MORE.fullmatch(link.text) else len(link.text)
    is_own = uses.texts[link.text] <= _MAX_USES or not length
    return is_own, uses.urls[link.url] <= _MAX_USES, is_at_path, uses.is_usual(link.url), in_heading, length


def _title(link: _Link) -> str:
    """Return the headline within a link that also holds the date, the topic or the summary: its heading, else all."""
    if heading := _heading(link.node):
        return heading
    if not _DATE.search(link.text):
        return link.text
    runs = [" ".join(text.split()) for text in _texts(link.node)]
    longest = max((run for run in runs if not _DATE.search(run)), key=len, default="")
    return longest if len(longest) >= _SHORT_TITLE else link.text


def _path_to(node: HtmlElement, ancestor: HtmlElement) -> tuple[str, ...]:
    path = [str(node.tag)]
    while node is not ancestor:
        node = node.getparent()
        path.append(str(node.tag))
    return tuple(path)


def _heading(node: HtmlElement) -> str:
    for each in node.iter(*_HEADINGS):
        if text := visible_text(each):
            return text
    return ""


def _with_own_title(items: list[ListItem]) -> list[ListItem]:
    """Leave out items whose title many share, such as the answer below each question, if others have titles."""
    uses = Counter(item.title for item in items)
    own = [item for item in items if uses[item.title] <= _MAX_USES]
    return own if len(own) >= MIN_ITEMS else items


def _distinct(items: list[ListItem]) -> list[ListItem]:
    """Keep one item for each address: the one with the longest title, at the place of the first."""
    kept: dict[str, ListItem] = {}
    for item in items:
        before = kept.get(item.link)
        if before is None or len(item.title) > len(before.title):
            kept[item.link] = item
    return list(kept.values())
