"""Polling and delivering on an event loop: what the daemon's jobs and the commands `poll` and `digest` run."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from monitor.app import App
from monitor.channels import Channel, ChannelConfig
from monitor.core.digests import catch_up
from monitor.core.digests.catch_up import CatchUp
from monitor.core.errors import UnreadableRowError
from monitor.core.model import Changed, DigestRun, Failed, Poll, Unchanged
from monitor.core.progress import Progress, no_progress
from monitor.deliver import Deliverer, DeliveryResult, DeliverySettings, Translator, raise_bugs
from monitor.extraction import ExtractionPool
from monitor.pipeline.resources import (
    build_matcher,
    open_channel_builder,
    open_extraction_pool,
    open_fetcher,
    open_ping,
)
from monitor.poll import Poller
from monitor.runtime import threads
from monitor.settings import Settings
from monitor.store import DatabaseThread

if TYPE_CHECKING:
    from monitor.channels.health_ping import HealthPing
    from monitor.fetch import Fetcher, SharedHostLimiter


__all__ = ["Pipeline", "PollTotals", "open_pipeline"]

SEND_SECONDS = 60.0
"""Seconds for one run of the deliveries job; well below its time limit, however many recipients are slow."""
TRANSLATION_SECONDS = 60.0
"""Seconds that the command `digest send` waits for new headlines to be translated."""
log = structlog.get_logger("monitor.digests")


@asynccontextmanager
async def open_pipeline(app: App, shared: SharedHostLimiter | None = None) -> AsyncIterator[Pipeline]:
    """Start fetching, extraction and channels on the running loop, and close them at the end.

    `shared` limits requests together with other processes.
    """
    monitor = app.settings.monitor
    with open_extraction_pool(monitor.extract.workers, monitor.extract.timeout) as pool, DatabaseThread() as database:
        async with (
            open_fetcher(monitor, shared) as fetcher,
            open_channel_builder(monitor, app.clock) as channels,
            open_ping(monitor) as ping,
        ):
            deliverer = app.deliverer(database, channels(app.settings.channels))
            translator = Translator(app.store, database, app.clock)
            translator.configure(app.settings.digests)
            try:
                yield Pipeline(
                    app=app,
                    poller=_build_poller(app, fetcher, pool, database),
                    deliverer=deliverer,
                    translator=translator,
                    pool=pool,
                    database=database,
                    channels=channels,
                    catch_up=catch_up.begin_waiting(app.clock()),
                    ping=ping,
                )
            finally:
                await translator.close()
                await deliverer.close()


def _build_poller(app: App, fetcher: Fetcher, pool: ExtractionPool, database: DatabaseThread) -> Poller:
    settings = app.settings
    return Poller(
        store=app.store,
        fetcher=fetcher,
        pool=pool,
        matcher=build_matcher(pool, settings),
        feeds=settings.feeds,
        clock=app.clock,
        jitter=random.random,
        database=database,
        per_host=settings.monitor.fetch.per_host,
    )


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """Polling and delivering on an event loop, one method for each step.

    All that they write to the store, they write on the same thread, `database`.
    """

    app: App
    poller: Poller
    deliverer: Deliverer
    translator: Translator
    pool: ExtractionPool
    database: DatabaseThread
    channels: Callable[[Mapping[str, ChannelConfig]], dict[str, Channel]]
    catch_up: CatchUp
    ping: HealthPing

    async def poll_now(
        self, feed_ids: Collection[str] | None, *, due: bool, progress: Progress = no_progress
    ) -> PollTotals:
        """Poll the feeds that are due, or (`due=False`) those in `feed_ids`, None for all; return the totals."""

        def after_poll(done: int, total: int, _poll: Poll) -> None:
            progress(done, total)

        started = time.perf_counter()
        polls = await (self.poller.poll_due(after_poll) if due else self.poller.poll_feeds(feed_ids, after_poll))
        return PollTotals(polls=tuple(polls), seconds=time.perf_counter() - started)

    async def digests(self) -> None:
        """Compose the digests that are due and queue them in the outbox; none during the first round of polls.

        New headlines are translated beside it, for later digests; nothing waits for that.
        """
        self.translator.start()
        if not await self._is_catching_up():
            await threads.call(self.deliverer.run_due_digests, self.database.call)

    async def _is_catching_up(self) -> bool:
        """Return True while digests wait for the feeds that were due at the start, or after a suspension."""
        now = self.app.clock()
        self.catch_up = self.catch_up.check(now)
        if not self.catch_up.is_waiting:
            return False
        states = await self.poller.states()
        if awaited := self.catch_up.count_awaited(states, now, self.app.settings.monitor.catch_up):
            log.debug("digests wait for the feeds that are due", feeds=awaited)
            return True
        log.info("digests resume", waited_s=round((now - self.catch_up.resumed_at).total_seconds()))
        self.catch_up = self.catch_up.end_waiting()
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
        """Send due messages of the outbox for SEND_SECONDS; the next call continues."""
        return await self.deliverer.send_queued(within=SEND_SECONDS)

    async def send_digests(
        self, digest_ids: Iterable[str], to: str | None = None
    ) -> tuple[list[DigestRun | None], list[DeliveryResult]]:
        """Translate new headlines, run digests now, and send all due messages of the outbox; then raise any bugs."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TRANSLATION_SECONDS):
                await self.translator.translate_new()
        runs, bugs = await threads.call(self.deliverer.run_digests, digest_ids, self.database.call, to=to)
        results = await self.deliverer.send_queued()
        unreadable = [each for each in bugs if isinstance(each, UnreadableRowError)]
        if unreadable or len(bugs) == 1:  # which commands report in one line, unlike a group
            raise (*unreadable, *bugs)[0]
        raise_bugs(bugs)
        return runs, results

    def stop(self) -> None:
        """Start no further polls and deliveries; those under way are finished."""
        self.poller.stop()
        self.deliverer.stop()

    async def apply_settings(self, settings: Settings) -> list[str]:
        """Apply another configuration; return the changed keys of monitor.yaml that need a restart."""
        matcher = await threads.call(build_matcher, self.pool, settings)
        channels = self.channels(settings.channels)
        before, self.app.settings = self.app.settings, settings
        self.poller.reader.matcher = matcher
        self.poller.feeds = {feed.id: feed for feed in settings.feeds}
        self.deliverer.configure(DeliverySettings.of(settings, channels))
        self.translator.configure(settings.digests)
        keys = ("database", "fetch", "extract", "web", "log")
        return [key for key in keys if getattr(before.monitor, key) != getattr(settings.monitor, key)]


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
        articles = [item for poll in self.polls for item in poll.found]
        return {
            "polled": len(self.polls),
            "changed": sum(isinstance(poll.outcome, Changed) for poll in self.polls),
            "unchanged": sum(isinstance(poll.outcome, Unchanged) for poll in self.polls),
            "failed": len(self.failures),
            "entries_new": sum(not item.updated for item in articles),
            "articles": len(articles),
            "partial": sum(item.article.partial for item in articles),
            "hits": sum(len(item.matches) for item in articles),
            "seconds": round(self.seconds, 3),
        }
