"""The only wiring: Settings -> store, HTTP, processes, clock -> the use-cases, ready to be called.

`App` holds what lives as long as the process; `Work` adds what needs an event loop. The clock is read here and nowhere
below.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from monitor.core.errors import DamagedError
from monitor.core.messages.channel_configs import identity
from monitor.core.model import Changed, Failed, Unchanged
from monitor.core.stories import precedence
from monitor.runtime import threads
from monitor.runtime.clocks import read_uptime
from monitor.runtime.threads import DaemonThreads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
    from concurrent.futures import Executor
    from pathlib import Path

    from monitor.channels import Channel
    from monitor.core.digests import RuleChange
    from monitor.core.messages.channel_configs import ChannelConfig
    from monitor.core.model import DigestRun, FeedCoverage, FeedId, Poll, Story, StoryArticle, Uptime
    from monitor.core.rules import RuleBook
    from monitor.deliver import Deliverer, Settled
    from monitor.extraction import ExtractionPool, PooledMatcher
    from monitor.fetch import Fetcher, SharedHostLimiter
    from monitor.lab import Lab
    from monitor.poll import Poller
    from monitor.settings import MonitorFile, Settings
    from monitor.store import Store

    Clock = Callable[[], datetime]
    Tell = Callable[[int, int | None], None]

T = TypeVar("T")

A_WHILE = 60.0
"""Seconds that the daemon sends at a time: far less than its job may take, however many recipients are slow."""


CHECK_TIME = timedelta(seconds=5)
"""For the check of the database at each start of the daemon: some 2 GB on a local disk."""
DAMAGE_ADVICE = 'restore a backup: docs/operations.md, "A damaged database"'
_log = structlog.get_logger("monitor.database")


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def connect(settings: Settings) -> App:
    """Open the configured database as it is; DatabaseError when it does not fit this program."""
    from monitor.store import open_store

    return App(settings=settings, store=open_store(settings.monitor.database.reveal(), migrate=False))


@contextmanager
def open_app(settings: Settings, *, migrate: bool, check: bool = True) -> Iterator[App]:
    """Open the App; `migrate` creates the database or brings it up to date, `check=False` takes it as it is."""
    from monitor.store import Store, open_store

    url = settings.monitor.database.reveal()
    store = open_store(url, migrate=migrate) if check else Store(url)
    try:
        yield App(settings=settings, store=store)
    finally:
        store.close()


def refuse_damaged(settings: Settings) -> None:
    """Raise DamagedError if the configured database is known to be damaged, or a short check finds that it is."""
    from monitor.store import Store

    store = Store(settings.monitor.database.reveal())
    if store.is_missing():
        return
    try:
        found = store.quick_check(CHECK_TIME)
        problem = "; ".join(found.problems) or store.damage()
        if problem:
            raise DamagedError(f"{store.url} is damaged and is not used: {problem.splitlines()[0]}; {DAMAGE_ADVICE}")
    finally:
        store.close()
    if not found.complete:
        seconds = CHECK_TIME.total_seconds()
        _log.warning("database checked in part", seconds=seconds, advice="`monitor db check` checks all of it")


@dataclass(slots=True, kw_only=True)
class App:
    """What lives as long as the process."""

    settings: Settings
    store: Store
    clock: Clock = utc_now
    uptime: Callable[[], Uptime | None] = read_uptime

    def beat(self, name: str) -> None:
        """Note that a part of the daemon is alive."""
        self.store.beat(name, self.clock(), self.uptime())

    def beats(self) -> dict[str, datetime]:
        """Return when each part of the daemon was last alive, as the present wall clock counts it."""
        return self.store.beats(self.clock(), self.uptime())

    def prune(self, *, dry_run: bool = False) -> dict[str, int]:
        """Remove what the configured retention no longer wants."""
        keep, now = self.settings.monitor.retention, self.clock()
        return self.store.prune(articles_before=now - keep.articles, polls_before=now - keep.polls, dry_run=dry_run)

    def last_day(self) -> dict[FeedId, FeedCoverage]:
        """Return what became of each feed in the last 24 hours."""
        now = self.clock()
        feeds = self.store.coverage(self.settings.feeds, now - timedelta(days=1), now).feeds
        return {feed.feed_id: feed for feed in feeds}

    def stories(self, since: datetime | None, limit: int | None) -> list[Story]:
        """Return stories, each with its best source first."""
        return self.ranked(self.store.stories(since=since, limit=limit))

    def ranked(self, stories: Iterable[Story]) -> list[Story]:
        """Put the best source of each story first: tiers are configuration, and may have changed since."""
        tiers = {feed.id: feed.tier for feed in self.settings.feeds}

        def rank(article: StoryArticle) -> tuple[int, datetime]:
            return precedence(tiers.get(article.feed_id), article.found_at)

        return [replace(story, articles=tuple(sorted(story.articles, key=rank))) for story in stories]

    def deliverer(self) -> Deliverer:
        """Return what composes digests, without channels: enough to preview."""
        from monitor.deliver import Deliverer

        return Deliverer(
            store=self.store, clock=self.clock, changes_in_git=self.changes_in_git, **_told(self.settings, {})
        )

    def changes_in_git(self, since: datetime, until: datetime | None) -> tuple[RuleChange, ...] | None:
        """Return what became of the rules since then, to this day or until then; None where they are not in git."""
        from monitor.lab.changes import changes_since

        return changes_since(self.settings.rules, self.settings.folder / "rules", since, until)

    def lab(self, rules: RuleBook | None = None, folder: Path | None = None) -> Lab:
        """Return what runs rules over the archive: those configured, or others that lie in `folder`."""
        from monitor.lab import Lab

        settings = self.settings
        return Lab(
            store=self.store,
            rules=rules or settings.rules,
            folder=folder or settings.folder / "rules",
            lists=settings.folder / "rules" if folder else None,
            feeds=settings.feeds,
            workers=settings.monitor.extract.workers or os.cpu_count() or 1,
        )

    @asynccontextmanager
    async def work(self, shared: SharedHostLimiter | None = None) -> AsyncIterator[Work]:
        """Bring up fetching, extraction and channels on the running loop, and put them away at the end.

        `turns` are the hosts' turns that are shared with other processes.
        """
        from monitor.deliver import Deliverer
        from monitor.poll import Poller

        settings, monitor = self.settings, self.settings.monitor
        with (
            extraction_pool(monitor.extract.workers, monitor.extract.timeout) as pool,
            DaemonThreads(1, "database") as thread,
        ):
            async with page_fetcher(monitor, shared) as fetcher, channel_builder(monitor, self.clock) as channels:
                poller = Poller(
                    store=self.store,
                    fetcher=fetcher,
                    pool=pool,
                    matcher=matcher(pool, settings),
                    feeds=settings.feeds,
                    clock=self.clock,
                    jitter=random.random,
                    database=thread,
                    per_host=monitor.fetch.per_host,
                )

                deliverer = Deliverer(
                    store=self.store,
                    clock=self.clock,
                    database=thread,
                    changes_in_git=self.changes_in_git,
                    **_told(settings, channels(settings.channels.values())),
                )
                try:
                    yield Work(
                        app=self, poller=poller, deliverer=deliverer, pool=pool, database=thread, channels=channels
                    )
                finally:
                    await deliverer.close()


@dataclass(slots=True, kw_only=True)
class Work:
    """What needs an event loop: polling and delivering, each step to be called by itself.

    The store is called from one thread, whoever calls: `database`.
    """

    app: App
    poller: Poller
    deliverer: Deliverer
    pool: ExtractionPool
    database: Executor
    channels: Callable[[Iterable[ChannelConfig]], dict[str, Channel]]

    async def poll_now(self, wanted: Collection[str] | None, *, due: bool, tell: Tell | None = None) -> PollTotals:
        """Poll what is due, or (`due=False`) these feeds, or all, and count."""

        def progress(done: int, total: int, _poll: Poll) -> None:
            if tell:
                tell(done, total)

        started = time.perf_counter()
        polls = await (self.poller.poll_due(progress) if due else self.poller.poll_these(wanted, progress))
        return PollTotals(polls=tuple(polls), seconds=time.perf_counter() - started)

    async def poll(self) -> None:
        """Start to poll what is due; the polls go on by themselves."""
        await self.poller.start_due()

    async def drain(self) -> None:
        """Wait for the polls in progress; cancelled, it ends them, and what they have stored stays."""
        await self.poller.drain()

    async def retry_partials(self) -> None:
        """Try pages again that could not be had."""
        await self.poller.retry_partials()

    async def revisit(self) -> None:
        """Look again at pages that may have been edited while their feeds said nothing."""
        await self.poller.revisit()

    async def digests(self) -> None:
        """Put the digests that are due into the outbox."""
        await self.in_database(self.deliverer.run_due_digests)

    async def alerts(self) -> None:
        """Put what is urgent into the outbox."""
        await self.in_database(self.deliverer.run_alerts)

    async def deliveries(self) -> list[Settled]:
        """Send for a while what the outbox holds and is due; what takes longer is taken up by the next call."""
        return await self.deliverer.send_queued(within=A_WHILE)

    async def send_digest(self, digest_id: str, to: str | None) -> tuple[DigestRun | None, list[Settled]]:
        """Run a digest now and send what the outbox holds."""
        run = await self.in_database(partial(self.deliverer.run_digest, digest_id, to=to))
        return run, await self.deliverer.send_queued()

    def stop(self) -> None:
        """Take no further feed and no further delivery in hand; what is in hand is finished."""
        self.poller.stop()
        self.deliverer.stop()

    async def apply(self, settings: Settings) -> list[str]:
        """Take another configuration; returns the keys of monitor.yaml that only a restart brings into force."""
        compiled, channels = await threads.call(matcher, self.pool, settings), self.channels(settings.channels.values())
        before, self.app.settings = self.app.settings, settings
        self.poller.matcher = compiled
        self.poller.feeds = {feed.id: feed for feed in settings.feeds}
        self.deliverer.configure(**_told(settings, channels))
        keys = ("database", "fetch", "extract", "web", "log")
        return [key for key in keys if getattr(before.monitor, key) != getattr(settings.monitor, key)]

    async def in_database(self, function: Callable[[], T]) -> T:
        """Call what needs the store on the thread that is kept for it."""
        return await asyncio.get_running_loop().run_in_executor(self.database, function)


def _told(settings: Settings, channels: Mapping[str, Channel]) -> dict[str, Any]:
    """Return what the deliverer has to know of the configuration."""
    return {
        "channels": channels,
        "identities": {name: identity(config) for name, config in settings.channels.items()},
        "digests": settings.digests,
        "alerts": settings.alerts,
        "feeds": settings.feeds,
        "topics": settings.rules.topics,
        "rules": settings.rules.rules,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTotals:
    """What one run of polls came to."""

    polls: tuple[Poll, ...]
    seconds: float

    @property
    def failures(self) -> list[tuple[str, str]]:
        """(feed, reason) of those that failed."""
        return [(str(poll.feed_id), poll.outcome.reason) for poll in self.polls if isinstance(poll.outcome, Failed)]

    def row(self) -> dict[str, Any]:
        """Return the counts under the names that `monitor poll` prints."""
        found = [item for poll in self.polls for item in poll.found]
        return {
            "polled": len(self.polls),
            "changed": sum(isinstance(poll.outcome, Changed) for poll in self.polls),
            "unchanged": sum(isinstance(poll.outcome, Unchanged) for poll in self.polls),
            "failed": len(self.failures),
            "entries_new": sum(not item.updated for item in found),
            "articles": len(found),
            "partial": sum(item.article.partial for item in found),
            "hits": sum(len(item.matches) for item in found),
            "seconds": round(self.seconds, 3),
        }


def matcher(pool: ExtractionPool, settings: Settings) -> PooledMatcher:
    """Return the configured rules, to be matched in the pool's workers."""
    from monitor.extraction import PooledMatcher

    return PooledMatcher(pool, settings.rules.rules)


