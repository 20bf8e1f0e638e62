"""A worker process: runs tasks that the scheduler enqueues, beside any number of other workers.

It polls feeds, retries and rechecks pages, and sends messages. Rate limits per host hold for all workers together. A
task says what may be due; the worker checks the tables before it does it.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor, Future
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import structlog

from monitor.app import App
from monitor.core import jobs
from monitor.core.errors import MonitorError
from monitor.core.jobs import Job
from monitor.daemon.job_runs import run_job
from monitor.daemon.queue import Task, TaskQueue
from monitor.daemon.roles import Role
from monitor.pipeline import Pipeline, open_pipeline
from monitor.runtime.threads import DaemonThreads
from monitor.store import HostLimits

RECONNECT_SECONDS = 5.0
"""Seconds before reconnecting to the queue after an error."""
FINAL_SEND_TIMEOUT_SECONDS = 5.0
"""Seconds, at the end, for deliveries under way that no task waits for."""
log = structlog.get_logger("monitor.worker")


@asynccontextmanager
async def open_worker(app: App) -> AsyncIterator[tuple[Pipeline, Role]]:
    """Yield the pipeline and role of a worker, run tasks meanwhile, and finish those under way at the end."""
    fetch = app.settings.monitor.fetch
    async with (
        open_shared_limiter(app.store.host_limits(fetch.per_host)) as limiter,
        open_pipeline(app, limiter) as pipeline,
        TaskQueue(app.store.conninfo()) as queue,
    ):
        # Twice the requests: polls of slow hosts wait for rate limits, and must not block polls of others.
        worker = Worker(pipeline=pipeline, queue=queue, concurrency=2 * fetch.concurrency)
        task = asyncio.create_task(worker.run())

        async def finish() -> None:
            pipeline.stop()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        try:
            yield pipeline, worker.role(finish)
        finally:
            await finish()


@dataclass(slots=True, kw_only=True)
class Worker:
    """Runs tasks, each within the time limit of its job, and records their success."""

    pipeline: Pipeline
    queue: TaskQueue
    concurrency: int
    monotonic: Callable[[], float] = time.monotonic
    _recorded_at: dict[Job, float] = field(default_factory=dict)
    _queue_failed: bool = False
    """True while the queue cannot be reached."""

    def role(self, finish: Callable[[], Awaitable[None]]) -> Role:
        """Return the role of a worker, which has no jobs on a timer but heartbeat and reload."""
        name = jobs.worker_heartbeat_name(socket.gethostname())
        return Role(
            actions={},
            heartbeats=(name,),
            started=name,
            does_upkeep=False,
            records_configuration=False,
            is_healthy=lambda: not self._queue_failed,
            finish=finish,
        )

    async def run(self) -> None:
        """Run tasks until cancelled, and reconnect whenever the queue fails."""
        other_jobs = (jobs.RETRIES.name, jobs.RECHECKS.name, jobs.DELIVERIES.name)
        groups = {(jobs.POLL.name,): self.concurrency, other_jobs: len(other_jobs)}
        try:
            while True:
                try:
                    self._queue_failed = False
                    await self.queue.run_tasks(self.run_task, groups)
                except MonitorError as error:
                    log.error("queue lost, reconnecting", reason=str(error))  # noqa: TRY400 - the message is clear
                except Exception:
                    log.exception("queue lost, reconnecting")
                self._queue_failed = True
                await asyncio.sleep(RECONNECT_SECONDS)
        finally:
            await self._finish_deliveries()

    async def run_task(self, task: Task) -> None:
        """Run one task; its failure does not reach other tasks."""
        job, action = self._job_and_action(task)
        await run_job(job, action, partial(self._record_success, job), task.key, log)

    def _job_and_action(self, task: Task) -> tuple[Job, Awaitable[object]]:
        match task.name:
            case jobs.POLL.name:
                return jobs.POLL, self.pipeline.poller.poll_if_due(task.subject)
            case jobs.RETRIES.name:
                return jobs.RETRIES, self.pipeline.poller.retry_pages()
            case jobs.RECHECKS.name:
                return jobs.RECHECKS, self.pipeline.poller.recheck_pages()
            case _:
                return jobs.DELIVERIES, self.pipeline.deliveries()

    async def _record_success(self, job: Job) -> None:
        """Record the success of a job, at most once per interval of the job."""
        app, now = self.pipeline.app, self.monotonic()
        if job in self._recorded_at and now - self._recorded_at[job] < job.every.total_seconds():
            return
        self._recorded_at[job] = now
        await self.pipeline.database.run(app.record_heartbeat, job.name)

    async def _finish_deliveries(self) -> None:
        with suppress(TimeoutError, MonitorError):
            async with asyncio.timeout(FINAL_SEND_TIMEOUT_SECONDS):
                await self.pipeline.deliveries()


@asynccontextmanager
async def open_shared_limiter(limiter: HostLimits) -> AsyncIterator[ThreadedHostLimiter]:
    """Run the shared limiter on its own thread, so that requests do not wait for database writes."""
    with DaemonThreads(1, "host limits") as thread:
        try:
            yield ThreadedHostLimiter(limiter, thread)
        finally:
            await asyncio.wrap_future(thread.submit(limiter.close))


class ThreadedHostLimiter:
    """The database's limiter as the asynchronous SharedHostLimiter of the fetcher."""

    def __init__(self, limiter: HostLimits, thread: Executor) -> None:
        self._limiter = limiter
        self._thread = thread

    async def try_acquire(self, host: str, gap: float) -> float:
        """Return 0.0 if a request may start now, else the seconds after which to try again."""
        future = self._thread.submit(self._limiter.try_acquire, host, gap)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            future.add_done_callback(self._release_if_acquired(host))
            raise

    def release(self, host: str) -> None:
        """Record that a request has ended; does not wait."""
        with suppress(RuntimeError):  # the thread was closed, which released everything
            self._thread.submit(self._limiter.release, host)

    def _release_if_acquired(self, host: str) -> Callable[[Future[float]], None]:
        """Return a callback that releases the slot of a cancelled request."""

        def release(future: Future[float]) -> None:
            if not future.cancelled() and future.exception() is None and future.result() == 0.0:
                self.release(host)

        return release
