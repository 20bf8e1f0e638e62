"""Polls feeds, each by itself: a feed is polled when it is due, as soon as its host and the limit for all have room.

The daemon calls `start_due` every few seconds, which returns at once; the polls go on as tasks. Commands call
`poll_due` or `poll_these`, which wait for all polls. A feed that is being polled is not polled a second time.
One feed's failure is that feed's failure: expected ones are values, others are logged with their traceback and recorded
as `internal error`, and the other feeds go on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import structlog

from monitor.core import polls
from monitor.core.errors import MonitorError, UsageError
from monitor.core.feeds import responses
from monitor.core.feeds.failures import failed
from monitor.core.model import Article, Changed, Entry, Failed, FeedId, FeedState, FoundArticle, Poll
from monitor.core.polls import rhythm, schedule
from monitor.core.polls.budget import DailyBudget
from monitor.core.polls.feed_queue import DueFeed, FeedQueue
from monitor.core.polls.poll_summary import without_article_text, without_texts
from monitor.poll.article_reader import ArticleReader
from monitor.poll.page_refresh import PageRefresher
from monitor.poll.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from monitor.core.model import Feed, Hit, Outcome
    from monitor.extraction import ExtractionPool
    from monitor.fetch import Fetcher
    from monitor.poll.article_reader import ArticleMatcher
    from monitor.store import DatabaseThread, Store

T = TypeVar("T")
Progress = Callable[[int, int, Poll], None]
"""Called after each poll: how many are done, of how many, and the poll."""
AT_ONCE = 128
"""Feeds that are polled at once: twice the requests at once, so that slow hosts leave room for others."""
POLL_LIMIT = timedelta(minutes=10)
"""One poll, waits for its host included. Articles read by then are stored; the others are new at the next poll."""
UNSTORED_PAUSE = 60.0
"""Seconds until a feed is asked again whose poll could not be stored: it is still due, but need not be asked faster."""
_log = structlog.get_logger(__name__)


class _Work(NamedTuple):
    """A poll in progress."""

    feed: Feed
    state: FeedState
    started_at: datetime
    stored: list[FoundArticle]
    """Articles that were stored before the poll ended, without their texts."""
    hits: list[Hit]
    """Hits that were new with them."""


class Poller:
    """Polls feeds into the store. `matcher` and `feeds` may be replaced at any time."""

    def __init__(
        self,
        *,
        store: Store,
        fetcher: Fetcher,
        pool: ExtractionPool,
        matcher: ArticleMatcher,
        feeds: Iterable[Feed],
        database: DatabaseThread,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
        per_host: int = 2,
    ) -> None:
        self.feeds: Mapping[FeedId, Feed] = {feed.id: feed for feed in feeds}
        self._store = store
        self._fetcher = fetcher
        self._pool = pool
        self._clock = clock
        self._jitter = jitter
        self._database = database
        self._per_host = per_host
        self._recorder = Recorder(store, self._in_store)
        self._reader = ArticleReader(fetcher, pool, matcher, clock, self._earlier, per_host)
        self._page_refresher = PageRefresher(store, self._in_store, self._reader)
        self._at_work: set[FeedId] = set()
        """Feeds that a call of `poll_due` or `poll_these` polls."""
        self._queue = self._new_queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: MonitorError | None = None
        """Why a poll that ended since the last `start_due` could not be stored."""
        self._paused: dict[FeedId, float] = {}
        """Until when, in the event loop's time, feeds are not asked again whose polls could not be stored."""

    @property
    def matcher(self) -> ArticleMatcher:
        """What finds rules; a feed in hand goes on with what it finds here."""
        return self._reader.matcher

    @matcher.setter
    def matcher(self, matcher: ArticleMatcher) -> None:
        self._reader.matcher = matcher

    # ---------------------------------------------------------------- continuously

    async def start_due(self) -> int:
        """Start to poll every due feed that has room, and return how many were started.

        The others follow when a poll ends. Raises MonitorError when a poll could not be stored since the last call.
        """
        error, self._error = self._error, None
        now = asyncio.get_running_loop().time()
        self._paused = {feed_id: until for feed_id, until in self._paused.items() if until > now}
        busy = self._at_work | self._paused.keys()
        self._queue.offer(due_feed for due_feed in await self.due() if due_feed.feed.id not in busy)
        started = self._start()
        if error is not None:
            raise error
        return started

    async def drain(self) -> None:
        """Wait until no poll is in progress. Cancelled, it cancels them; what they have stored stays."""
        tasks = tuple(self._tasks)
        if not tasks:
            return
        try:
            await asyncio.gather(*tasks, return_exceptions=True)
        except asyncio.CancelledError:
            await asyncio.wait(tasks)
            raise

    def _start(self) -> int:
        started = 0
        while not self._reader.stopping and (due_feed := self._queue.take()):
            task = asyncio.create_task(self._poll_in_background(due_feed), name=f"poll {due_feed.feed.id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            started += 1
        return started

    async def _poll_in_background(self, due_feed: DueFeed) -> None:
        try:
            await self._poll_one(*due_feed)
        except MonitorError as error:
            self._error = error
            self._paused[due_feed.feed.id] = asyncio.get_running_loop().time() + UNSTORED_PAUSE
        except Exception:  # noqa: BLE001 a bug in storing one feed's poll does not end the other polls
            _log.exception("poll could not be stored", feed=due_feed.feed.id)
            self._paused[due_feed.feed.id] = asyncio.get_running_loop().time() + UNSTORED_PAUSE
        finally:
            self._queue.release(due_feed.feed.id)
            self._start()

    # ---------------------------------------------------------------- which feeds

    async def poll_due(self, progress: Progress | None = None) -> list[Poll]:
        """Poll every due feed, those that wait longest first, and return when all were polled."""
        return await self._poll_all(await self.due(), progress)

    async def due(self) -> list[DueFeed]:
        """Return the feeds whose time has come, those that wait longest first."""
        now = self._clock()
        due = [
            due_feed
            for due_feed in await self._with_states(self.feeds.values())
            if schedule.is_due(due_feed.state, now)
        ]
        return sorted(due, key=lambda due_feed: due_feed.state.next_poll_at or datetime.min.replace(tzinfo=UTC))

    async def poll_if_due(self, feed_id: str) -> Poll | None:
        """Poll one feed; None when it is not due any more, not configured any more, or slow hosts have no room left."""
        feed = self.feeds.get(FeedId(feed_id))
        if feed is None or self._reader.stopping:
            return None
        due_feed = DueFeed(feed, await self._in_store(self._store.state, feed.id))
        if not schedule.is_due(due_feed.state, self._clock()) or not self._queue.try_take(due_feed):
            return None
        try:
            return without_texts(await self._poll_one(*due_feed))
        finally:
            self._queue.release(feed.id)

    async def poll_these(self, feed_ids: Collection[str] | None = None, progress: Progress | None = None) -> list[Poll]:
        """Poll these feeds, or all, whether due or not."""
        chosen = self.feeds.values() if feed_ids is None else [self._named(feed_id) for feed_id in feed_ids]
        return await self._poll_all(await self._with_states(chosen), progress)

    async def poll_feed(self, feed_id: str) -> Poll:
        """Poll one feed now."""
        feed = self._named(feed_id)
        return await self._poll_one(feed, await self._in_store(self._store.state, feed.id))

    def stop(self) -> None:
        """Start no further poll; those in progress end soon and are stored with the pages that they have by then."""
        self._reader.stop()

    def _named(self, feed_id: str) -> Feed:
        feed = self.feeds.get(FeedId(feed_id))
        if feed is None:
            raise UsageError(f"there is no feed `{feed_id}` in feeds.yaml")
        return feed

    async def _with_states(self, feeds: Iterable[Feed]) -> list[DueFeed]:
        states = await self._in_store(self._store.states)
        return [DueFeed(feed, states.get(feed.id) or FeedState(feed_id=feed.id)) for feed in feeds]

    def _new_queue(self) -> FeedQueue:
        return FeedQueue(at_once=AT_ONCE, per_host=self._per_host, is_slow=self._fetcher.is_slow)

    async def _poll_all(self, due_feeds: list[DueFeed], progress: Progress | None) -> list[Poll]:
        mine = [due_feed for due_feed in due_feeds if due_feed.feed.id not in self._at_work]
        self._at_work.update(due_feed.feed.id for due_feed in mine)
        try:
            return await self._poll_each(mine, progress)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the database is gone: one clear line
        finally:
            self._at_work.difference_update(due_feed.feed.id for due_feed in mine)

    async def _poll_each(self, due_feeds: list[DueFeed], progress: Progress | None) -> list[Poll]:
        done: list[Poll] = []
        queue = self._new_queue()
        queue.offer(due_feeds)

        async def poll(due_feed: DueFeed) -> None:
            done.append(without_texts(await self._poll_one(*due_feed)))
            queue.release(due_feed.feed.id)
            if progress:
                progress(len(done), len(due_feeds), done[-1])
            start()

        def start() -> None:
            while not self._reader.stopping and (due_feed := queue.take()):
                group.create_task(poll(due_feed))

        async with asyncio.TaskGroup() as group:
            start()
        return done

    # ---------------------------------------------------------------- one feed

    async def _poll_one(self, feed: Feed, stored: FeedState) -> Poll:
        now = self._clock()
        work = _Work(feed, schedule.state_for_poll(feed, stored, now), now, [], [])
        limit = asyncio.timeout(POLL_LIMIT.total_seconds())
        try:
            async with limit:
                poll = await self._look(work)
            hits = await self._recorder.record(poll)
        except MonitorError:
            raise
        except Exception as error:  # noqa: BLE001 the one place that keeps a bug to its feed
            poll = self._conclude(work, _failure_of(error, feed, is_over_limit=limit.expired()))
            hits = await self._recorder.record(poll)
        _log_poll(poll, hits=len(hits) + len(work.hits))
        return poll

    async def _look(self, work: _Work) -> Poll:
        outcome = await self._ask(work)
        if not isinstance(outcome, Changed):
            return self._conclude(work, outcome)
        memory = await self._in_store(
            self._store.feed_history, work.feed.id, outcome.entries, work.started_at - rhythm.LOOK_BACK
        )
        plan = polls.plan(work.feed, work.state, outcome, memory.known, self._clock())
        budget = DailyBudget.of(work.feed, memory.stored, work.started_at)

        async def keep(found: Sequence[FoundArticle]) -> None:
            hits = await self._in_store(self._store.record_articles, work.feed.id, found, self._clock())
            work.stored.extend(map(without_article_text, found))
            work.hits.extend(hits)

        found = await self._reader.read_all(work.feed, plan.wanted, memory.history, budget, keep)
        return self._conclude(work, outcome, plan, found, self._rhythm(memory, plan.new), budget=budget)

    async def _ask(self, work: _Work) -> Outcome:
        answer = await self._fetcher.fetch_feed(work.feed, work.state)
        if isinstance(answer, Failed):
            return answer
        now = self._clock()
        if judged := responses.classify_response(answer, work.state, now):
            return judged
        parsed = await self._pool.parse(work.feed, answer, now)
        return replace(parsed, response=replace(answer, body=b""))

    def _rhythm(self, memory: polls.FeedHistory, new: int) -> rhythm.Rhythm | None:
        now = self._clock()
        return rhythm.measure_rhythm([*memory.first_seen, *[now] * new], now) if new else None

    def _conclude(
        self,
        work: _Work,
        outcome: Outcome,
        plan: polls.Plan | None = None,
        found: tuple[FoundArticle, ...] = (),
        measured: rhythm.Rhythm | None = None,
        *,
        budget: DailyBudget | None = None,
    ) -> Poll:
        return polls.conclude(
            work.feed,
            work.state,
            outcome,
            started_at=work.started_at,
            finished_at=self._clock(),
            jitter=self._jitter(),
            plan=plan,
            found=found,
            stored=tuple(work.stored),
            rhythm=measured,
            budget=budget,
        )

    # ---------------------------------------------------------------- pages once more

    async def retry_partials(self) -> int:
        """Try the pages again that could not be had; how many came."""
        return await self._page_refresher.retry_partials(self.feeds)

    async def revisit(self) -> int:
        """Look again at pages that may have been edited while their feeds said nothing; how many were."""
        return await self._page_refresher.revisit(self.feeds)

    async def _earlier(self, entry_id: int) -> tuple[Entry, list[Article]] | None:
        return await self._in_store(self._store.entry_versions, entry_id)

    async def _in_store(self, function: Callable[..., T], *args: object) -> T:
        return await self._database.run(function, *args)


def _failure_of(error: Exception, feed: Feed, *, is_over_limit: bool) -> Failed:
    """Return the failure of a poll; a TimeoutError of anything else than the poll's own limit is a bug."""
    if is_over_limit and isinstance(error, TimeoutError):
        return failed("timeout", f"the poll took longer than {POLL_LIMIT.total_seconds() / 60:g} minutes")
    _log.error("poll broke", feed=feed.id, exc_info=error)
    return failed("internal error", type(error).__name__)


def _log_poll(poll: Poll, *, hits: int) -> None:
    """Log one line for a poll."""
    outcome = poll.outcome
    fields = {"feed": poll.feed_id, "next_poll_at": str(poll.state.next_poll_at), "why": poll.state.interval_reason}
    if isinstance(outcome, Failed):
        _log.warning("feed failed", reason=outcome.reason, **fields)
    elif isinstance(outcome, Changed):
        _log.info("feed changed", articles=len(poll.articles), hits=hits, notes=list(poll.notes), **fields)
    else:
        _log.debug("feed unchanged", because=outcome.because, **fields)
