"""Reads the articles behind entries: page by page, matched as they come.

Of each feed no more pages are in memory than its host lets us fetch at once. A page that cannot be had loses nothing:
its article is what the feed itself carries, marked partial, with the time of the next try.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from monitor.core import articles, links, polls, responses, stories
from monitor.core.model import Failed, FoundArticle, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from monitor.core.model import Article, Entry, Feed, Match, PartialArticle
    from monitor.extraction import ExtractionPool
    from monitor.fetch import Fetcher


class Finder(Protocol):
    """What finds rules in an article; swapped as a whole when the rules are edited."""

    def find(self, article: Article, source: Source) -> tuple[Match, ...]:
        """Find every rule that the article matches."""
        ...


@dataclass(slots=True)
class Reader:
    """Makes articles of entries."""

    fetcher: Fetcher
    pool: ExtractionPool
    matcher: Finder
    clock: Callable[[], datetime]
    per_host: int = 2

    async def read_all(self, feed: Feed, wanted: Sequence[polls.Wanted]) -> tuple[FoundArticle, ...]:
        """Read the articles of all these entries, in their order."""
        found: dict[int, FoundArticle] = {}
        waiting = deque(enumerate(wanted))

        async def lane() -> None:
            while waiting:
                index, each = waiting.popleft()
                found[index] = await self._read(feed, each)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.per_host, len(wanted))):
                group.create_task(lane())
        return tuple(found[index] for index in range(len(wanted)))

    async def again(self, feed: Feed, partial: PartialArticle) -> FoundArticle:
        """Try the page of a partial article once more."""
        article, next_try = await self._page(feed, partial.entry, partial.attempts + 1)
        return self._matched(feed, FoundArticle(entry=partial.entry, article=article, retry_at=next_try))

    async def _read(self, feed: Feed, wanted: polls.Wanted) -> FoundArticle:
        if wanted.page:
            article, next_try = await self._page(feed, wanted.entry, attempts=0)
        else:
            article, next_try = polls.without_page(wanted), None
        found = FoundArticle(
            entry=wanted.entry,
            article=article,
            backfilled=wanted.backfilled,
            updated=wanted.updated,
            entry_id=wanted.entry_id,
            retry_at=next_try,
        )
        return self._matched(feed, found)

    async def _page(self, feed: Feed, entry: Entry, attempts: int) -> tuple[Article, datetime | None]:
        """Fetch and read a page; without it the article is the feed's own text, to be tried again later."""
        answer = await self.fetcher.page(entry.link, feed)
        now = self.clock()
        judged = answer if isinstance(answer, Failed) else responses.judge_page(answer, now) or answer
        if isinstance(judged, Failed):
            return articles.from_feed(entry, judged.reason), polls.retry_at(judged, now, attempts)
        article = await self.pool.extract(judged.body, judged.headers.get("content-type", ""), entry)
        return article, polls.retry_at(None, now, attempts) if article.partial else None

    def _matched(self, feed: Feed, found: FoundArticle) -> FoundArticle:
        article = found.article
        source = Source(id=feed.id, domain=links.host(article.url or feed.url), tier=feed.tier, tags=feed.tags)
        matches = self.matcher.find(article, source)
        return replace(found, matches=matches, sketch=stories.sketch(article.text, article.language) if matches else ())
