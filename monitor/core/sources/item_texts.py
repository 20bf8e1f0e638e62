"""The titles and dates of the items of a list on a web page, of which the links are known.

Where links have no titles (`PDF`, `No. 23-1701`), the title is the text at the place in the items that reads most like
one. The text between two items gives the title or the date of the one that has none itself. A date in a heading is
that of the items below it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from lxml.html import HtmlElement

from monitor.core.sources.page_links import (
    MAX_HEADLINE_CHARS,
    PageLink,
    heading_within,
    image_title,
    is_title,
    text_parts,
)
from monitor.core.sources.page_text import (
    PageText,
    TextRun,
    attribute_date,
    find_date,
    visible_text,
)
from monitor.core.sources.written_dates import first_date, is_only_date
from monitor.core.text.tags import HEADING_TAGS

_MAX_TEXTS_BESIDE = 20
"""Texts beside an item that may belong to it."""
_MAX_HEADING_CHARS = 100
"""Characters of a heading that gives the date of the items below it."""
_MAX_ITEM_TITLE_CHARS = 200
_WEIGHED_CHARS = 40
"""Characters of a title beyond which more do not make it more of a title."""
_MAX_ITEM_SUMMARY_CHARS = 1_000
_BOLD = HEADING_TAGS | {"b", "strong"}


class LinkedItem(NamedTuple):
    """An element of a list with its link."""

    node: HtmlElement
    link: PageLink
    title: str
    """The title in its link; empty if it has none, such as `Read more`, or one of several texts in it may be it."""
    is_titled: bool
    """The text of its link is a title, has one, or is in a heading."""
    shown: str = ""
    """All the text of its link; empty if it is generic or that of many items."""


class ItemTexts:
    """The texts of the items of a list and those between them."""

    def __init__(self, items: Sequence[LinkedItem]) -> None:
        self._items = items
        self._text = PageText(_common_ancestor([item.node for item in items]))
        self._spans = [self._text.run_range(item.node) for item in items]
        self._numbers: dict[HtmlElement, int] = {}

    def titles(self) -> list[str]:
        """Return the title of each item; the text of its link, or all its text, if nothing reads like one."""
        titles = [
            _title_of(item, text, runs)
            for item, text, runs in zip(self._items, self._titles_by_place, self._texts_around, strict=True)
        ]
        return [" ".join(title.strip(" \t\n-\u2013\u2014:|").split()) for title in titles]

    def dates(self) -> list[str]:
        """Return the date of each item as written, or nothing."""
        dates = [
            find_date(item.node) or _date_of(runs) or attribute_date(item.node)
            for item, runs in zip(self._items, self._texts_around, strict=True)
        ]
        if 2 * sum(map(bool, dates)) < len(dates):
            return [date or self._date_above(start) for date, (start, _) in zip(dates, self._spans, strict=True)]
        return dates

    def summaries(self) -> list[str]:
        """Return the text beside each item."""
        return [" ".join(run.text for run in runs)[:_MAX_ITEM_SUMMARY_CHARS] for runs in self._texts_around]

    @cached_property
    def _titles_by_place(self) -> list[str]:
        """Return the text of each item at the place that reads most like a title, else its longest; or nothing."""
        if all(item.title for item in self._items):
            return [""] * len(self._items)
        at_places = [self._texts_by_place(item) for item in self._items]
        texts: dict[tuple[object, ...], list[str]] = defaultdict(list)
        for at_place in at_places:
            for place, text in at_place.items():
                texts[place].append(text)
        best = max(texts, key=lambda place: _weight(place, texts[place]), default=())
        return [
            at_place.get(best) or max(filter(is_title, at_place.values()), key=len, default="")
            for at_place in at_places
        ]

    def _texts_by_place(self, item: LinkedItem) -> dict[tuple[object, ...], str]:
        start, end = self._text.run_range(item.node)
        runs = [run for run in self._text.runs[start:end] if not run.is_linked and not is_only_date(run.text)]
        in_link = text_parts(item.link.node) if item.is_titled else []
        return {
            **{("link", *place): text for place, text in in_link if not is_only_date(text)},
            **{self._place_of(run, item.node): run.text for run in runs},
        }

    def _place_of(self, run: TextRun, item: HtmlElement) -> tuple[object, ...]:
        """Return where a text is in its item: the tags from the item to it, each with its number among its siblings."""
        path: list[object] = [run.position]
        for node in (run.node, *run.node.iterancestors()):
            if node is item:
                break
            path.append((node.tag, self._number(node)))
        return tuple(path)

    def _number(self, node: HtmlElement) -> int:
        """Return how many siblings before an element have its tag; computed for all siblings at once."""
        if node not in self._numbers:
            counts: Counter[object] = Counter()
            for sibling in node.getparent():
                self._numbers[sibling] = counts[sibling.tag]
                counts[sibling.tag] += 1
        return self._numbers[node]

    @cached_property
    def _texts_around(self) -> list[list[TextRun]]:
        """Return the texts between each item and the one before it or after it, whichever of the two they belong to."""
        before, after = self._texts_between()
        parents = [item.node.getparent() for item in self._items]
        is_first = [parent is not last for parent, last in zip(parents, [None, *parents[:-1]], strict=True)]
        is_last = [parent is not coming for parent, coming in zip(parents, [*parents[1:], None], strict=True)]
        firsts = sum(bool(runs) for runs, first in zip(before, is_first, strict=True) if first)
        lasts = sum(bool(runs) for runs, last in zip(after, is_last, strict=True) if last)
        return before if firsts > lasts else after

    def _texts_between(self) -> tuple[list[list[TextRun]], list[list[TextRun]]]:
        """Return the texts before and after each item, up to the next item and within the element around both."""
        runs, spans = self._text.runs, self._spans
        ends = [0, *(end for _, end in spans[:-1])]
        starts = [*(start for start, _ in spans[1:]), len(runs)]
        before, after = [], []
        for item, (start, end), earlier, later in zip(self._items, spans, ends, starts, strict=True):
            first, last = self._text.run_range(item.node.getparent())
            before.append(runs[max(earlier, first) : start][-_MAX_TEXTS_BESIDE:])
            after.append(runs[end : min(later, last)][:_MAX_TEXTS_BESIDE])
        return before, after

    def _date_above(self, start: int) -> str:
        """Return the date of the last heading above an item."""
        at = bisect_right(self._dated_headings, start, key=lambda heading: heading[0])
        return self._dated_headings[at - 1][1] if at else ""

    @cached_property
    def _dated_headings(self) -> list[tuple[int, str]]:
        """Return the index among the texts, and the date, of each short text with a date that is in no item."""
        inside = {index for start, end in self._spans for index in range(start, end)}
        outside = [(index, run) for index, run in enumerate(self._text.runs) if index not in inside]
        short = [
            (index, run.text) for index, run in outside if not run.is_linked and len(run.text) <= _MAX_HEADING_CHARS
        ]
        return [(index, date) for index, text in short if (date := first_date(text))]


def _common_ancestor(nodes: Sequence[HtmlElement]) -> HtmlElement:
    """Return the innermost element around all of some elements."""
    common = list(nodes[0].iterancestors())
    for node in nodes[1:]:
        around = set(node.iterancestors())
        while common[0] not in around:
            common.pop(0)
    return common[0]


def _weight(place: tuple[object, ...], texts: Sequence[str]) -> float:
    """Weigh a place by the length of its titles; repeated and very long ones count less, bold ones more."""
    distinct = set(texts)
    titles = filter(is_title, distinct)
    length = sum(
        min(len(text), _WEIGHED_CHARS) if len(text) <= MAX_HEADLINE_CHARS else _WEIGHED_CHARS // 2 for text in titles
    )
    is_bold = any(isinstance(step, tuple) and step[0] in _BOLD for step in place)
    return length * len(distinct) / len(texts) * (1.5 if is_bold else 1)


def _title_of(item: LinkedItem, at_place: str, around: list[TextRun]) -> str:
    beside = next((run.text for run in around if is_title(run.text)), "")
    return (
        item.title
        or heading_within(item.node)
        or at_place
        or (item.shown if is_title(item.shown) else beside or item.shown)
        or image_title(item.link.node)
        or visible_text(item.node)[:_MAX_ITEM_TITLE_CHARS]
    )


def _date_of(runs: list[TextRun]) -> str:
    return next((date for run in runs if (date := first_date(run.text))), "")
