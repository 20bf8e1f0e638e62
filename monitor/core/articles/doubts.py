"""The reasons for which the text of a page may be the wrong one, in fixed words by which the store counts articles."""

from __future__ import annotations

from monitor.core.articles.page_blocks import is_long

SHORT_PAGE = "short page"
NOT_THE_ARTICLE = "not the article"
NAVIGATION = "navigation"
NOTHING_SELECTED = "fulltext_select finds nothing"
LOOKS_WRONG = (SHORT_PAGE, NOT_THE_ARTICLE, NAVIGATION, NOTHING_SELECTED)
"""The beginning of the reason of an article whose text looks wrong; the remedy is `fulltext_select`."""
_MAX_LABEL_WORDS = 5
"""A line of at most so many words is the label of a link."""
_MIN_LABEL_SHARE = 0.6
"""Share of the lines that are labels, from which a text is navigation."""


def is_navigation(text: str) -> bool:
    """Return True for a text without a line as long as a sentence, most of whose lines are labels."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines or any(map(is_long, lines)):
        return False
    return sum(len(line.split()) <= _MAX_LABEL_WORDS for line in lines) >= _MIN_LABEL_SHARE * len(lines)
