"""The task queue between a scheduler and its workers, on PostgreSQL: the only module that uses procrastinate.

A task is a hint: what is due is stored in the tables, and a worker checks them before it does a task. So a task is
queued at most once at a time, deleted when it is done or has failed, or when its worker has died, and enqueued again
for as long as it is due. Two tasks with the same lock never run at once; waiting for a lock does not delay other tasks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psycopg
from procrastinate import App, PsycopgConnector, exceptions
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from monitor.core.errors import DatabaseError

Handler = Callable[["Task"], Awaitable[None]]

QUEUE_POLL_SECONDS = 0.5
"""Seconds between two polls for tasks. PostgreSQL notifies of new tasks, but not of released locks."""
HEARTBEAT_SECONDS, DEAD_AFTER_SECONDS = 3.0, 15.0
"""Seconds between heartbeats of a worker, and without one until it counts as dead. Better too soon than too late: a
task that is done twice changes nothing."""
SHUTDOWN_TIMEOUT_SECONDS = 15.0
"""Seconds for running tasks when `run_tasks` is cancelled; a worker needs up to 10 to cancel its deliveries."""
_MAX_QUEUE_CONNECTIONS = 4
_MAX_ATTEMPTS = 5
"""Attempts to store the end of a task."""
_ANALYZE_FROM = 100
"""Number of new tasks after which to ANALYZE: with a plan for few rows, each poll would scan all of them."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something for any worker to do."""

    name: str
    subject: str = ""
    lock: str = ""
    """No two tasks with the same lock run at once; empty for no lock."""

    @property
    def key(self) -> str:
        """Identity of the task: it is queued at most once."""
        return f"{self.name} {self.subject}".rstrip()


class TaskQueue:
    """The tasks of a database, an async context manager. DatabaseError when the database cannot be reached."""

    def __init__(self, conninfo: str) -> None:
        connector = PsycopgConnector(
            conninfo=conninfo,
            kwargs={"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3},
            min_size=1,
            max_size=_MAX_QUEUE_CONNECTIONS,
        )
        self._app = App(connector=connector)
        self._manager = self._app.job_manager = _RetryingJobManager(connector)

    async def __aenter__(self) -> Self:
        with _translate_errors():
            await self._app.open_async()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._app.close_async()

    async def enqueue(self, tasks: Collection[Task]) -> int:
        """Enqueue tasks in order, except those that are queued or running; return the number of new ones."""
        with _translate_errors():
            queued = {job.queueing_lock for status in ("todo", "doing") for job in await self._jobs(status)}
            new = [_to_job(task) for task in tasks if task.key not in queued]
            try:
                if new:
                    await self._manager.batch_defer_jobs_async(new)
                if len(new) >= _ANALYZE_FROM:
                    await self._app.connector.execute_query_async("ANALYZE procrastinate_jobs")
            except exceptions.AlreadyEnqueued:  # by a scheduler that is being replaced
                return 0
            return len(new)

    async def delete_lost(self, dead_after: float = DEAD_AFTER_SECONDS) -> int:
        """Delete tasks whose worker has died, so that they can be enqueued again; return their number."""
        with _translate_errors():
            lost = list(await self._manager.get_stalled_jobs(seconds_since_heartbeat=dead_after))
            for job in lost:
                await self._manager.finish_job(job, Status.FAILED, delete_job=True)
            return len(lost)

    async def run_tasks(self, handler: Handler, groups: Mapping[tuple[str, ...], int]) -> None:
        """Run tasks until cancelled, then finish those under way.

        `groups` gives the number of tasks of these names that run at once.
        """
        for name in (name for names in groups for name in names):
            if name not in self._app.tasks:
                self._app.task(name=name, queue=name)(_procrastinate_task(name, handler))
        self._manager.failed.clear()
        with _translate_errors():
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch_failures())
                for names, most in groups.items():
                    group.create_task(self._worker(names, most))

    async def _watch_failures(self) -> None:
        """Raise if the end of a task cannot be stored: the task would count as running while this process lives."""
        await self._manager.failed.wait()
        raise DatabaseError("the end of a task could not be stored")

    async def _worker(self, names: tuple[str, ...], most: int) -> None:
        await self._app.run_worker_async(
            queues=list(names),
            concurrency=most,
            fetch_job_polling_interval=QUEUE_POLL_SECONDS,
            shutdown_graceful_timeout=SHUTDOWN_TIMEOUT_SECONDS,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=DEAD_AFTER_SECONDS,
        )
        raise DatabaseError("the worker loop of the queue has ended")

    async def _jobs(self, status: str) -> list[Job]:
        return list(await self._manager.list_jobs_async(status=status))


class _RetryingJobManager(JobManager):
    """Retries storing the end of a task, which would otherwise hold its lock for ever."""

    def __init__(self, connector: PsycopgConnector) -> None:
        super().__init__(connector)
        self.failed = asyncio.Event()

    async def finish_job_by_id_async(self, job_id: int, status: Status, delete_job: bool) -> None:
        """Store the end of a task, or set `failed`; a task that no longer exists was deleted by `delete_lost`."""
        for _ in range(_MAX_ATTEMPTS):
            try:
                await super().finish_job_by_id_async(job_id, status, delete_job)
            except exceptions.ConnectorException as error:
                if isinstance(error.__cause__, psycopg.errors.RaiseException):
                    return
                await asyncio.sleep(QUEUE_POLL_SECONDS)
            else:
                return
        self.failed.set()


def _procrastinate_task(name: str, handler: Handler) -> Callable[[str], Awaitable[None]]:
    async def body(subject: str) -> None:
        await handler(Task(name, subject))

    return body


def _to_job(task: Task) -> Job:
    return Job(
        queue=task.name,
        task_name=task.name,
        lock=task.lock or None,
        queueing_lock=task.key,
        task_kwargs={"subject": task.subject},
    )


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Translate errors of the database, or groups of them, into a DatabaseError of one line."""
    try:
        yield
    except (exceptions.ConnectorException, psycopg.Error) as error:
        raise DatabaseError(_error_text(error)) from None
    except ExceptionGroup as errors:
        database_errors, others = errors.split((exceptions.ConnectorException, psycopg.Error, DatabaseError))
        if others or not database_errors:
            raise
        raise DatabaseError(_error_text(database_errors)) from None


def _error_text(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, DatabaseError):
        return str(error)
    cause = error.__cause__ or error
    words = str(cause).strip().partition("\n")[0] or type(cause).__name__
    return f"the task queue in the database failed: {words}"
