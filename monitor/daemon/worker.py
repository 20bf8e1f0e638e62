"""A worker: does the errands that the scheduler asks for, beside any number of others that do the same.

Polls, looks at pages again, sends what the outbox holds; the limits of hosts hold for all workers together. Its
surprise: it knows when to poll no better than its errands do, and looks into the tables before it does one.
"""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import Executor, Future
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from monitor.core import jobs
from monitor.core.errors import MonitorError
from monitor.daemon.queue import Queue
from monitor.daemon.roles import Duties
from monitor.runtime.threads import DaemonThreads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from monitor.app import App, Work
    from monitor.core.jobs import Job
    from monitor.daemon.queue import Errand
    from monitor.store import Turns

AGAIN = 5.0
"""Seconds after which a queue that was lost is looked for again."""
LAST_SENDING = 5.0
"""Seconds, at the end, for messages on the wire that no errand waits for any more."""
log = structlog.get_logger("monitor.worker")


@asynccontextmanager
async def working(app: App) -> AsyncIterator[tuple[Work, Duties]]:
    """Give a worker's work and duties, and do errands meanwhile; at the end, what is in hand is finished."""
    fetch = app.settings.monitor.fetch
    async with (
        sharing(app.store.turns(fetch.per_host)) as turns,
        app.work(turns) as work,
        Queue(app.store.conninfo()) as queue,
    ):
        worker = Worker(work=work, queue=queue, at_once=2 * fetch.concurrency)  # slow hosts leave room for others
        task = asyncio.create_task(worker.run())

        async def finish() -> None:
            work.stop()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        try:
            yield work, worker.duties(finish)
        finally:
            await finish()


@dataclass(slots=True, kw_only=True)
class Worker:
    """Does errands, each under the deadline of its job, and says when one was done."""

    work: Work
    queue: Queue
    at_once: int
    monotonic: Callable[[], float] = time.monotonic
    _said: dict[Job, float] = field(default_factory=dict)
    _is_lost: bool = False
    """Whether nothing was heard of errands lately."""

    def duties(self, finish: Callable[[], Awaitable[None]]) -> Duties:
        """Return what a worker does by the clock: it says that it is alive, and takes edits of the configuration."""
        name = jobs.worker_on(socket.gethostname())
        return Duties(
            bodies={},
            alive=(name,),
            started=name,
            keeps_house=False,
            is_well=lambda: not self._is_lost,
            finish=finish,
        )

    async def run(self) -> None:
        """Do errands until cancelled, whatever becomes of the queue meanwhile."""
        others = (jobs.PARTIALS.name, jobs.REVISITS.name, jobs.DELIVERIES.name)
        groups = {(jobs.POLL.name,): self.at_once, others: len(others)}
        try:
            while True:
                try:
                    self._is_lost = False
                    await self.queue.work(self.do, groups)
                except MonitorError as error:
                    log.error("queue lost, looked for again", reason=str(error))  # noqa: TRY400 - says why itself
                except Exception:
                    log.exception("queue lost, looked for again")
                self._is_lost = True
                await asyncio.sleep(AGAIN)
        finally:
            await self._send_the_last()

    async def do(self, errand: Errand) -> None:
        """Do one errand, such that no failure of it reaches another."""
        job, body = self._body(errand)
        try:
            async with asyncio.timeout(job.limit.total_seconds()):
                await body
            await self._say(job)
        except TimeoutError:
            log.error("job took too long", job=errand.key, limit_s=job.limit.total_seconds())  # noqa: TRY400
        except MonitorError as error:
            log.error("job failed", job=errand.key, reason=str(error))  # noqa: TRY400 - expected, and says why itself
        except Exception:
            log.exception("job failed", job=errand.key)

    def _body(self, errand: Errand) -> tuple[Job, Awaitable[object]]:
        match errand.name:
            case jobs.POLL.name:
                return jobs.POLL, self.work.poller.poll_if_due(errand.subject)
            case jobs.PARTIALS.name:
                return jobs.PARTIALS, self.work.retry_partials()
            case jobs.REVISITS.name:
                return jobs.REVISITS, self.work.revisit()
            case _:
                return jobs.DELIVERIES, self.work.deliveries()

    async def _say(self, job: Job) -> None:
        """Say that a job has succeeded, no oftener than the daemon would."""
        app, now = self.work.app, self.monotonic()
        if job in self._said and now - self._said[job] < job.every.total_seconds():
            return
        self._said[job] = now
        await self.work.in_database(lambda: app.beat(job.name))

    async def _send_the_last(self) -> None:
        with suppress(TimeoutError, MonitorError):
            async with asyncio.timeout(LAST_SENDING):
                await self.work.deliveries()


@asynccontextmanager
async def sharing(turns: Turns) -> AsyncIterator[SharedTurns]:
    """Give the turns of hosts on a thread of their own, so that no request waits for what is being stored."""
    with DaemonThreads(1, "turns") as thread:
        try:
            yield SharedTurns(turns, thread)
        finally:
            await asyncio.wrap_future(thread.submit(turns.close))


class SharedTurns:
    """The turns of hosts as the fetcher asks for them."""

    def __init__(self, turns: Turns, thread: Executor) -> None:
        self._turns = turns
        self._thread = thread

    async def try_acquire(self, host: str, gap: float) -> float:
        """Start a request, or tell after how many seconds to ask again."""
        future = self._thread.submit(self._turns.take, host, gap)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            future.add_done_callback(self._undo(host))
            raise

    def release(self, host: str) -> None:
        """Say that a request has ended."""
        with suppress(RuntimeError):  # the thread has ended, and everything was given back with it
            self._thread.submit(self._turns.give_back, host)

    def _undo(self, host: str) -> Callable[[Future[float]], None]:
        """Give back what was taken for somebody who did not wait for it."""

        def undo(future: Future[float]) -> None:
            if not future.cancelled() and future.exception() is None and future.result() == 0.0:
                self.release(host)

        return undo
