"""Reduces a stored poll to what its caller counts, without texts."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from monitor.core.model import Article, Changed, Entry, FoundArticle, Poll


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
