"""Pages that a user names -> the articles that the pipeline would see in them; nothing is stored.

Files are read side by side, a few ahead of the one whose turn it is, and come back in the order they were named.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core import articles
from monitor.core.feeds import responses
from monitor.core.model import Article, Entry, Failed, Feed, FeedId
from monitor.runtime import threads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime
    from pathlib import Path

    from monitor.extraction import ExtractionPool
    from monitor.fetch import Fetcher

AHEAD = 4
"""Pages in hand for each worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPage:
    """A page of the user's: what to call it, and where it is."""

    id: str
    path: Path


async def read_page(
    pool: ExtractionPool, page: bytes, now: datetime, *, content_type: str = "", url: str = ""
) -> Article:
    """Read one page that is at hand."""
    return articles.dated(await pool.extract(page, content_type, Entry(key=url, link=url)), now)


async def read_url(fetcher: Fetcher, pool: ExtractionPool, url: str, now: datetime) -> Article | Failed:
    """Fetch one page, as politely as any other, and read it unless the poller would not."""
    response = await fetcher.fetch_page(url, Feed(id=FeedId("extract"), url=url))
    if isinstance(response, Failed):
        return response
    if failure := responses.judge_page(response, now, url):
        return failure
    content_type = response.headers.get("content-type", "")
    return await read_page(pool, response.body, now, content_type=content_type, url=response.url)


async def read_files(
    pool: ExtractionPool, pages: Iterable[NamedPage], now: datetime
) -> AsyncIterator[tuple[NamedPage, Article | Failed]]:
    """Read many files with every worker, in order, holding few of them at once."""
    waiting: deque[tuple[NamedPage, asyncio.Task[Article | Failed]]] = deque()
    try:
        for page in pages:
            waiting.append((page, asyncio.create_task(_read_file(pool, page.path, now))))
            if len(waiting) > AHEAD * pool.workers:
                first, task = waiting.popleft()
                yield first, await task
        while waiting:
            first, task = waiting.popleft()
            yield first, await task
    finally:
        for _, task in waiting:
            task.cancel()


async def _read_file(pool: ExtractionPool, path: Path, now: datetime) -> Article | Failed:
    try:
        page = await threads.call(path.read_bytes)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return Failed(reason=f"unreadable file: {getattr(error, 'strerror', None) or error}")
    return await read_page(pool, page, now)
