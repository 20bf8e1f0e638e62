"""The composition root: builds store, HTTP client, processes and use-cases from Settings.

`App` holds what needs no event loop, `Pipeline` what does. This is the only module that reads the wall clock.
"""

from __future__ import annotations

import os
import random
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from monitor.core import jobs
from monitor.core.digests import catch_up
from monitor.core.errors import DatabaseDamagedError, MonitorError
from monitor.core.model import Changed, Failed, Unchanged
from monitor.core.polls.stalls import stalled_polls
from monitor.core.stories import precedence
from monitor.runtime import threads
from monitor.runtime.clocks import read_uptime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping

    from monitor.channels import Channel, ChannelConfig
    from monitor.channels.health_ping import HealthPing
    from monitor.core.backups import Backup
    from monitor.core.digests import RuleChange
    from monitor.core.digests.catch_up import CatchUp
    from monitor.core.messages.operator_conditions import Condition
    from monitor.core.model import DigestRun, FeedCoverage, FeedId, Ledger, Poll, Story, StoryArticle, Uptime
    from monitor.core.rules import RuleBook
    from monitor.deliver import Deliverer, DeliveryResult
    from monitor.extraction import ExtractionPool, PooledMatcher
    from monitor.fetch import Fetcher, SharedHostLimiter
    from monitor.lab import RuleLab
    from monitor.poll import Poller
    from monitor.settings import MonitorFile, Settings
    from monitor.store import DatabaseThread, Store

    Clock = Callable[[], datetime]
    Progress = Callable[[int, int | None], None]

SEND_TIME = 60.0
"""Seconds for one run of the deliveries job; well below its time limit, however many recipients are slow."""


CHECK_TIME = timedelta(seconds=5)
"""Time limit of the database check at the start of the daemon: enough for some 2 GB on a local disk."""
DAMAGE_ADVICE = 'restore a backup: docs/operations.md, "Repair a damaged database"'
_log = structlog.get_logger("monitor.database")
_digests_log = structlog.get_logger("monitor.digests")


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def connect(settings: Settings) -> App:
    """Open the configured database without migrating it; DatabaseError if it does not fit this program."""
    from monitor.store import open_store

    return App(settings=settings, store=open_store(settings.monitor.database.reveal(), migrate=False))


@contextmanager
def open_app(settings: Settings, *, migrate: bool, check: bool = True) -> Iterator[App]:
    """Open the App; `migrate` creates or upgrades the database, `check=False` skips the check of its schema."""
    from monitor.store import Store, open_store

    url = settings.monitor.database.reveal()
    store = open_store(url, migrate=migrate) if check else Store(url)
    try:
        yield App(settings=settings, store=store)
    finally:
        store.close()


def check_not_damaged(settings: Settings) -> None:
    """Raise DatabaseDamagedError if the database is marked as damaged, or if a check of CHECK_TIME finds damage."""
    from monitor.store import Store

    store = Store(settings.monitor.database.reveal())
    if store.is_missing():
        return
    try:
        found = store.quick_check(CHECK_TIME)
        problem = "; ".join(found.problems) or store.damage()
        if problem:
            raise DatabaseDamagedError(
                f"{store.url} is damaged and is not used: {problem.splitlines()[0]}; {DAMAGE_ADVICE}"
            )
    finally:
        store.close()
    if not found.complete:
        seconds = CHECK_TIME.total_seconds()
        _log.warning("database checked in part", seconds=seconds, advice="`monitor db check` checks all of it")


