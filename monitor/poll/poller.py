"""Decides when each feed is polled: when it is due, and a slot for its host and one overall are free.

The daemon calls `start_due` every few seconds, which returns at once; the polls continue as tasks. Commands call
`poll_due` or `poll_feeds`, which wait for all polls. A feed that is being polled is not polled a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from monitor.core.errors import MonitorError
from monitor.core.model import Feed, FeedId, FeedState, Poll
from monitor.core.polls import schedule
from monitor.core.polls.feed_queue import FeedQueue, FeedWithState
from monitor.core.polls.poll_summary import without_texts
from monitor.extraction import ExtractionPool, PooledMatcher
from monitor.poll.article_reader import ArticleReader
from monitor.poll.feed_poller import FeedPoller
from monitor.poll.page_reader import PageReader
from monitor.poll.page_refresh import PageRefresher
from monitor.poll.recorder import Recorder
from monitor.store import DatabaseThread, Store

if TYPE_CHECKING:
    from monitor.fetch import Fetcher

AfterPoll = Callable[[int, int, Poll], None]
"""Called after each poll: how many are done, of how many, and the poll."""
MAX_CONCURRENT_POLLS = 128
"""Feeds that are polled at once: twice the requests at once, so that slow hosts leave slots for others."""
UNSTORED_PAUSE_SECONDS = 60.0
"""Seconds until a feed is polled again whose poll could not be stored."""
log = structlog.get_logger(__name__)


class Poller:
    """Polls feeds into the store. `feeds` and `reader.matcher` may be replaced at any time, during polls too."""

    def __init__(
        self,
        *,
        store: Store,
        fetcher: Fetcher,
        pool: ExtractionPool,
        matcher: PooledMatcher,
        feeds: Iterable[Feed],
        database: DatabaseThread,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        per_host: int = 2,
    ) -> None:
        self.feeds: Mapping[FeedId, Feed] = {feed.id: feed for feed in feeds}
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._database = database
        self._per_host = per_host
        self._pages = PageReader(fetcher, pool, clock)
        self.reader = ArticleReader(
            self._pages, pool, matcher, clock, lambda entry_id: database.run(store.entry_versions, entry_id), per_host
        )
        self._page_refresher = PageRefresher(store, database, self.reader)
        self._feed_poller = FeedPoller(store, database, fetcher, self.reader, Recorder(store, database), jitter)
        self._queue = self._new_queue()
        """The queue of `start_due` and `poll_if_due`; each call of `poll_due` and `poll_feeds` has its own."""
        self._polled_by_commands: set[FeedId] = set()
        """Feeds that calls of `poll_due` and `poll_feeds` are polling."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: MonitorError | None = None
        """Why a poll that ended since the last `start_due` could not be stored."""
        self._paused: dict[FeedId, float] = {}
        """Feeds whose poll could not be stored; until when they are not polled, in the event loop's time."""

    # ---------------------------------------------------------------- in the daemon

    async def start_due(self) -> int:
        """Start to poll every due feed for which there is a slot, and return how many were started.

        The others follow when a poll ends. Raises MonitorError when a poll could not be stored since the last call.
        """
        error, self._error = self._error, None
        now = asyncio.get_running_loop().time()
        self._paused = {feed_id: until for feed_id, until in self._paused.items() if until > now}
        busy = self._polled_by_commands | self._paused.keys()
        self._queue.offer(due_feed for due_feed in await self.due() if due_feed.feed.id not in busy)
        started = self._start_polls(self._queue, self._poll_in_background, self._create_task)
        if error is not None:
            raise error
        return started

    async def poll_if_due(self, feed_id: str) -> Poll | None:
        """Poll one feed; None if it is no longer due or configured, or if all slots for slow hosts are taken."""
        feed = self.feeds.get(FeedId(feed_id))
        if feed is None or self._pages.stopping:
            return None
        due_feed = FeedWithState(feed, await self._database.run(self._store.state, feed.id))
        if not schedule.is_poll_due(due_feed.state, self._clock()) or not self._queue.try_take(due_feed):
            return None
        try:
            return without_texts(await self._feed_poller.poll(*due_feed))
        finally:
            self._queue.release(feed.id)

    async def drain(self) -> None:
        """Wait until no poll is in progress. If cancelled, it cancels the polls; what they stored remains."""
        tasks = tuple(self._tasks)
        if not tasks:
            return
        try:
            await asyncio.gather(*tasks, return_exceptions=True)
        except asyncio.CancelledError:
            await asyncio.wait(tasks)
            raise

    def stop(self) -> None:
        """Start no further poll; those in progress end soon and are stored with the pages that they have by then."""
        self._pages.stop()

    def _create_task(self, poll: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(poll)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _poll_in_background(self, due_feed: FeedWithState) -> None:
        try:
            await self._feed_poller.poll(*due_feed)
        except MonitorError as error:
            self._error = error
        except Exception:
            log.exception("poll could not be stored", feed=due_feed.feed.id)
        else:
            return
        self._paused[due_feed.feed.id] = asyncio.get_running_loop().time() + UNSTORED_PAUSE_SECONDS

    # ---------------------------------------------------------------- in commands

    async def poll_due(self, after: AfterPoll | None = None) -> list[Poll]:
        """Poll every due feed, the longest overdue first, and return when all were polled."""
        return await self._poll_all(await self.due(), after)

    async def poll_feeds(self, feed_ids: Collection[str] | None = None, after: AfterPoll | None = None) -> list[Poll]:
        """Poll these feeds, which must be configured, or all, whether due or not."""
        chosen = self.feeds.values() if feed_ids is None else [self.feeds[FeedId(feed_id)] for feed_id in feed_ids]
        return await self._poll_all(await self._with_states(chosen), after)

    async def due(self) -> list[FeedWithState]:
        """Return the feeds that are due, the longest overdue first."""
        now = self._clock()
        due = [
            due_feed
            for due_feed in await self._with_states(self.feeds.values())
            if schedule.is_poll_due(due_feed.state, now)
        ]
        return sorted(due, key=lambda due_feed: due_feed.state.next_poll_at or datetime.min.replace(tzinfo=UTC))

    async def states(self) -> list[FeedState]:
        """Return the state of each configured feed."""
        return [due_feed.state for due_feed in await self._with_states(self.feeds.values())]

    async def _with_states(self, feeds: Iterable[Feed]) -> list[FeedWithState]:
        states = await self._database.run(self._store.states)
        return [FeedWithState(feed, states.get(feed.id) or FeedState(feed_id=feed.id)) for feed in feeds]

    async def _poll_all(self, due_feeds: list[FeedWithState], after: AfterPoll | None) -> list[Poll]:
        """Poll feeds, except those of another call in progress; raises MonitorError when a poll cannot be stored."""
        mine = [due_feed for due_feed in due_feeds if due_feed.feed.id not in self._polled_by_commands]
        ids = {due_feed.feed.id for due_feed in mine}
        done: list[Poll] = []

        async def poll(due_feed: FeedWithState) -> None:
            done.append(without_texts(await self._feed_poller.poll(*due_feed)))
            if after:
                after(len(done), len(mine), done[-1])

        queue = self._new_queue()
        queue.offer(mine)
        self._polled_by_commands |= ids
        try:
            async with asyncio.TaskGroup() as group:
                self._start_polls(queue, poll, group.create_task)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the database is gone: one clear line
        finally:
            self._polled_by_commands -= ids
        return done

    # ---------------------------------------------------------------- in both

    def _new_queue(self) -> FeedQueue:
        return FeedQueue(at_once=MAX_CONCURRENT_POLLS, per_host=self._per_host, is_slow=self._fetcher.is_slow)

    def _start_polls(
        self,
        queue: FeedQueue,
        poll: Callable[[FeedWithState], Awaitable[None]],
        create_task: Callable[[Coroutine[None, None, None]], object],
    ) -> int:
        """Start to poll the feeds of a queue for which there are slots, and return their number.

        Each poll calls this method again when it ends, so that the feeds that wait for its slot are started.
        """

        async def run(due_feed: FeedWithState) -> None:
            try:
                await poll(due_feed)
            finally:
                queue.release(due_feed.feed.id)
            self._start_polls(queue, poll, create_task)

        started = 0
        while not self._pages.stopping and (due_feed := queue.take()):
            create_task(run(due_feed))
            started += 1
        return started

    # ---------------------------------------------------------------- retries and rechecks of pages

    async def retry_pages(self) -> int:
        """Retry articles whose page could not be fetched; return how many are complete now."""
        return await self._page_refresher.retry_pages(self.feeds)

    async def recheck_pages(self) -> int:
        """Recheck pages that may have been edited without a change in their feed; return how many were."""
        return await self._page_refresher.recheck_pages(self.feeds)
