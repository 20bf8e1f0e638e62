"""Lists of articles in the JSON that a page holds for its scripts, for pages whose list a browser builds.

It is read where a page links to none of the articles itself: `__NEXT_DATA__` of Next.js, `application/ld+json`, and
other scripts of type `application/json`. JSON within JavaScript code is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from lxml.html import HtmlElement

from monitor.core import links
from monitor.core.feeds.outcomes import MAX_FINGERPRINT_CHARS
from monitor.core.model import ItemFields
from monitor.core.sources.entries import Item
from monitor.core.sources.json_api import row_reader
from monitor.core.sources.json_feed import load_json
from monitor.core.sources.link_groups import MIN_LIST_ITEMS
from monitor.core.sources.page_links import PageLinks, is_title, text_length

_MAX_SCRIPTS = 20
_MAX_VALUES = 50_000
"""Maximum number of values of one script that are read."""
_MAX_LIST_ITEMS = 2_000
_WEIGHED_CHARS = 90


class EmbeddedList(NamedTuple):
    """A list of articles in a script of a page."""

    items: list[Item]
    path: str
    """The names that lead to the list."""


def find_embedded_list(tree: HtmlElement, base: str, language: str) -> EmbeddedList | None:
    """Return the list in a page's scripts that reads most like one of articles; None if the page links any of them."""
    lists = [each for script in _documents(tree) for each in _lists(script, base, language)]
    best = max(lists, key=_weight, default=None)
    if best is None:
        return None
    linked = {links.canonical(link.url) for link in PageLinks(tree, base)}
    return None if any(links.canonical(links.resolve_link(base, item.link)) in linked for item in best.items) else best


def _documents(tree: HtmlElement) -> Iterator[Any]:
    scripts = [node for node in tree.iter("script") if "json" in (node.get("type") or "").lower()]
    for node in scripts[:_MAX_SCRIPTS]:
        try:
            yield load_json((node.text or "").encode("utf-8", "replace"))
        except ValueError:
            continue


def _lists(document: Any, base: str, language: str) -> Iterator[EmbeddedList]:  # noqa: ANN401 - JSON has no type
    """Yield each list of objects in a document of which at least MIN_LIST_ITEMS have a title and a link."""
    waiting: list[tuple[str, Any]] = [("", document)]
    read = row_reader(ItemFields())
    for _ in range(_MAX_VALUES):
        if not waiting:
            return
        path, value = waiting.pop()
        if isinstance(value, dict):
            inner = ((name, each) for name, each in value.items() if isinstance(each, dict | list))
            waiting.extend((f"{path}.{name}"[-MAX_FINGERPRINT_CHARS:], each) for name, each in inner)
        elif isinstance(value, list):
            rows = [row for row in value[:_MAX_LIST_ITEMS] if isinstance(row, dict)]
            waiting.extend((path, row) for row in rows)
            items = [read(row, language) for row in rows if any(map(_has_text, row.values()))]
            if len(kept := [item for item in items if _is_article(item, base)]) >= MIN_LIST_ITEMS:
                yield EmbeddedList(kept, path)


def _has_text(value: object) -> bool:
    return isinstance(value, str) and is_title(value)


def _is_article(item: Item, base: str) -> bool:
    return is_title(item.title) and "/" in item.link and bool(links.resolve_link(base, item.link))


def _weight(candidate: EmbeddedList) -> float:
    dated = sum(bool(item.date) for item in candidate.items) / len(candidate.items)
    titles = {item.title for item in candidate.items}
    return sum(min(text_length(title), _WEIGHED_CHARS) for title in titles) * (1 + 1.5 * dated)
