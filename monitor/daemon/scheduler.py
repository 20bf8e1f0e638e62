"""The scheduler of several workers: asks for what is due, composes digests and alerts, keeps house.

It polls nothing and sends nothing itself. What is due stands in the tables, as for a daemon that does everything: an
errand is asked for as long as it is due, so that one which was lost costs time and nothing else.
"""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import structlog

from monitor.core import jobs
from monitor.core.feeds import links
from monitor.daemon.queue import Errand, Queue
from monitor.daemon.roles import Duties

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from monitor.app import App, Work
    from monitor.core.jobs import Job
    from monitor.core.model import Feed, FeedState

DEPTH = 30
"""Errands of one lane that are asked for at a time, the feeds that wait longest: more than a lane does until the next
time, and few enough that workers do not look through thousands that cannot be done yet."""
log = structlog.get_logger("monitor.scheduler")


@asynccontextmanager
async def scheduling(app: App) -> AsyncIterator[tuple[Work, Duties]]:
    """Give the scheduler's work and duties."""
    async with Queue(app.store.conninfo()) as queue, app.work() as work:
        scheduler = Scheduler(work=work, queue=queue)
        yield work, scheduler.duties()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler:
    """Asks a queue for what its work would do by itself."""

    work: Work
    queue: Queue

    def duties(self) -> Duties:
        """Return the jobs; those that workers do are done when a worker says so."""
        return Duties(
            bodies={
                jobs.POLL: self.polls,
                jobs.PARTIALS: lambda: self._one(jobs.PARTIALS),
                jobs.REVISITS: lambda: self._one(jobs.REVISITS),
                jobs.DIGESTS: self.work.digests,
                jobs.ALERTS: self.work.alerts,
                jobs.DELIVERIES: lambda: self._one(jobs.DELIVERIES),
                jobs.LOST: self.lost,
            },
            done=frozenset({jobs.DIGESTS, jobs.ALERTS}),
            alive=(jobs.ALIVE, jobs.SCHEDULER),
        )

    async def polls(self) -> None:
        """Ask for the feeds whose time has come, each in one of the lanes of its host."""
        app = self.work.app
        due = await self.work.poller.due()
        errands = [_poll(feed, state, app.settings.monitor.fetch.per_host) for feed, state in due]
        await self.queue.ask(_first_of_lanes(errands))
        if not due:  # else a worker says when one was polled
            await self.work.in_database(lambda: app.beat(jobs.POLL.name))

    async def lost(self) -> None:
        """Forget what workers had in hand that have died, and ask for it again."""
        if lost := await self.queue.forget_lost():
            log.warning("a worker has died, what it had in hand is asked for again", errands=lost)
            await self.polls()

    async def _one(self, job: Job) -> None:
        await self.queue.ask([Errand(job.name, lane=job.name)])


def _poll(feed: Feed, state: FeedState, per_host: int) -> Errand:
    """Give a feed its lane: as many polls of a host are under way as it has places, and the others hold up nobody."""
    lane = f"{links.host(state.url or feed.url)} {crc32(feed.id.encode()) % per_host}"
    return Errand(jobs.POLL.name, feed.id, lane)


def _first_of_lanes(errands: Iterable[Errand]) -> list[Errand]:
    taken: Counter[str] = Counter()
    first = []
    for errand in errands:
        taken[errand.lane] += 1
        if taken[errand.lane] <= DEPTH:
            first.append(errand)
    return first
