"""Fetches pages again: retries those that could not be fetched, and rechecks those that may have been edited since.

Both work host by host, several hosts at once, each with the circuit breaker of a poll and a limit on the number of
pages, so that they never delay new entries: if a host does not respond, asks to wait, or is slow, the rest is left for
later. A page that is unchanged, or worse than the stored text, changes nothing; the log says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeVar

import structlog

from monitor.core import links, polls
from monitor.core.errors import MonitorError
from monitor.core.feeds.failures import failed
from monitor.core.grouping import group_by
from monitor.core.model import (
    Article,
    Failed,
    Feed,
    FeedId,
    FoundArticle,
    PartialArticle,
    RecheckDue,
    Response,
    Validators,
)
from monitor.core.polls import retry_policy
from monitor.core.polls.budget import DailyBudget
from monitor.core.polls.retry_policy import PAGES_TIME, CircuitBreaker, retry_later
from monitor.poll import version_comparison
from monitor.poll.article_reader import ArticleReader
from monitor.store import DatabaseThread, Store

T = TypeVar("T", PartialArticle, RecheckDue)
MAX_RETRIES = 50
"""Retries in one call, which is made every few minutes."""
MAX_RECHECKS = 100
"""Rechecks in one call, which is made every few minutes."""
MAX_CONCURRENT_REFRESHES = 8
"""Retries at once, and rechecks at once; polls have the rest of `fetch.concurrency`, even if all of these hang."""
log = structlog.get_logger(__name__)


class _Refresh(NamedTuple):
    """The result of fetching one page again."""

    is_new: bool = False
    """True if the page brought a text that was not stored."""
    failure: Failed | None = None
    """Why the page could not be fetched."""
    article: Article | None = None
    """The result of a retry."""


class _Recheck(NamedTuple):
    """The result of one recheck."""

    verdict: str
    reason: str = ""
    failure: Failed | None = None
    found: FoundArticle | None = None
    """The new version, if the page was edited."""
    validators: Validators | None = None
    """The page's validators; None if the stored ones still hold."""


