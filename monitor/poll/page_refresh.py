"""Second looks at pages: at those that could not be had, and revisits of those that may have been edited in silence.

Both go host by host, some hosts side by side, with the breaker of a poll: so many at most each time, and where a host
does not answer, asks for time, or is slow, the rest is left for later. So they never hold up what is new. A page that
is looked at again and is unchanged, or worse than what was read of it, changes nothing; the log says why.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import structlog

from monitor.core import polls
from monitor.core.errors import MonitorError
from monitor.core.feeds import links
from monitor.core.model import Failed, FoundArticle, PartialArticle, ReadArticle
from monitor.core.polls import rechecks
from monitor.core.polls.budget import DailyBudget
from monitor.core.polls.retry_policy import PAGES_TIME, CircuitBreaker, retry_later

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from monitor.core.model import Feed, FeedId, Response, Validators
    from monitor.poll.article_reader import ArticleReader
    from monitor.store import Store

    InStore = Callable[..., Awaitable[Any]]
    Looked = tuple[bool, Failed | None]
    """Whether the look brought something, and why the page could not be had."""

T = TypeVar("T", PartialArticle, ReadArticle)
MOST_PARTIALS = 50
MOST_REVISITS = 100
"""Each time, which is every few minutes."""
AT_ONCE = 8
"""Pages, of each of the two kinds, whatever hangs: polls have the other places of `fetch.concurrency`."""
_log = structlog.get_logger(__name__)


class _Seen(NamedTuple):
    """What a revisit saw."""

    verdict: str
    reason: str = ""
    failure: Failed | None = None
    found: FoundArticle | None = None
    """The new version, where the page was edited."""
    validators: Validators | None = None
    """None: those that are known still hold."""


class PageRefresher:
    """Looks again; `in_store` calls the store where it may be called."""

    def __init__(self, store: Store, in_store: InStore, reader: ArticleReader) -> None:
        self._store = store
        self._in_store = in_store
        self._reader = reader
        self._retries = asyncio.Semaphore(AT_ONCE)
        self._revisits = asyncio.Semaphore(AT_ONCE)

    async def retry_partials(self, feeds: Mapping[FeedId, Feed], limit: int = MOST_PARTIALS) -> int:
        """Try the pages again that could not be had; how many came."""
        due = await self._in_store(self._store.partial_articles, self._reader.clock(), limit)
        return await self._by_host(feeds, due, self._retry)

    async def revisit(self, feeds: Mapping[FeedId, Feed], limit: int = MOST_REVISITS) -> int:
        """Look again at pages that were read, to see whether they were edited; how many were."""
        due = await self._in_store(self._store.rechecks_due, self._reader.clock(), limit)
        return await self._by_host(feeds, due, self._revisit)

    async def _by_host(
        self, feeds: Mapping[FeedId, Feed], due: Sequence[T], look: Callable[[Feed | None, T], Awaitable[Looked]]
    ) -> int:
        by_host: dict[str, list[T]] = {}
        for each in due:
            by_host.setdefault(links.host(each.entry.link), []).append(each)
        brought = await asyncio.gather(*[self._one_host(feeds, these, look) for these in by_host.values()])
        return sum(brought)

    async def _one_host(
        self, feeds: Mapping[FeedId, Feed], these: Sequence[T], look: Callable[[Feed | None, T], Awaitable[Looked]]
    ) -> int:
        """Ask for one page after the other, whichever feeds they are of: polls of the host come in between."""
        brought, breaker = 0, CircuitBreaker(until=self._reader.clock() + PAGES_TIME)
        for place, each in enumerate(these):
            now = self._reader.clock()
            if self._reader.stopping:
                break
            if breaker.stop_reason(now):
                left = [other.article_id for other in these[place:]]
                await self._in_store(self._store.postpone_pages, left, retry_later(now))
                break
            if await self._is_over_budget(feeds.get(each.feed_id), now):
                await self._in_store(self._store.postpone_pages, [each.article_id], retry_later(now))
                continue
            has_brought, failure = await look(feeds.get(each.feed_id), each)
            breaker.record(failure)
            brought += has_brought
        return brought

    async def _is_over_budget(self, feed: Feed | None, now: datetime) -> bool:
        """Return True if no more text of a feed may be stored today; its pages then wait, and lose no try."""
        if feed is None:
            return False
        return not DailyBudget.of(feed, await self._in_store(self._store.usage_of, feed.id), now).admit()

    # ---------------------------------------------------------------- pages that could not be had

    async def _retry(self, feed: Feed | None, partial: PartialArticle) -> Looked:
        """Try one page again; that of a feed which is no longer configured is not wanted any more."""
        found, failure = FoundArticle(entry=partial.entry, article=partial.article), None
        if feed is not None:
            try:
                async with self._retries:
                    history = await self._in_store(self._store.history, feed.id)
                    found, failure = await self._reader.again(feed, partial, history)
            except MonitorError:
                raise
            except Exception:  # noqa: BLE001 as for a feed: one article's bug is not the others'
                _log.exception("retry broke", feed=feed.id, article=partial.article_id)
        await self._in_store(self._store.replace_article, partial.article_id, found, self._reader.clock())
        return not found.article.partial, failure

    # ---------------------------------------------------------------- pages that were read

    async def _revisit(self, feed: Feed | None, read: ReadArticle) -> Looked:
        if feed is None or feed.revisit == "never" or read.versions >= polls.MAX_VERSIONS:
            await self._in_store(self._store.record_recheck, read.article_id, None, None)
            return False, None
        try:
            async with self._revisits:
                seen = await self._look(feed, read)
        except MonitorError:
            raise
        except Exception:  # noqa: BLE001 as for a feed: one article's bug is not the others'
            _log.exception("revisit broke", feed=feed.id, article=read.article_id)
            seen = _Seen("broke")
        hits = await self._record(read, seen)
        _log_recheck(read, seen, hits)
        return seen.found is not None, seen.failure

    async def _record(self, read: ReadArticle, seen: _Seen) -> int:
        """Store what a look brought; tells how many hits are new with it."""
        now, looks = self._reader.clock(), read.revisits + 1
        next_at = rechecks.next_recheck(looks, now, seen.failure)
        if seen.found is None:
            await self._in_store(self._store.record_recheck, read.article_id, next_at, seen.validators)
            return 0
        found = replace(seen.found, revisit_at=next_at, revisits=looks)
        return len(await self._in_store(self._store.record_page_edit, read, found, now))

    async def _look(self, feed: Feed, read: ReadArticle) -> _Seen:
        known = None if rechecks.is_last_recheck(read.revisits + 1) else read.validators
        answer = await self._reader.fetcher.fetch_page(read.entry.link, feed, known)
        if known is not None and not isinstance(answer, Failed) and answer.status == 304:
            return _Seen("same", "not modified")
        response = self._reader.judged(answer, read.entry)
        if isinstance(response, Failed):
            return _Seen("failed", response.reason, failure=response)
        return await self._compared(feed, read, response)

    async def _compared(self, feed: Feed, read: ReadArticle, response: Response) -> _Seen:
        article = await self._reader.article(response, read.entry)
        history = await self._in_store(self._store.history, feed.id)
        verdict, reason = await self._reader.compared(
            read.article, article, history, read.entry_id, redirected=bool(response.redirects)
        )
        validators = rechecks.page_validators(response)
        if verdict != "changed":
            return _Seen(verdict, reason, validators=None if verdict == "worse" else validators)
        found = FoundArticle(
            entry=read.entry, article=article, updated=True, entry_id=read.entry_id, validators=validators
        )
        return _Seen(verdict, reason, found=await self._reader.matched(feed, found, history))


def _log_recheck(read: ReadArticle, seen: _Seen, hits: int) -> None:
    """Log one line for a recheck."""
    fields = {"feed": read.feed_id, "article": read.article_id, "url": read.entry.link, "why": seen.reason}
    if seen.verdict == "changed":
        _log.info("page was edited", hits=hits, **fields)
    elif seen.verdict == "worse":
        _log.info("page not taken, its text is kept", **fields)
    elif seen.verdict == "failed":
        _log.info("page could not be had again, its text is kept", **fields)
    else:
        _log.debug("page unchanged", verdict=seen.verdict, **fields)