@contextmanager
def extraction_pool(workers: int | None = None, timeout: timedelta = timedelta(seconds=20)) -> Iterator[ExtractionPool]:
    """Give the processes that read pages, and end them; like them, this thread is a batch to the system then."""
    from monitor.extraction import ExtractionPool, lower_cpu_priority

    lower_cpu_priority()
    pool = ExtractionPool(workers, timeout.total_seconds())
    try:
        yield pool
    finally:
        pool.close()


@asynccontextmanager
async def page_fetcher(monitor: MonitorFile, shared: SharedHostLimiter | None = None) -> AsyncIterator[Fetcher]:
    """Give the limiter to publishers, and close it."""
    from monitor.fetch import Fetcher

    fetch = monitor.fetch
    fetcher = Fetcher(
        user_agent=fetch.user_agent,
        timeout=fetch.timeout.total_seconds(),
        max_body=fetch.max_body,
        concurrency=fetch.concurrency,
        per_host=fetch.per_host,
        min_gap=fetch.min_gap.total_seconds(),
        allow_networks=fetch.allow_networks,
        shared=shared,
    )
    try:
        yield fetcher
    finally:
        await fetcher.aclose()


@asynccontextmanager
async def channel_builder(
    monitor: MonitorFile, clock: Clock = utc_now
) -> AsyncIterator[Callable[[Iterable[ChannelConfig]], dict[str, Channel]]]:
    """Give a function that builds channels by name; they share one HTTP client, which is closed at the end."""
    from monitor.channels import build
    from monitor.fetch import guarded_client, guarded_proxy

    open_proxy = partial(guarded_proxy, **_sending(monitor))
    async with guarded_client(**_sending(monitor)) as client:
        yield lambda configs: build(configs, client, open_proxy, clock=clock)


def _sending(monitor: MonitorFile) -> dict[str, Any]:
    """Return how channels post: as guarded as publishers are asked."""
    fetch = monitor.fetch
    return {
        "user_agent": fetch.user_agent,
        "timeout": fetch.timeout.total_seconds(),
        "allow_networks": fetch.allow_networks,
    }
