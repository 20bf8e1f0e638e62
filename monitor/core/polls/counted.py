"""What is left of a poll once it is stored: as much as its reader counts, and no text."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from monitor.core.model import Article, Changed, Entry, FoundArticle

if TYPE_CHECKING:
    from monitor.core.model import Poll


def counted(poll: Poll) -> Poll:
    """Keep what is counted: a caller that polls five thousand feeds must not hold every entry of them."""
    outcome = replace(poll.outcome, response=None)
    if isinstance(outcome, Changed):
        outcome = replace(outcome, entries=())
    return replace(poll, found=tuple(map(_mark, poll.found)), outcome=outcome, renewed=())


def _mark(found: FoundArticle) -> FoundArticle:
    mark = _bare_mark(found.article.partial, found.backfilled, found.updated)
    return replace(mark, matches=found.matches) if found.matches else mark


@cache
def _bare_mark(partial: bool, backfilled: bool, updated: bool) -> FoundArticle:
    """Stand for any article of a kind."""
    article = Article(title="", text="", partial=partial)
    return FoundArticle(entry=Entry(key=""), article=article, backfilled=backfilled, updated=updated)
