"""Fetches the page of an entry and extracts its article, or makes the article of the feed's own text instead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from monitor.core import articles
from monitor.core.feeds import responses
from monitor.core.model import Article, Entry, Failed, Feed, Response, Validators
from monitor.core.polls import retry_policy
from monitor.core.polls.retry_policy import ENDING, retry_at
from monitor.extraction import ExtractionPool

if TYPE_CHECKING:
    from monitor.fetch import Fetcher

STOP_TIMEOUT_SECONDS = 8.0
"""Seconds within which pages in progress must be fetched once the program stops."""


class PageResult(NamedTuple):
    """The article of a page, or of the feed's own text if the page could not be used."""

    article: Article
    retry_at: datetime | None = None
    failure: Failed | None = None
    """Why the page could not be used."""
    validators: Validators | None = None


class PageReader:
    """Reads pages; `clock` returns the current time."""

    def __init__(self, fetcher: Fetcher, pool: ExtractionPool, clock: Callable[[], datetime]) -> None:
        self._fetcher = fetcher
        self._pool = pool
        self._clock = clock
        self._limits: set[asyncio.Timeout] = set()
        """The time limits of pages that are being read; they have no deadline before `stop`."""
        self.stopping = False

    def stop(self) -> None:
        """Give pages being read STOP_TIMEOUT_SECONDS, counted from the first call."""
        if self.stopping:
            return
        self.stopping = True
        for limit in self._limits:
            limit.reschedule(asyncio.get_running_loop().time() + STOP_TIMEOUT_SECONDS)

    async def read(self, feed: Feed, entry: Entry, attempts: int) -> PageResult:
        """Fetch and extract a page; `attempts` counts the earlier retries of it."""
        limit = asyncio.timeout(STOP_TIMEOUT_SECONDS if self.stopping else None)
        try:
            async with limit:
                self._limits.add(limit)
                return await self._read(feed, entry, attempts)
        except TimeoutError:  # the program is ending
            return PageResult(await self._pool.from_feed(entry, ENDING), self._clock())
        finally:
            self._limits.discard(limit)

    async def fetch(self, feed: Feed, entry: Entry, validators: Validators | None = None) -> Response | Failed:
        """Fetch a page; Failed also for a response without an article. Status 304 if it still has the `validators`."""
        response = await self._fetcher.fetch_page(entry.link, feed, validators)
        if isinstance(response, Failed) or (validators is not None and response.status == 304):
            return response
        return responses.page_failure(response, self._clock(), entry.link) or response

    async def extract(self, feed: Feed, response: Response, entry: Entry) -> Article:
        """Extract the article of a page."""
        content_type = response.headers.get("content-type", "")
        article = await self._pool.extract(response.body, content_type, entry, feed.fulltext_select)
        return articles.drop_impossible_date(article, self._clock())

    async def _read(self, feed: Feed, entry: Entry, attempts: int) -> PageResult:
        response = await self.fetch(feed, entry)
        if isinstance(response, Failed):
            next_try = retry_at(response, self._clock(), attempts)
            return PageResult(await self._pool.from_feed(entry, response.reason), next_try, response)
        article = await self.extract(feed, response, entry)
        next_try = retry_at(None, self._clock(), attempts) if article.partial else None
        return PageResult(article, next_try, validators=retry_policy.page_validators(response))
