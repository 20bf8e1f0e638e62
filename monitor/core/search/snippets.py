# ruff: noqa: RUF001 - the ends of sentences in several scripts
"""The passage of a text that answers a query best, with the words that were searched for marked."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.core.matching.passages import CHARS_BEFORE_MARK, MAX_PASSAGE_CHARS, Passage, Piece, mark_spans
from monitor.core.search.matches import spans
from monitor.core.search.query import SearchPhrase, SearchQuery
from monitor.core.text.shortening import first_cut

_SENTENCE_CHARS, _LOOKED_AT = 40, 4_000
"""Characters of a sentence at least, and of the text in which the first one is looked for."""
_ENDS, _CLOSING = (".", "!", "?", "…", "。", "！", "？", "।", "؟"), "\"'”’»)）」"


def marked_title(query: SearchQuery, title: str) -> Passage:
    """Mark what was searched for in a title."""
    return mark_spans(title, spans(query, title, title=True))


def snippet(query: SearchQuery, text: str) -> Passage:
    """Cut the passage with the most phrases of a query, the first of several; without any, the first sentence."""
    found = spans(query, text, title=False)
    first = _richest(found) if found else _first_sentence(text)
    paragraph = text.rfind("\n", 0, first) + 1
    start = max(paragraph, min(first - CHARS_BEFORE_MARK, len(text) - MAX_PASSAGE_CHARS))
    start = start if start == paragraph else first_cut(text, start, first)
    inside = [(left - start, right - start) for left, right in found if left >= start]
    passage = mark_spans(text[start : start + 2 * MAX_PASSAGE_CHARS], inside)
    return (Piece("…"), *passage) if start else passage


def _richest(found: Mapping[tuple[int, int], SearchPhrase]) -> int:
    """Return where the passage with the most different phrases begins."""
    reach = MAX_PASSAGE_CHARS - CHARS_BEFORE_MARK
    places = list(found)
    best, best_count, end = 0, 0, 0
    for number, (left, _) in enumerate(places):
        while end < len(places) and places[end][1] <= left + reach:
            end += 1
        count = len({found[each] for each in places[number:end]})
        if count > best_count or not best_count:
            best, best_count = left, count
    return best


def _first_sentence(text: str) -> int:
    """Return where the first line begins that is a sentence, since newsletters begin with links; 0 if none is."""
    start = 0
    for line in text[:_LOOKED_AT].splitlines(keepends=True):
        if len(line) >= _SENTENCE_CHARS and line.rstrip().rstrip(_CLOSING).endswith(_ENDS):
            return start
        start += len(line)
    return 0
