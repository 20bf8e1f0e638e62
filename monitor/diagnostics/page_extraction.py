"""Extraction of pages that a user names, as the pipeline would do it; nothing is stored.

Files are processed concurrently, a few ahead, and results come in the order of the input.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core import articles
from monitor.core.feeds import responses
from monitor.core.model import Article, Entry, Failed, Feed, FeedId
from monitor.extraction import ExtractionPool
from monitor.runtime import threads

if TYPE_CHECKING:
    from monitor.fetch import Fetcher

READ_AHEAD = 4
"""Pages under way for each worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPage:
    """A file that the user named, and the id for its result."""

    id: str
    path: Path


async def extract_page(
    pool: ExtractionPool, page: bytes, now: datetime, select: str, *, content_type: str = "", url: str = ""
) -> Article:
    """Extract the article of a page; `select` is a CSS selector of its text."""
    article = await pool.extract(page, content_type, Entry(key=url, link=url), select)
    return articles.drop_impossible_date(article, now)


async def extract_url(
    fetcher: Fetcher, pool: ExtractionPool, url: str, now: datetime, select: str = ""
) -> Article | Failed:
    """Fetch one page and extract its article, or return why it fails, by the poller's criteria."""
    response = await fetcher.fetch_page(url, Feed(id=FeedId("extract"), url=url))
    if isinstance(response, Failed):
        return response
    if failure := responses.page_failure(response, now, url):
        return failure
    content_type = response.headers.get("content-type", "")
    return await extract_page(pool, response.body, now, select, content_type=content_type, url=response.url)


async def extract_files(
    pool: ExtractionPool, pages: Iterable[NamedPage], now: datetime, select: str
) -> AsyncIterator[tuple[NamedPage, Article | Failed]]:
    """Extract files with all workers; yield results in order, with at most READ_AHEAD pages per worker in memory."""
    waiting: deque[tuple[NamedPage, asyncio.Task[Article | Failed]]] = deque()
    try:
        for page in pages:
            waiting.append((page, asyncio.create_task(_extract_file(pool, page.path, now, select))))
            if len(waiting) > READ_AHEAD * pool.workers:
                first, task = waiting.popleft()
                yield first, await task
        while waiting:
            first, task = waiting.popleft()
            yield first, await task
    finally:
        for _, task in waiting:
            task.cancel()


async def _extract_file(pool: ExtractionPool, path: Path, now: datetime, select: str) -> Article | Failed:
    try:
        page = await threads.call(path.read_bytes)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        return Failed(reason=f"unreadable file: {getattr(error, 'strerror', None) or error}")
    return await extract_page(pool, page, now, select)
