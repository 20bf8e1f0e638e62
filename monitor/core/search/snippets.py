"""The passage of a text that answers a query best, with the words that were searched for marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.matching.passages import CHARS_BEFORE_MARK, MAX_PASSAGE_CHARS, Piece, mark_spans
from monitor.core.search.matches import spans
from monitor.core.text.shortening import first_cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.matching.passages import Passage
    from monitor.core.search.query import SearchQuery


def marked_title(query: SearchQuery, title: str) -> Passage:
    """Mark what was searched for in a title."""
    return mark_spans(title, spans(query, title, title=True))


def snippet(query: SearchQuery, text: str) -> Passage:
    """Cut the passage with the most different words of a query, the first of several; else the beginning."""
    found = spans(query, text, title=False)
    first = _richest(text, found)
    start = max(0, min(first - CHARS_BEFORE_MARK, len(text) - MAX_PASSAGE_CHARS))
    start = first_cut(text, start, first) if start else 0
    inside = [(left - start, right - start) for left, right in found if left >= start]
    passage = mark_spans(text[start : start + 2 * MAX_PASSAGE_CHARS], inside)
    return (Piece("…"), *passage) if start else passage


def _richest(text: str, found: Sequence[tuple[int, int]]) -> int:
    """Return where the passage with the most different words begins."""
    reach = MAX_PASSAGE_CHARS - CHARS_BEFORE_MARK
    best, best_count, end = 0, 0, 0
    for number, (left, _) in enumerate(found):
        while end < len(found) and found[end][1] <= left + reach:
            end += 1
        different = {text[start:stop].casefold() for start, stop in found[number:end]}
        if len(different) > best_count or not best_count:
            best, best_count = left, len(different)
    return best
