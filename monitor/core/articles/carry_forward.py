"""Builds the article of an edited entry whose page cannot be fetched from an earlier version of the text.

The new title and summary of the feed are matched at once, above the earlier text. The result is built on the last
complete version, so that the summaries of several edits do not accumulate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.core.articles import standfirst
from monitor.core.model import Article, Entry
from monitor.core.text import MAX_TEXT_CHARS

EARLIER_TEXT = "the text is that of an earlier version"
FEED_QUALITIES = frozenset({"feed", "title"})
"""Qualities of articles whose text comes from the feed alone."""


def merge_versions(
    without_page: Article, entry: Entry, previous: Entry, versions: Sequence[Article], *, waits: bool
) -> Article:
    """Return the article for an edited entry; `without_page` was built without its page.

    `previous` is the entry before the edit, `versions` are those stored, oldest first; `waits`: the page is
    retried, so that the article must be partial.
    """
    if not any(_has_page_text(version) for version in versions):
        return without_page
    current = versions[-1]
    if (entry.title, entry.summary) == (previous.title, previous.summary) and _has_page_text(current):
        return replace(current, partial=True, partial_reason=_reason(without_page)) if waits else current
    return _with_new_text(without_page, entry, _best(versions), waits=waits)


def versions_needed(versions: Sequence[Article]) -> list[Article]:
    """Return the versions that `merge_versions` needs, in their order: the one it builds on, and the current one."""
    if not any(_has_page_text(version) for version in versions):
        return list(versions[-1:])
    best, current = _best(versions), versions[-1]
    return [current] if best is current else [best, current]


def join_versions(without_page: Article, entry: Entry, previous: Entry, versions: Sequence[Article]) -> Article:
    """Put the new text above the earlier one without comparing them: used if `merge_versions` fails."""
    if not any(_has_page_text(version) for version in versions):
        return without_page
    base = _best(versions)
    changed = (entry.title, entry.summary) != (previous.title, previous.summary)
    text = f"{without_page.text}\n\n{base.text}" if changed and without_page.text else base.text
    return _join_article(without_page, base, entry.title or base.title, text)


def _has_page_text(version: Article) -> bool:
    """Return True if a version has more text than the feed carries."""
    return not version.partial or version.quality not in FEED_QUALITIES


def _best(versions: Sequence[Article]) -> Article:
    newest_first = list(reversed(versions))
    whole = (version for version in newest_first if not version.partial)
    return next(whole, None) or next(version for version in newest_first if _has_page_text(version))


def _with_new_text(without_page: Article, entry: Entry, base: Article, *, waits: bool) -> Article:
    title = entry.title or base.title
    text = standfirst.prepend(without_page.text, base.text, title)
    if text == base.text and title == base.title and not waits:
        return replace(base, url=without_page.url)
    return _join_article(without_page, base, title, text)


def _join_article(without_page: Article, base: Article, title: str, text: str) -> Article:
    return replace(
        base,
        title=title,
        text=text[:MAX_TEXT_CHARS],
        url=without_page.url,
        author=without_page.author or base.author,
        published_at=without_page.published_at or base.published_at,
        partial=True,
        partial_reason=_reason(without_page),
        truncated=base.truncated or len(text) > MAX_TEXT_CHARS,
        boilerplate=(),
    )


def _reason(without_page: Article) -> str:
    return f"{without_page.partial_reason}; {EARLIER_TEXT}"
