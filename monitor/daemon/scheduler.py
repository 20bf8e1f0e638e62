"""The scheduler process, which serves several workers: it enqueues tasks, composes digests and alerts, does upkeep.

It does not poll or send. What is due is stored in the tables, as for a daemon that does everything: a task is enqueued
for as long as it is due, so that a lost task costs only time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from zlib import crc32

import structlog

from monitor.app import App
from monitor.core import jobs, links
from monitor.core.jobs import Job
from monitor.core.model import Feed, FeedState
from monitor.daemon.queue import Task, TaskQueue
from monitor.daemon.roles import Role
from monitor.pipeline import Pipeline, open_pipeline

MAX_TASKS_PER_LOCK = 30
"""Most queued polls per lock, the longest overdue feeds first: more than run before the next poll job, and few enough
that workers do not scan thousands of blocked tasks."""
log = structlog.get_logger("monitor.scheduler")


@asynccontextmanager
async def open_scheduler(app: App) -> AsyncIterator[tuple[Pipeline, Role]]:
    """Yield the pipeline and the role of a scheduler process."""
    async with TaskQueue(app.store.conninfo()) as queue, open_pipeline(app) as pipeline:
        scheduler = Scheduler(pipeline=pipeline, queue=queue)
        yield pipeline, scheduler.role()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler:
    """Enqueues tasks for what a single daemon would do itself."""

    pipeline: Pipeline
    queue: TaskQueue

    def role(self) -> Role:
        """Return the jobs of a scheduler; workers record the success of those that only enqueue tasks."""
        return Role(
            actions={
                jobs.POLL: self.enqueue_polls,
                jobs.RETRIES: lambda: self._enqueue(jobs.RETRIES),
                jobs.RECHECKS: lambda: self._enqueue(jobs.RECHECKS),
                jobs.DIGESTS: self.pipeline.digests,
                jobs.ALERTS: self.pipeline.alerts,
                jobs.DELIVERIES: lambda: self._enqueue(jobs.DELIVERIES),
                jobs.OPERATOR: self.pipeline.operator,
                jobs.LOST_TASKS: self.requeue_lost,
            },
            recorded=frozenset({jobs.DIGESTS, jobs.ALERTS}),
            heartbeats=(jobs.DAEMON, jobs.SCHEDULER),
        )

    async def enqueue_polls(self) -> None:
        """Enqueue a poll for each feed that is due."""
        app = self.pipeline.app
        due = await self.pipeline.poller.due()
        tasks = [_poll_task(feed, state, app.settings.monitor.fetch.per_host) for feed, state in due]
        await self.queue.enqueue(_limit_per_lock(tasks))
        if not due:  # else a worker records it after a poll
            await self.pipeline.database.run(app.record_heartbeat, jobs.POLL.name)

    async def requeue_lost(self) -> None:
        """Delete the tasks of dead workers, and enqueue their polls again."""
        if lost := await self.queue.delete_lost():
            log.warning("a worker has died, its tasks are queued again", tasks=lost)
            await self.enqueue_polls()

    async def _enqueue(self, job: Job) -> None:
        await self.queue.enqueue([Task(job.name, lock=job.name)])


def _poll_task(feed: Feed, state: FeedState, per_host: int) -> Task:
    """Return the task for a feed; its lock allows `per_host` polls of a host at once, and blocks no other host."""
    lock = f"{links.host(state.url or feed.url)} {crc32(feed.id.encode()) % per_host}"
    return Task(jobs.POLL.name, feed.id, lock)


def _limit_per_lock(tasks: Iterable[Task]) -> list[Task]:
    counts: Counter[str] = Counter()
    limited = []
    for task in tasks:
        counts[task.lock] += 1
        if counts[task.lock] <= MAX_TASKS_PER_LOCK:
            limited.append(task)
    return limited