class PageRefresher:
    """Retries and rechecks pages."""

    def __init__(self, store: Store, database: DatabaseThread, reader: ArticleReader) -> None:
        self._store = store
        self._database = database
        self._reader = reader
        self._retry_slots = asyncio.Semaphore(MAX_CONCURRENT_REFRESHES)
        self._recheck_slots = asyncio.Semaphore(MAX_CONCURRENT_REFRESHES)

    async def retry_pages(self, feeds: Mapping[FeedId, Feed]) -> int:
        """Retry partial articles that are due; return how many are complete now."""
        due = await self._database.run(self._store.partial_articles, self._reader.clock(), MAX_RETRIES)
        return await self._refresh_by_host(feeds, due, self._retry)

    async def recheck_pages(self, feeds: Mapping[FeedId, Feed]) -> int:
        """Recheck pages that are due; return how many were edited."""
        due = await self._database.run(self._store.rechecks_due, self._reader.clock(), MAX_RECHECKS)
        return await self._refresh_by_host(feeds, due, self._recheck)

    async def _refresh_by_host(
        self, feeds: Mapping[FeedId, Feed], due: Sequence[T], refresh: Callable[[Feed | None, T], Awaitable[_Refresh]]
    ) -> int:
        by_host = group_by(due, lambda article: links.host(article.entry.link))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._refresh_host(feeds, each, refresh)) for each in by_host.values()]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # it has ended the other tasks
        return sum(task.result() for task in tasks)

    async def _refresh_host(
        self, feeds: Mapping[FeedId, Feed], due: Sequence[T], refresh: Callable[[Feed | None, T], Awaitable[_Refresh]]
    ) -> int:
        """Fetch the pages of one host one by one, whichever feeds they are of; polls of the host run in between."""
        new, breaker = 0, CircuitBreaker(until=self._reader.clock() + PAGES_TIME)
        for index, article in enumerate(due):
            now = self._reader.clock()
            if self._reader.pages.stopping:
                break
            if breaker.stop_reason(now):
                rest = [other.article_id for other in due[index:]]
                await self._database.run(self._store.postpone_pages, rest, retry_later(now))
                break
            if await self._is_over_budget(feeds.get(article.feed_id), now):
                await self._database.run(self._store.postpone_pages, [article.article_id], retry_later(now))
                continue
            result = await refresh(feeds.get(article.feed_id), article)
            breaker.record(result.failure)
            if result.article is not None:
                breaker.record_text(result.article)
            new += result.is_new
        return new

    async def _is_over_budget(self, feed: Feed | None, now: datetime) -> bool:
        """Return True if no more text of a feed may be stored today; its pages then wait, without losing an attempt."""
        if feed is None:
            return False
        return not DailyBudget.of(feed, await self._database.run(self._store.usage_of, feed.id), now).admit()

    # ---------------------------------------------------------------- retries

    async def _retry(self, feed: Feed | None, partial: PartialArticle) -> _Refresh:
        """Retry one article; there are no further retries if its feed is not configured any more."""
        found, result = FoundArticle(entry=partial.entry, article=partial.article), _Refresh()
        if feed is not None:
            try:
                async with self._retry_slots:
                    history = await self._database.run(self._store.history, feed.id)
                    found, failure = await self._reader.retry(feed, partial, history)
                result = _Refresh(not found.article.partial, failure, found.article)
            except MonitorError:
                raise
            except Exception:
                log.exception("retry of a page failed", feed=feed.id, article=partial.article_id)
                retry_at = retry_policy.retry_at(failed("internal error"), self._reader.clock(), partial.attempts + 1)
                found = replace(found, retry_at=retry_at)
        await self._database.run(self._store.replace_article, partial.article_id, found, self._reader.clock())
        return result

    # ---------------------------------------------------------------- rechecks

    async def _recheck(self, feed: Feed | None, due: RecheckDue) -> _Refresh:
        if feed is None or feed.revisit == "never" or due.versions >= polls.MAX_VERSIONS:
            await self._database.run(self._store.record_recheck, due.article_id, None, None)
            return _Refresh()
        try:
            async with self._recheck_slots:
                result = await self._fetch_again(feed, due)
        except MonitorError:
            raise
        except Exception:
            log.exception("recheck of a page failed", feed=feed.id, article=due.article_id)
            result = _Recheck("error")
        hits = await self._record(due, result)
        _log_recheck(due, result, hits)
        return _Refresh(result.found is not None, result.failure)

    async def _record(self, due: RecheckDue, result: _Recheck) -> int:
        """Store the result of a recheck, and return the number of new hits."""
        now, rechecks = self._reader.clock(), due.rechecks + 1
        next_at = retry_policy.next_recheck(rechecks, now, result.failure)
        if result.found is None:
            await self._database.run(self._store.record_recheck, due.article_id, next_at, result.validators)
            return 0
        found = replace(result.found, recheck_at=next_at, rechecks=rechecks)
        return len(await self._database.run(self._store.record_page_edit, due, found, now))

    async def _fetch_again(self, feed: Feed, due: RecheckDue) -> _Recheck:
        validators = None if retry_policy.is_last_recheck(due.rechecks + 1) else due.validators
        response = await self._reader.pages.fetch(feed, due.entry, validators)
        if isinstance(response, Failed):
            return _Recheck("failed", response.reason, failure=response)
        if response.status == 304:
            return _Recheck("same", "not modified")
        return await self._compare(feed, due, response)

    async def _compare(self, feed: Feed, due: RecheckDue, response: Response) -> _Recheck:
        article = await self._reader.pages.extract(feed, response, due.entry)
        history = await self._database.run(self._store.history, feed.id)
        verdict, reason = await version_comparison.classify_recheck(
            self._reader.pool,
            due.article,
            article,
            history.common_keys(due.entry_id),
            redirected=bool(response.redirects),
        )
        validators = retry_policy.page_validators(response)
        if verdict != "changed":
            return _Recheck(verdict, reason, validators=None if verdict == "rejected" else validators)
        found = FoundArticle(
            entry=due.entry, article=article, updated=True, entry_id=due.entry_id, validators=validators
        )
        return _Recheck(verdict, reason, found=await self._reader.match(feed, found, history))


def _log_recheck(due: RecheckDue, result: _Recheck, hits: int) -> None:
    """Log one line for a recheck."""
    fields = {"feed": due.feed_id, "article": due.article_id, "url": due.entry.link, "why": result.reason}
    if result.verdict == "changed":
        log.info("page was edited", hits=hits, **fields)
    elif result.verdict == "rejected":
        log.info("page not taken, its text is kept", **fields)
    elif result.verdict == "failed":
        log.info("page could not be fetched again, its text is kept", **fields)
    elif result.verdict != "error":  # which is logged already
        log.debug("page unchanged", verdict=result.verdict, **fields)
