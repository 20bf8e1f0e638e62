"""Polls feeds: those that are due, in one lane for each place that a host has, each recorded whole or not at all.

One feed's failure is that feed's failure: what is expected comes as a value, what is not is logged with its traceback
and recorded as `internal error`, and the others go on. Its surprise: it may be called again while it runs; a feed that
is at work is not polled twice.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import structlog

from monitor.core import polls
from monitor.core.errors import MonitorError, UsageError
from monitor.core.feeds import links, responses
from monitor.core.feeds.failures import failed
from monitor.core.model import Article, Changed, Entry, Failed, FeedId, FeedState, FoundArticle, Poll
from monitor.core.polls import rhythm, schedule
from monitor.core.polls.budget import DailyBudget
from monitor.core.polls.counted import counted
from monitor.poll.reader import Reader
from monitor.poll.recorder import Recorder
from monitor.poll.second_looks import SecondLooks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from concurrent.futures import Executor

    from monitor.core.model import Feed, Hit, Outcome
    from monitor.extraction import ExtractionPool
    from monitor.fetch import Fetcher
    from monitor.poll.reader import Finder
    from monitor.store import Store

T = TypeVar("T")
Progress = Callable[[int, int, Poll], None]
"""Called after each poll: how many are done, of how many, and the poll."""
IN_HAND = 128
"""Feeds that are worked on at once: twice the requests at once, so that slow hosts leave room for others."""
_log = structlog.get_logger(__name__)


class _Work(NamedTuple):
    """One feed in hand."""

    feed: Feed
    state: FeedState
    started_at: datetime


class Poller:
    """Polls feeds into the store. `matcher` and `feeds` may be replaced at any time."""

    def __init__(
        self,
        *,
        store: Store,
        fetcher: Fetcher,
        pool: ExtractionPool,
        matcher: Finder,
        feeds: Iterable[Feed],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
        database: Executor | None = None,
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
        self._reader = Reader(fetcher, pool, matcher, clock, self._earlier, per_host)
        self._in_hand = asyncio.Semaphore(IN_HAND)
        self._second_looks = SecondLooks(store, self._in_store, self._reader)
        self._at_work: set[FeedId] = set()

    @property
    def matcher(self) -> Finder:
        """What finds rules; a feed in hand goes on with what it finds here."""
        return self._reader.matcher

    @matcher.setter
    def matcher(self, matcher: Finder) -> None:
        self._reader.matcher = matcher

    # ---------------------------------------------------------------- which feeds

    async def poll_due(self, progress: Progress | None = None) -> list[Poll]:
        """Poll every feed whose time has come; those that wait longest first."""
        return await self._poll_all(await self.due(), progress)

    async def due(self) -> list[tuple[Feed, FeedState]]:
        """Tell the feeds whose time has come, with what is known of them; those that wait longest first."""
        now = self._clock()
        pairs = [pair for pair in await self._with_states(self.feeds.values()) if schedule.is_due(pair[1], now)]
        return sorted(pairs, key=lambda pair: pair[1].next_poll_at or datetime.min.replace(tzinfo=UTC))

    async def poll_if_due(self, feed_id: str) -> Poll | None:
        """Poll one feed, unless it was polled since somebody asked for it, or is not wanted any more."""
        feed = self.feeds.get(FeedId(feed_id))
        if feed is None or self._reader.stopping:
            return None
        state = await self._in_store(self._store.state, feed.id)
        polls = await self._poll_all([(feed, state)] if schedule.is_due(state, self._clock()) else [], None)
        return polls[0] if polls else None

    async def poll_these(self, feed_ids: Collection[str] | None = None, progress: Progress | None = None) -> list[Poll]:
        """Poll these feeds, or all, whether due or not."""
        chosen = self.feeds.values() if feed_ids is None else [self._named(feed_id) for feed_id in feed_ids]
        return await self._poll_all(await self._with_states(chosen), progress)

    async def poll_feed(self, feed_id: str) -> Poll:
        """Poll one feed now."""
        feed = self._named(feed_id)
        return await self._poll_one(feed, await self._in_store(self._store.state, feed.id))

    def stop(self) -> None:
        """Take no further feed in hand; what is in hand is stored with the pages that it has by now."""
        self._reader.stopping = True

    def _named(self, feed_id: str) -> Feed:
        feed = self.feeds.get(FeedId(feed_id))
        if feed is None:
            raise UsageError(f"there is no feed `{feed_id}` in feeds.yaml")
        return feed

    async def _with_states(self, feeds: Iterable[Feed]) -> list[tuple[Feed, FeedState]]:
        states = await self._in_store(self._store.states)
        return [(feed, states.get(feed.id) or FeedState(feed_id=feed.id)) for feed in feeds]

    async def _poll_all(self, due: list[tuple[Feed, FeedState]], progress: Progress | None) -> list[Poll]:
        mine = [(feed, state) for feed, state in due if feed.id not in self._at_work]
        self._at_work.update(feed.id for feed, _ in mine)
        try:
            return await self._in_lanes(mine, progress)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the database is gone: one clear line
        finally:
            self._at_work.difference_update(feed.id for feed, _ in mine)

    async def _in_lanes(self, due: list[tuple[Feed, FeedState]], progress: Progress | None) -> list[Poll]:
        """Poll feeds host by host, as many at once as a host has places: a slow one holds up itself alone."""
        done: list[Poll] = []
        hosts: dict[str, deque[tuple[Feed, FeedState]]] = {}
        for feed, state in due:
            hosts.setdefault(links.host(state.url or feed.url), deque()).append((feed, state))

        async def lane(waiting: deque[tuple[Feed, FeedState]]) -> None:
            while waiting and not self._reader.stopping:
                async with self._in_hand:
                    if waiting:
                        done.append(counted(await self._poll_one(*waiting.popleft())))
                        if progress:
                            progress(len(done), len(due), done[-1])

        async with asyncio.TaskGroup() as group:
            for waiting in hosts.values():
                for _ in range(min(self._per_host, len(waiting))):
                    group.create_task(lane(waiting))
        return done

    # ---------------------------------------------------------------- one feed

    async def _poll_one(self, feed: Feed, stored: FeedState) -> Poll:
        now = self._clock()
        work = _Work(feed, schedule.before(feed, stored, now), now)
        try:
            poll = await self._look(work)
            hits = await self._recorder.record(poll)
        except MonitorError:
            raise
        except Exception as error:  # noqa: BLE001 the one place that keeps a bug to its feed
            _log.exception("poll broke", feed=feed.id)
            poll = self._conclude(work, failed("internal error", type(error).__name__))
            hits = await self._recorder.record(poll)
        _tell(poll, hits)
        return poll

    async def _look(self, work: _Work) -> Poll:
        outcome = await self._ask(work)
        if not isinstance(outcome, Changed):
            return self._conclude(work, outcome)
        memory = await self._in_store(
            self._store.remembered, work.feed.id, outcome.entries, work.started_at - rhythm.LOOK_BACK
        )
        plan = polls.plan(work.feed, work.state, outcome, memory.known, self._clock())
        budget = DailyBudget.of(work.feed, memory.stored, work.started_at)
        found = await self._reader.read_all(work.feed, plan.wanted, memory.history, budget)
        return self._conclude(work, outcome, plan, found, self._rhythm(memory, plan.new), budget=budget)

    async def _ask(self, work: _Work) -> Outcome:
        answer = await self._fetcher.feed(work.feed, work.state)
        if isinstance(answer, Failed):
            return answer
        now = self._clock()
        if judged := responses.judge(answer, work.state, now):
            return judged
        parsed = await self._pool.parse(work.feed, answer, now)
        return replace(parsed, response=replace(answer, body=b""))

    def _rhythm(self, memory: polls.Remembered, new: int) -> rhythm.Rhythm | None:
        now = self._clock()
        return rhythm.measure([*memory.first_seen, *[now] * new], now) if new else None

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
            rhythm=measured,
            budget=budget,
        )

    # ---------------------------------------------------------------- pages once more

    async def retry_partials(self) -> int:
        """Try the pages again that could not be had; how many came."""
        return await self._second_looks.retry_partials(self.feeds)

    async def revisit(self) -> int:
        """Look again at pages that may have been edited while their feeds said nothing; how many were."""
        return await self._second_looks.revisit(self.feeds)

    async def _earlier(self, entry_id: int) -> tuple[Entry, list[Article]] | None:
        return await self._in_store(self._store.told, entry_id)

    async def _in_store(self, function: Callable[..., T], *args: object) -> T:
        """Call the store on the one thread that is kept for it."""
        return await asyncio.get_running_loop().run_in_executor(self._database, function, *args)


def _tell(poll: Poll, hits: list[Hit]) -> None:
    """Log one line a poll."""
    outcome = poll.outcome
    told = {"feed": poll.feed_id, "next_poll_at": str(poll.state.next_poll_at), "why": poll.state.interval_reason}
    if isinstance(outcome, Failed):
        _log.warning("feed failed", reason=outcome.reason, **told)
    elif isinstance(outcome, Changed):
        _log.info("feed changed", articles=len(poll.found), hits=len(hits), notes=list(poll.notes), **told)
    else:
        _log.debug("feed unchanged", because=outcome.because, **told)
