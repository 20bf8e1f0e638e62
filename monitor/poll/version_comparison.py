"""Compares a new version of an article with the stored ones, in worker processes.

Each function has a safe result for versions that cannot be compared in time: no text that was read is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

import structlog

from monitor.core.articles import carry_forward, revisions
from monitor.core.articles.revisions import Revision
from monitor.core.model import Article, Entry, FoundArticle
from monitor.core.polls.analysis import compare
from monitor.extraction import ExtractionPool, TaskError

log = structlog.get_logger(__name__)


async def merge_with_stored(
    pool: ExtractionPool, found: FoundArticle, previous: Entry, versions: Sequence[Article]
) -> FoundArticle:
    """Return an edit that came without its page with the stored text added, so that no text is lost.

    `previous` is the entry before the edit, `versions` are those stored, oldest first.
    """
    arguments = (found.article, found.entry, previous, carry_forward.versions_needed(versions))
    try:
        article = await pool.run(partial(carry_forward.merge_versions, waits=found.retry_at is not None), *arguments)
    except TaskError as error:
        log.warning("edit not compared with the earlier text", url=found.entry.link, error=str(error))
        article = carry_forward.join_versions(*arguments)
    return replace(found, article=article, validators=None)


async def is_trivial_change(pool: ExtractionPool, before: Article, after: Article) -> bool:
    """Return True if only a clock or a counter changed; False as well if the versions cannot be compared in time."""
    if (before.title, before.text) == (after.title, after.text):
        return True
    try:
        return await pool.run(revisions.differs_trivially, before, after)
    except TaskError as error:
        log.warning("versions not compared", url=after.url, error=str(error))
        return False


async def classify_recheck(
    pool: ExtractionPool, before: Article, after: Article, common: Collection[int], *, redirected: bool
) -> Revision:
    """Classify a page that was fetched again; `rejected` if it cannot be compared in time: the stored text is kept."""
    if (before.title, before.text) == (after.title, after.text):
        return revisions.Revision("same")
    try:
        return await pool.run(partial(compare, redirected=redirected), before, after, common)
    except TaskError as error:
        return revisions.Revision("rejected", f"not compared: {error}")
