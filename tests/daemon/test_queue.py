"""Tasks: asked for once, done by one, forgotten when whoever took them has died."""

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
async def doing(queue: TaskQueue, do: Callable[[Task], Awaitable[None]], at_once: int = 5) -> AsyncIterator[None]:
    """Do tasks while the block runs."""
    task = asyncio.create_task(queue.run_tasks(do, {NAMES: at_once}))
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


class Hands:
    """Does tasks until told to let go, and remembers them."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[str] = asyncio.Queue()
        self.ended: asyncio.Queue[str] = asyncio.Queue()
        self.let_go: dict[str, asyncio.Event] = {}

    async def __call__(self, task: Task) -> None:
        self.begun.put_nowait(task.subject)
        await self.let_go.setdefault(task.subject, asyncio.Event()).wait()
        self.ended.put_nowait(task.subject)

    def release(self, *subjects: str) -> None:
        for subject in subjects:
            self.let_go.setdefault(subject, asyncio.Event()).set()


@pytest.fixture
async def queue(postgres_store: Store) -> AsyncIterator[TaskQueue]:
    async with TaskQueue(postgres_store.conninfo()) as opened:
        yield opened


async def test_an_errand_is_asked_for_once_until_it_is_done(queue: TaskQueue) -> None:
    hands = Hands()
    assert await queue.enqueue([Task("poll", "a"), Task("poll", "b")]) == 2
    assert await queue.enqueue([Task("poll", "a"), Task("deliveries")]) == 1
    async with doing(queue, hands):
        assert {await hands.begun.get() for _ in range(3)} == {"a", "b", ""}
        assert await queue.enqueue([Task("poll", "a")]) == 0  # in hand
        hands.release("a", "b", "")
        assert {await hands.ended.get() for _ in range(3)} == {"a", "b", ""}
    assert await queue.enqueue([Task("poll", "a"), Task("poll", "b"), Task("deliveries")]) == 3


async def test_a_lane_has_room_for_one_and_holds_up_no_other(queue: TaskQueue, postgres_store: Store) -> None:
    hands = Hands()
    await queue.enqueue([Task("poll", name, lock="slow") for name in "abc"] + [Task("poll", "d", lock="quick")])
    async with TaskQueue(postgres_store.conninfo()) as other, doing(queue, hands), doing(other, hands):
        assert {await hands.begun.get() for _ in range(2)} == {"a", "d"}
        hands.release("d")
        assert await hands.ended.get() == "d"
        assert hands.begun.empty()
        hands.release("a")
        assert await hands.begun.get() == "b"
        hands.release("b", "c")
        assert await hands.begun.get() == "c"


async def test_what_is_in_hand_at_the_end_is_finished_and_nothing_else_is_begun(queue: TaskQueue) -> None:
    hands = Hands()
    await queue.enqueue([Task("poll", "a"), Task("poll", "b")])
    async with doing(queue, hands, at_once=1):
        assert await hands.begun.get() == "a"
        asyncio.get_running_loop().call_soon(hands.release, "a")
    assert await hands.ended.get() == "a"
    assert hands.begun.empty()
    assert await queue.enqueue([Task("poll", "a"), Task("poll", "b")]) == 1  # b waits still


async def test_a_bug_in_one_errand_is_not_the_others(queue: TaskQueue) -> None:
    done: asyncio.Queue[str] = asyncio.Queue()

    async def do(task: Task) -> None:
        if task.subject == "a":
            raise RuntimeError(task.subject)
        done.put_nowait(task.subject)

    await queue.enqueue([Task("poll", "a", lock="one"), Task("poll", "b", lock="one")])
    async with doing(queue, do):
        assert await done.get() == "b"


async def test_an_errand_of_a_process_that_died_is_forgotten_and_can_be_asked_for_again(
    queue: TaskQueue, postgres_store: Store
) -> None:
    hands = Hands()
    await queue.enqueue([Task("poll", "a", lock="one")])
    dying = TaskQueue(postgres_store.conninfo())
    async with dying, doing(dying, hands):
        assert await hands.begun.get() == "a"
        assert await queue.delete_lost() == 0  # it lives
        assert await queue.delete_lost(dead_after=-1) == 1  # as it will look when it has been silent for long
        assert await queue.enqueue([Task("poll", "a", lock="one")]) == 1
        async with TaskQueue(postgres_store.conninfo()) as other, doing(other, hands):
            assert await hands.begun.get() == "a"
            hands.release("a")


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


async def test_a_database_that_cannot_be_asked_is_said_in_one_line(postgres_store: Store) -> None:
    queue = TaskQueue(postgres_store.conninfo())
    async with queue:
        await queue._app.connector.execute_query_async("DROP TABLE procrastinate_jobs CASCADE")
        with pytest.raises(DatabaseError, match="does not exist"):
            await queue.enqueue([Task("poll", "a")])
        with pytest.raises(DatabaseError, match="does not exist"):
            await queue.run_tasks(Hands(), {("poll",): 1, ("deliveries",): 1})
