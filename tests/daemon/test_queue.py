"""Tasks: queued once, run by one worker, and dropped if that worker has died."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from procrastinate.jobs import Job, Status

from monitor.core.errors import DatabaseError
from monitor.daemon.queue import Task, TaskQueue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from monitor.store import Store

NAMES = ("poll", "deliveries")


@asynccontextmanager
async def working(queue: TaskQueue, do: Callable[[Task], Awaitable[None]], at_once: int = 5) -> AsyncIterator[None]:
    """Run tasks during the block."""
    task = asyncio.create_task(queue.run_tasks(do, {NAMES: at_once}))
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


class RecordingWorker:
    """Runs each task until `release` is called with its subject, and records its start and end."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[str] = asyncio.Queue()
        self.ended: asyncio.Queue[str] = asyncio.Queue()
        self.released: dict[str, asyncio.Event] = {}

    async def __call__(self, task: Task) -> None:
        self.begun.put_nowait(task.subject)
        await self.released.setdefault(task.subject, asyncio.Event()).wait()
        self.ended.put_nowait(task.subject)

    def release(self, *subjects: str) -> None:
        for subject in subjects:
            self.released.setdefault(subject, asyncio.Event()).set()


@pytest.fixture
async def queue(postgres_store: Store) -> AsyncIterator[TaskQueue]:
    async with TaskQueue(postgres_store.conninfo()) as opened:
        yield opened


async def test_a_task_is_queued_once_until_it_is_done(queue: TaskQueue) -> None:
    worker = RecordingWorker()
    assert await queue.enqueue([Task("poll", "a"), Task("poll", "b")]) == 2
    assert await queue.enqueue([Task("poll", "a"), Task("deliveries")]) == 1
    async with working(queue, worker):
        assert {await worker.begun.get() for _ in range(3)} == {"a", "b", ""}
        assert await queue.enqueue([Task("poll", "a")]) == 0  # in hand
        worker.release("a", "b", "")
        assert {await worker.ended.get() for _ in range(3)} == {"a", "b", ""}
    assert await queue.enqueue([Task("poll", "a"), Task("poll", "b"), Task("deliveries")]) == 3


async def test_of_the_tasks_of_one_lock_one_runs_and_others_are_not_delayed(
    queue: TaskQueue, postgres_store: Store
) -> None:
    worker = RecordingWorker()
    await queue.enqueue([Task("poll", name, lock="slow") for name in "abc"] + [Task("poll", "d", lock="quick")])
    async with (
        TaskQueue(postgres_store.conninfo()) as other,
        working(queue, worker),
        working(other, worker),
    ):
        assert {await worker.begun.get() for _ in range(2)} == {"a", "d"}
        worker.release("d")
        assert await worker.ended.get() == "d"
        assert worker.begun.empty()
        worker.release("a")
        assert await worker.begun.get() == "b"
        worker.release("b", "c")
        assert await worker.begun.get() == "c"


async def test_a_task_in_progress_at_the_end_is_finished_and_no_other_is_started(queue: TaskQueue) -> None:
    worker = RecordingWorker()
    await queue.enqueue([Task("poll", "a"), Task("poll", "b")])
    async with working(queue, worker, at_once=1):
        assert await worker.begun.get() == "a"
        asyncio.get_running_loop().call_soon(worker.release, "a")
    assert await worker.ended.get() == "a"
    assert worker.begun.empty()
    assert await queue.enqueue([Task("poll", "a"), Task("poll", "b")]) == 1  # b waits still


async def test_a_bug_in_one_task_does_not_stop_the_others(queue: TaskQueue) -> None:
    done: asyncio.Queue[str] = asyncio.Queue()

    async def do(task: Task) -> None:
        if task.subject == "a":
            raise RuntimeError(task.subject)
        done.put_nowait(task.subject)

    await queue.enqueue([Task("poll", "a", lock="one"), Task("poll", "b", lock="one")])
    async with working(queue, do):
        assert await done.get() == "b"


async def test_a_task_of_a_process_that_died_is_dropped_and_can_be_queued_again(
    queue: TaskQueue, postgres_store: Store
) -> None:
    worker = RecordingWorker()
    await queue.enqueue([Task("poll", "a", lock="one")])
    dying = TaskQueue(postgres_store.conninfo())
    async with dying, working(dying, worker):
        assert await worker.begun.get() == "a"
        assert await queue.delete_lost() == 0  # it lives
        assert await queue.delete_lost(dead_after=-1) == 1  # as it will look when it has been silent for long
        assert await queue.enqueue([Task("poll", "a", lock="one")]) == 1
        async with TaskQueue(postgres_store.conninfo()) as other, working(other, worker):
            assert await worker.begun.get() == "a"
            worker.release("a")


@pytest.mark.parametrize("is_there", [True, False])
async def test_an_end_that_cannot_be_noted_ends_the_work_and_one_that_was_forgotten_does_not(
    queue: TaskQueue, is_there: bool
) -> None:
    (first,) = [job for job in await asked(queue) if job.task_kwargs["subject"] == "a"]
    if is_there:
        await queue._app.connector.execute_query_async("ALTER TABLE procrastinate_jobs RENAME TO elsewhere")
    else:
        await queue._manager.finish_job(first, Status.FAILED, delete_job=True)
    await queue._manager.finish_job(first, Status.FAILED, delete_job=True)
    assert queue._manager.failed.is_set() is is_there


async def asked(queue: TaskQueue) -> list[Job]:
    await queue.enqueue([Task("poll", "a")])
    return await queue._jobs("todo")


async def test_a_database_that_cannot_be_read_is_reported_in_one_line(postgres_store: Store) -> None:
    queue = TaskQueue(postgres_store.conninfo())
    async with queue:
        await queue._app.connector.execute_query_async("DROP TABLE procrastinate_jobs CASCADE")
        with pytest.raises(DatabaseError, match="does not exist"):
            await queue.enqueue([Task("poll", "a")])
        with pytest.raises(DatabaseError, match="does not exist"):
            await queue.run_tasks(RecordingWorker(), {("poll",): 1, ("deliveries",): 1})
