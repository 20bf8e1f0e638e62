"""What is left of a poll once it is stored: as much as its reader counts, and no text."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.core.model import Article, Changed, Entry, FoundArticle

if TYPE_CHECKING:
    from monitor.core.model import Poll


def without_texts(poll: Poll) -> Poll:
    """Keep what is counted: a caller that polls five thousand feeds must not hold every entry of them."""
    outcome = replace(poll.outcome, response=None)
    if isinstance(outcome, Changed):
        outcome = replace(outcome, entries=())
    return replace(poll, found=tuple(map(without_article_text, poll.articles)), stored=(), outcome=outcome, renewed=())


def without_article_text(found: FoundArticle) -> FoundArticle:
    """Keep what is counted of an article once it is stored."""
    article = found.article
    mark = _bare_mark(article.partial_reason, article.partial, article.truncated, found.backfilled, found.updated)
    return replace(mark, matches=found.matches) if found.matches else mark


@lru_cache(1024)
def _bare_mark(partial_reason: str, partial: bool, truncated: bool, backfilled: bool, updated: bool) -> FoundArticle:
    """Stand for any article of a kind."""
    article = Article(title="", text="", partial=partial, partial_reason=partial_reason, truncated=truncated)
    return FoundArticle(entry=Entry(key=""), article=article, backfilled=backfilled, updated=updated)
