"""Reduces a poll to what its caller counts, and counts its entries that were not stored, for the ledger.

The store counts what was stored, by the rows that it wrote, so that both counts can be compared.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from monitor.core.model import Article, Changed, Entry, EntryCounts, FoundArticle, Poll
from monitor.core.polls.planning import Plan


def without_texts(poll: Poll) -> Poll:
    """Return a poll without its texts: a caller that polls thousands of feeds must not hold every entry."""
    outcome = replace(poll.outcome, response=None)
    if isinstance(outcome, Changed):
        outcome = replace(outcome, entries=())
    return replace(poll, found=tuple(map(without_article_text, poll.articles)), stored=(), outcome=outcome, renewed=())


def without_article_text(found: FoundArticle) -> FoundArticle:
    """Return an article without text and entry, for counting."""
    article = found.article
    bare = _bare_article(article.partial_reason, article.partial, article.truncated, found.backfilled, found.updated)
    return replace(bare, matches=found.matches) if found.matches else bare


@lru_cache(1024)
def _bare_article(partial_reason: str, partial: bool, truncated: bool, backfilled: bool, updated: bool) -> FoundArticle:
    """Return one shared value for all articles with the same flags."""
    article = Article(title="", text="", partial=partial, partial_reason=partial_reason, truncated=truncated)
    return FoundArticle(entry=Entry(key=""), article=article, backfilled=backfilled, updated=updated)


def count_entries(document: Changed, plan: Plan | None, *, read: int, postponed: int, is_complete: bool) -> EntryCounts:
    """Count the entries of a document.

    `plan` is None if the poll was broken off before there was one. `read`: articles that were read, `postponed`: edits
    that wait for the next day. `is_complete`: the poll was not broken off.
    """
    left_out = EntryCounts(
        seen=document.seen,
        empty=document.empty,
        duplicates=document.duplicates,
        over_limit=document.truncated,
        excluded=document.excluded,
    )
    if plan is None:
        return replace(left_out, unread=len(document.entries))
    return replace(
        left_out,
        known=plan.unchanged,
        version_limit=plan.version_limit,
        expired=plan.expired,
        postponed=postponed,
        unread=0 if is_complete else len(plan.entries) - read - postponed,
    )
