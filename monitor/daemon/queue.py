"""Errands that one process asks for and any other does, on PostgreSQL. The only place that knows procrastinate.

An errand is a hint, never the truth: what is due stands in the tables, and who takes an errand looks there first. So it
is asked for once at a time, thrown away when it is done or has failed, and forgotten when whoever took it has died; it
is asked for again as long as it is due. Its surprise: two errands of one lane are never done at once, and those that
wait for a lane hold up no other.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import psycopg
from procrastinate import App, PsycopgConnector, exceptions
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from monitor.core.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
    from types import TracebackType

    Do = Callable[["Errand"], Awaitable[None]]

LOOK = 0.5
"""Seconds between two looks for errands; a new one is told at once, one whose lane has become free is not."""
BEAT, SILENCE = 3.0, 15.0
"""Seconds between two signs of life, and without any before a process counts as dead. Rather too soon than too late: an
errand that is done twice changes nothing."""
GRACE = 15.0
"""Seconds for what is in hand when `work` is cancelled; a worker then needs up to 10 to break off its deliveries."""
_CONNECTIONS = 4
_TRIES = 5
_MANY = 100
"""New errands of which PostgreSQL is told at once: with a plan for a few, each look would read them all."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Something to be done by whoever comes first."""

    name: str
    subject: str = ""
    lane: str = ""
    """Where there is one, nothing else of the same lane is done meanwhile."""

    @property
    def key(self) -> str:
        """By this it is known whether it was asked for already."""
        return f"{self.name} {self.subject}".rstrip()


class Queue:
    """The errands of a database; to be entered before it is used. DatabaseError when it cannot be reached."""

    def __init__(self, conninfo: str) -> None:
        connector = PsycopgConnector(
            conninfo=conninfo,
            kwargs={"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3},
            min_size=1,
            max_size=_CONNECTIONS,
        )
        self._app = App(connector=connector)
        self._manager = self._app.job_manager = Manager(connector)

    async def __aenter__(self) -> Self:
        with _translated():
            await self._app.open_async()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._app.close_async()

    async def ask(self, errands: Collection[Errand]) -> int:
        """Ask for errands, in their order, but for those that wait or are being done; how many are new."""
        with _translated():
            known = {job.queueing_lock for status in ("todo", "doing") for job in await self._jobs(status)}
            new = [_job(errand) for errand in errands if errand.key not in known]
            try:
                if new:
                    await self._app.job_manager.batch_defer_jobs_async(new)
                if len(new) >= _MANY:
                    await self._app.connector.execute_query_async("ANALYZE procrastinate_jobs")
            except exceptions.AlreadyEnqueued:  # by a scheduler that has just been replaced
                return 0
            return len(new)

    async def forget_lost(self, silence: float = SILENCE) -> int:
        """Forget errands whose process has died, so that they can be asked for again; how many they were."""
        with _translated():
            lost = list(await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silence))
            for job in lost:
                await self._manager.finish_job(job, Status.FAILED, delete_job=True)
            return len(lost)

    async def work(self, do: Do, groups: Mapping[tuple[str, ...], int]) -> None:
        """Do errands until cancelled, so many of each group of names at once; what is in hand then is finished."""
        for name in (name for names in groups for name in names):
            if name not in self._app.tasks:
                self._app.task(name=name, queue=name)(_doing(name, do))
        self._manager.failed.clear()
        with _translated():
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch())
                for names, most in groups.items():
                    group.create_task(self._worker(names, most))

    async def _watch(self) -> None:
        """Give up when the end of an errand could not be noted: it would count as in hand for as long as we live."""
        await self._manager.failed.wait()
        raise DatabaseError("the end of an errand could not be noted")

    async def _worker(self, names: tuple[str, ...], most: int) -> None:
        await self._app.run_worker_async(
            queues=list(names),
            concurrency=most,
            fetch_job_polling_interval=LOOK,
            shutdown_graceful_timeout=GRACE,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=BEAT,
            stalled_worker_timeout=SILENCE,
        )
        raise DatabaseError("nothing is heard of new errands any more")

    async def _jobs(self, status: str) -> list[Job]:
        return list(await self._app.job_manager.list_jobs_async(status=status))


class Manager(JobManager):
    """Notes the end of an errand with patience: one that is not noted would hold its lane for ever."""

    def __init__(self, connector: PsycopgConnector) -> None:
        super().__init__(connector)
        self.failed = asyncio.Event()

    async def finish_job_by_id_async(self, job_id: int, status: Status, delete_job: bool) -> None:
        """Note it, or say that it failed; an errand that is there no more was forgotten meanwhile."""
        for _ in range(_TRIES):
            try:
                await super().finish_job_by_id_async(job_id, status, delete_job)
            except exceptions.ConnectorException as error:
                if isinstance(error.__cause__, psycopg.errors.RaiseException):
                    return
                await asyncio.sleep(LOOK)
            else:
                return
        self.failed.set()


def _doing(name: str, do: Do) -> Callable[[str], Awaitable[None]]:
    async def body(subject: str) -> None:
        await do(Errand(name, subject))

    return body


def _job(errand: Errand) -> Job:
    return Job(
        queue=errand.name,
        task_name=errand.name,
        lock=errand.lane or None,
        queueing_lock=errand.key,
        task_kwargs={"subject": errand.subject},
    )


@contextmanager
def _translated() -> Iterator[None]:
    """Say in one line what a database refused, be it one error or a group of them."""
    try:
        yield
    except (exceptions.ConnectorException, psycopg.Error) as error:
        raise DatabaseError(_words(error)) from None
    except ExceptionGroup as errors:
        mended, others = errors.split((exceptions.ConnectorException, psycopg.Error, DatabaseError))
        if others or not mended:
            raise
        raise DatabaseError(_words(mended)) from None


def _words(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, DatabaseError):
        return str(error)
    cause = error.__cause__ or error
    words = str(cause).strip().partition("\n")[0] or type(cause).__name__
    return f"the queue in the database does not answer: {words}"