@dataclass(slots=True, kw_only=True)
class App:
    """Settings, store and clock; everything that needs no event loop."""

    settings: Settings
    store: Store
    clock: Clock = utc_now
    uptime: Callable[[], Uptime | None] = read_uptime

    def record_heartbeat(self, name: str) -> None:
        """Store the current time as the heartbeat `name`."""
        self.store.record_heartbeat(name, self.clock(), self.uptime())

    def record_gap(self) -> None:
        """Store the last heartbeat of the daemon and the present time as a gap, which the operator job judges."""
        last, now = self.heartbeats().get(jobs.DAEMON), self.clock()
        if last is not None and last <= now:
            self.store.record_heartbeat(jobs.GAP_BEGAN, last)
            self.store.record_heartbeat(jobs.GAP_ENDED, now)

    def heartbeats(self) -> dict[str, datetime]:
        """Return all heartbeats by name, adjusted to steps of the wall clock since they were stored."""
        return self.store.heartbeats(self.clock(), self.uptime())

    def conditions(self) -> list[Condition]:
        """Return what needs the operator's attention now."""
        from monitor.deliver import find_conditions

        return find_conditions(self.store, self.settings, self.heartbeats(), self.clock())

    def health_problems(self) -> list[str]:
        """Return why the daemon is unwell, one sentence each."""
        heartbeats, states, now = self.heartbeats(), self.store.states(), self.clock()
        configured = [states[feed.id] for feed in self.settings.feeds if feed.id in states]
        stalled = stalled_polls(configured, heartbeats.get(jobs.DAEMON_STARTED), now)
        return jobs.health_problems(heartbeats, now) + stalled

    def prune(self, *, dry_run: bool = False, database: DatabaseThread | None = None) -> dict[str, int]:
        """Delete what is older than the configured retention and return the counts.

        `database` writes where this is called on another thread.
        """
        from monitor.store import Bounds

        keep, now = self.settings.monitor.retention, self.clock()
        return self.store.prune(
            before=Bounds(articles=now - keep.articles, hits=now - keep.hits, polls=now - keep.polls),
            now=now,
            dry_run=dry_run,
            run=database.call if database else None,
        )

    def is_backup_due(self) -> bool:
        """Return True if the scheduled backup is due."""
        from monitor.core import backups

        return backups.is_due(self.store.backup_state(), self.settings.monitor.backup.every, self.clock())

    def back_up(self, run: Callable[[Callable[[], None]], None]) -> Backup:
        """Make the scheduled backup, and remove those that are not kept.

        A failure is stored and returned, never raised. `run` runs what writes to the store, on the right thread.
        """
        from monitor.core import backups
        from monitor.store import remove_outdated

        config, started = self.settings.monitor.backup, self.clock()
        file = Path(config.dir).absolute() / backups.file_name(started, self.store.backup_ending)
        reason, size = "", 0
        try:
            self.store.backup(file)
            size = file.stat().st_size
            remove_outdated(file.parent, config.keep)
        except (MonitorError, OSError) as error:
            reason = str(error)
        backup = backups.Backup(started_at=started, finished_at=self.clock(), file=str(file), size=size, reason=reason)
        run(partial(self.store.record_backup, backup))
        return backup

    def coverage_of_last_day(self) -> dict[FeedId, FeedCoverage]:
        """Return the coverage of each feed in the last 24 hours."""
        now = self.clock()
        feeds = self.store.coverage(self.settings.feeds, now - timedelta(days=1), now).feeds
        return {feed.feed_id: feed for feed in feeds}

    def ledger(self, since: datetime, until: datetime) -> Ledger:
        """Return the balance of what was seen in (since, until], and of what became of it."""
        return self.deliverer().ledger(since, until)

    def stories(self, since: datetime | None, limit: int | None) -> list[Story]:
        """Return stories, each with its best source first."""
        return self.sort_sources(self.store.stories(since=since, limit=limit))

    def sort_sources(self, stories: Iterable[Story]) -> list[Story]:
        """Sort the articles of each story by the currently configured tiers of their feeds, best first."""
        tiers = {feed.id: feed.tier for feed in self.settings.feeds}

        def rank_key(article: StoryArticle) -> tuple[int, datetime]:
            return precedence(tiers.get(article.feed_id), article.found_at)

        return [replace(story, articles=tuple(sorted(story.articles, key=rank_key))) for story in stories]

    def deliverer(self) -> Deliverer:
        """Return a Deliverer without channels, which can preview digests but not send."""
        from monitor.deliver import Deliverer
        from monitor.store import DatabaseThread

        return Deliverer(
            store=self.store,
            database=DatabaseThread(),
            clock=self.clock,
            changes_in_git=self.changes_in_git,
            **_deliverer_settings(self.settings, {}),
        )

    def changes_in_git(self, since: datetime, until: datetime | None) -> tuple[RuleChange, ...] | None:
        """Return changes of the rules between two times, `until` None for now; None if the rules are not in git."""
        from monitor.lab.rule_changes import changes_since

        return changes_since(self.settings.rules, self.settings.folder / "rules", since, until)

    def lab(self, rules: RuleBook | None = None, folder: Path | None = None) -> RuleLab:
        """Return a Lab for the configured rules, or for `rules` from another `folder`."""
        from monitor.lab import RuleLab

        settings = self.settings
        return RuleLab(
            store=self.store,
            rules=rules or settings.rules,
            folder=folder or settings.folder / "rules",
            lists=settings.folder / "rules" if folder else None,
            feeds=settings.feeds,
            workers=settings.monitor.extract.workers or os.cpu_count() or 1,
        )

    @asynccontextmanager
    async def open_pipeline(self, shared: SharedHostLimiter | None = None) -> AsyncIterator[Pipeline]:
        """Start fetching, extraction and channels on the running loop, and close them at the end.

        `shared` limits requests together with other processes.
        """
        from monitor.deliver import Deliverer
        from monitor.poll import Poller
        from monitor.store import DatabaseThread

        settings, monitor = self.settings, self.settings.monitor
        with (
            open_extraction_pool(monitor.extract.workers, monitor.extract.timeout) as pool,
            DatabaseThread() as database,
        ):
            async with (
                open_fetcher(monitor, shared) as fetcher,
                open_channel_builder(monitor, self.clock) as channels,
                open_ping(monitor) as ping,
            ):
                poller = Poller(
                    store=self.store,
                    fetcher=fetcher,
                    pool=pool,
                    matcher=build_matcher(pool, settings),
                    feeds=settings.feeds,
                    clock=self.clock,
                    jitter=random.random,
                    database=database,
                    per_host=monitor.fetch.per_host,
                )

                deliverer = Deliverer(
                    store=self.store,
                    clock=self.clock,
                    database=database,
                    changes_in_git=self.changes_in_git,
                    **_deliverer_settings(settings, channels(settings.channels)),
                )
                try:
                    yield Pipeline(
                        app=self,
                        poller=poller,
                        deliverer=deliverer,
                        pool=pool,
                        database=database,
                        channels=channels,
                        catch_up=catch_up.begin(self.clock()),
                        ping=ping,
                    )
                finally:
                    await deliverer.close()


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """Polling and delivering on an event loop, one method for each step.

    All that they write to the store, they write on the same thread, `database`.
    """

    app: App
    poller: Poller
    deliverer: Deliverer
    pool: ExtractionPool
    database: DatabaseThread
    channels: Callable[[Mapping[str, ChannelConfig]], dict[str, Channel]]
    catch_up: CatchUp
    ping: HealthPing

    async def poll_now(
        self, feed_ids: Collection[str] | None, *, due: bool, progress: Progress | None = None
    ) -> PollTotals:
        """Poll the feeds that are due, or (`due=False`) those in `feed_ids`, None for all; return the totals."""

        def after_poll(done: int, total: int, _poll: Poll) -> None:
            if progress:
                progress(done, total)

        started = time.perf_counter()
        polls = await (self.poller.poll_due(after_poll) if due else self.poller.poll_these(feed_ids, after_poll))
        return PollTotals(polls=tuple(polls), seconds=time.perf_counter() - started)

    async def poll(self) -> None:
        """Start polls of the feeds that are due, without waiting for them."""
        await self.poller.start_due()

    async def drain(self) -> None:
        """Wait for the polls under way. Cancellation cancels them; what they have stored stays."""
        await self.poller.drain()

    async def retry_pages(self) -> None:
        """Retry pages that could not be fetched."""
        await self.poller.retry_pages()

    async def recheck_pages(self) -> None:
        """Recheck pages for edits that their feeds do not announce."""
        await self.poller.recheck_pages()

    async def digests(self) -> None:
        """Compose the digests that are due and queue them in the outbox; none during the first round of polls."""
        if not await self._is_catching_up():
            await self.database.run(self.deliverer.run_due_digests)

    async def _is_catching_up(self) -> bool:
        """Return True while digests wait for the feeds that were due at the start, or after a suspension."""
        now = self.app.clock()
        self.catch_up = self.catch_up.check(now)
        if not self.catch_up.is_waiting:
            return False
        states = await self.poller.states()
        if awaited := self.catch_up.awaited(states, now, self.app.settings.monitor.catch_up):
            _digests_log.debug("digests wait for the feeds that are due", feeds=awaited)
            return True
        _digests_log.info("digests go on", waited_s=round((now - self.catch_up.resumed_at).total_seconds()))
        self.catch_up = self.catch_up.ended()
        return False

    async def operator(self) -> None:
        """Report what needs the operator's attention, and send the ping of the dead man's switch."""
        conditions = await threads.call(self.app.conditions)
        await self.database.run(self.deliverer.report_conditions, conditions)
        if url := self.app.settings.monitor.operator.ping:
            unwell = await threads.call(self.app.health_problems)
            is_healthy = not unwell and not any(condition.degrades for condition in conditions)
            await self.ping.send(url.reveal(), is_healthy=is_healthy)

    async def alerts(self) -> None:
        """Queue alerts for urgent stories in the outbox."""
        await self.database.run(self.deliverer.run_alerts)

    async def deliveries(self) -> list[DeliveryResult]:
        """Send due messages of the outbox for SEND_TIME seconds; the next call continues."""
        return await self.deliverer.send_queued(within=SEND_TIME)

    async def send_digest(self, digest_id: str, to: str | None) -> tuple[DigestRun | None, list[DeliveryResult]]:
        """Run a digest now, and send all due messages of the outbox."""
        run = await self.database.run(self.deliverer.run_digest, digest_id, to=to)
        return run, await self.deliverer.send_queued()

    def stop(self) -> None:
        """Start no further polls and deliveries; those under way are finished."""
        self.poller.stop()
        self.deliverer.stop()

    async def apply_settings(self, settings: Settings) -> list[str]:
        """Apply another configuration; return the changed keys of monitor.yaml that need a restart."""
        compiled, channels = (
            await threads.call(build_matcher, self.pool, settings),
            self.channels(settings.channels),
        )
        before, self.app.settings = self.app.settings, settings
        self.poller.matcher = compiled
        self.poller.feeds = {feed.id: feed for feed in settings.feeds}
        self.deliverer.configure(**_deliverer_settings(settings, channels))
        keys = ("database", "fetch", "extract", "web", "log")
        return [key for key in keys if getattr(before.monitor, key) != getattr(settings.monitor, key)]


