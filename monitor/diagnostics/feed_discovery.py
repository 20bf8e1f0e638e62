"""Looks at feeds without storing anything: whether one works, and which ones a page offers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.app import open_extraction_pool, open_fetcher, utc_now
from monitor.core.feeds import discovery, responses
from monitor.core.model import Changed, Failed, Feed, FeedId, FeedState, Response
from monitor.core.text import encodings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from monitor.extraction import ExtractionPool
    from monitor.fetch import Fetcher
    from monitor.settings import MonitorFile


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCheck:
    """What one look at a feed showed."""

    feed: Feed
    ok: bool
    reason: str
    """Why it failed; of a good feed, what is odd about it."""
    entries: int = 0
    title: str = ""
    newest: datetime | None = None
    moved_to: str = ""


@dataclass(slots=True, kw_only=True)
class FeedChecker:
    """Fetches and parses as the poller does, and forgets it."""

    fetcher: Fetcher
    pool: ExtractionPool
    clock: Callable[[], datetime]

    async def check_all(self, feeds: Sequence[Feed]) -> AsyncIterator[FeedCheck]:
        """Look at each feed once, as they answer; politeness is the fetcher's."""
        for done in asyncio.as_completed([self.check(feed) for feed in feeds]):
            yield await done

    async def check(self, feed: Feed) -> FeedCheck:
        """Look at one feed."""
        response = await self.fetcher.fetch_feed(feed, FeedState(feed_id=feed.id))
        if isinstance(response, Failed):
            return FeedCheck(feed=feed, ok=False, reason=response.reason)
        return await self._judged(feed, response)

    async def _judged(self, feed: Feed, response: Response) -> FeedCheck:
        state = FeedState(feed_id=feed.id)
        judged = responses.judge(response, state, self.clock())
        outcome = judged or await self.pool.parse(feed, response, self.clock())
        if not isinstance(outcome, Changed):
            reason = outcome.reason if isinstance(outcome, Failed) else outcome.because
            return FeedCheck(feed=feed, ok=False, reason=reason)
        dates = [entry.published_at for entry in outcome.entries if entry.published_at]
        return FeedCheck(
            feed=feed,
            ok=True,
            reason=outcome.malformed or ("" if outcome.entries else "no entries"),
            entries=len(outcome.entries),
            title=outcome.title,
            newest=max(dates, default=None),
            moved_to=response.url if any(status in {301, 308} for status, _ in response.redirects) else "",
        )

    async def discover(self, url: str) -> list[FeedCheck]:
        """Return the feeds at an address: itself if it is one, else those of the page there; or what failed, and why.

        Where something else than a page is there, no other feed is looked for: it would be another than was meant.
        """
        feed = _unknown(url)
        response = await self.fetcher.fetch_feed(feed, FeedState(feed_id=feed.id))
        if isinstance(response, Failed):
            return [FeedCheck(feed=feed, ok=False, reason=response.reason)]
        itself = await self._judged(feed, response)
        if itself.ok or not responses.is_page(response):
            return [itself]
        page = encodings.decode(response.body, response.headers.get("content-type", ""))
        return await self._of_page(discovery.candidates(page, response.url), response) or [itself]

    async def _of_page(self, found: Sequence[discovery.Candidate], response: Response) -> list[FeedCheck]:
        """Check what a page may mean by its feeds; those that are none are given only when it names them as such."""
        told = [item for item in found if item.because != "guess"]
        checks = await asyncio.gather(*(self.check(_unknown(item.url)) for item in told))
        if good := [check for check in checks if check.ok]:
            return good
        if named := [check for check, item in zip(checks, told, strict=True) if item.because == "link"]:
            return named
        # Only when the page names none are the usual places tried: each guess is a request to a stranger.
        guesses = [item for item in found if item.because == "guess" and item.url != response.url]
        checks = await asyncio.gather(*(self.check(_unknown(item.url)) for item in guesses))
        return [check for check in checks if check.ok][:1]


def _unknown(url: str) -> Feed:
    return Feed(id=FeedId("unknown"), url=url)


@asynccontextmanager
async def open_feed_checker(monitor: MonitorFile) -> AsyncIterator[FeedChecker]:
    """Start fetching and parsing for a FeedChecker, and stop both at the end."""
    with open_extraction_pool(monitor.extract.workers, monitor.extract.timeout) as pool:
        async with open_fetcher(monitor) as fetcher:
            yield FeedChecker(fetcher=fetcher, pool=pool, clock=utc_now)
