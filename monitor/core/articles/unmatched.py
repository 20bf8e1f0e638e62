"""The mark on an article whose whole text could not be matched: the reason in fixed words, and how to remove it.

The mark is a prefix of `partial_reason`, before the article's own reason if it has one. So a marked article is retried,
listed and counted like any other partial article.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.core.model import Article

UNMATCHED = "not matched"
"""The beginning of the mark for all reasons; the store counts articles by it."""
_REASONS = {
    "timeout": "it took too long",
    "crash": "the process died",
    "out of memory": "out of memory",
    "closed": "the program was ending",
}
"""Reasons by the first words of monitor.extraction.TaskError."""
_OTHER = "an error"
_OWN, _OWN_PARTIAL = "; ", "; partial: "


def mark_unmatched(article: Article, error: str, *, beginning: bool) -> Article:
    """Mark an article; `error` is the text of a TaskError, `beginning`: its title and first characters were matched."""
    why = next((reason for start, reason in _REASONS.items() if error.startswith(start)), _OTHER)
    reason = f"{UNMATCHED} {'whole' if beginning else 'at all'}: {why}"
    if article.partial:
        reason += f"{_OWN_PARTIAL}{article.partial_reason}"
    elif article.partial_reason:
        reason += f"{_OWN}{article.partial_reason}"
    return replace(article, partial=True, partial_reason=reason)


def is_marked_unmatched(article: Article) -> bool:
    """Return True for an article that `mark_unmatched` returned."""
    return article.partial and article.partial_reason.startswith(UNMATCHED)


def remove_mark(article: Article) -> Article:
    """Return the article as it was before it was marked."""
    if not is_marked_unmatched(article):
        return article
    _, separator, own = article.partial_reason.partition(_OWN)
    partial = f"{separator}{own}".startswith(_OWN_PARTIAL)
    own = own.removeprefix(_OWN_PARTIAL.removeprefix(_OWN)) if partial else own
    return replace(article, partial=partial, partial_reason=own)