def _deliverer_settings(settings: Settings, channels: Mapping[str, Channel]) -> dict[str, Any]:
    """Return the part of the configuration that the Deliverer needs, as keyword arguments."""
    return {
        "channels": channels,
        "identities": {name: config.identity(name) for name, config in settings.channels.items()},
        "digests": settings.digests,
        "alerts": settings.alerts,
        "feeds": settings.feeds,
        "topics": settings.rules.topics,
        "rules": settings.rules.rules,
        "alert_below": settings.monitor.coverage.alert_below,
        "operator_channels": settings.operator_channels,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTotals:
    """The polls of one run and its duration."""

    polls: tuple[Poll, ...]
    seconds: float

    @property
    def failures(self) -> list[tuple[str, str]]:
        """Return (feed, reason) of each failed poll."""
        return [(str(poll.feed_id), poll.outcome.reason) for poll in self.polls if isinstance(poll.outcome, Failed)]

    def counts(self) -> dict[str, Any]:
        """Return the counts by the names that `monitor poll` prints."""
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


def build_matcher(pool: ExtractionPool, settings: Settings) -> PooledMatcher:
    """Return a matcher of the configured rules that runs in the pool's workers."""
    from monitor.extraction import PooledMatcher

    return PooledMatcher(pool, settings.rules.rules)


@contextmanager
def open_extraction_pool(
    workers: int | None = None, timeout: timedelta = timedelta(seconds=20)
) -> Iterator[ExtractionPool]:
    """Yield a pool of worker processes, and close it; lowers the CPU priority of this thread."""
    from monitor.extraction import ExtractionPool, lower_cpu_priority

    lower_cpu_priority()
    pool = ExtractionPool(workers, timeout.total_seconds())
    try:
        yield pool
    finally:
        pool.close()


@asynccontextmanager
async def open_fetcher(monitor: MonitorFile, shared: SharedHostLimiter | None = None) -> AsyncIterator[Fetcher]:
    """Yield a Fetcher, and close it."""
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
async def open_channel_builder(
    monitor: MonitorFile, clock: Clock = utc_now
) -> AsyncIterator[Callable[[Mapping[str, ChannelConfig]], dict[str, Channel]]]:
    """Yield a function that builds channels, by name; they share one HTTP client, which is closed at the end."""
    from monitor.channels import ChannelServices, build_channels
    from monitor.fetch import guarded_client, guarded_proxy

    open_proxy = partial(guarded_proxy, **_client_options(monitor))
    async with guarded_client(**_client_options(monitor)) as client:
        yield lambda configs: build_channels(
            configs, ChannelServices(client=client, open_proxy=open_proxy, clock=clock)
        )


@asynccontextmanager
async def open_ping(monitor: MonitorFile) -> AsyncIterator[HealthPing]:
    """Yield what sends pings, and close its connections."""
    from monitor.channels.health_ping import HealthPing
    from monitor.fetch import guarded_client

    async with guarded_client(**_client_options(monitor)) as client:
        yield HealthPing(client)


def _client_options(monitor: MonitorFile) -> dict[str, Any]:
    """Return the options of the HTTP client for channels; the same address checks as for publishers."""
    fetch = monitor.fetch
    return {
        "user_agent": fetch.user_agent,
        "timeout": fetch.timeout.total_seconds(),
        "allow_networks": fetch.allow_networks,
    }
