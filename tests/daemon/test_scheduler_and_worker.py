"""Scheduler and worker, each alone, with the real queue and recorded work."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import structlog
from config_samples import minimal

from monitor import settings
from monitor.app import App
from monitor.core import jobs
from monitor.core.errors import DatabaseError
from monitor.core.model import FeedState
from monitor.daemon.queue import Task, TaskQueue
from monitor.daemon.scheduler import MAX_TASKS_PER_LOCK, Scheduler
from monitor.daemon.worker import ThreadedHostLimiter, Worker, open_shared_limiter
from monitor.store import DatabaseThread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from monitor.core.model import Feed
    from monitor.store import Store

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass
class RecordingApp:
    """Stands in for the pipeline: records the calls, and raises `fails` if it is set."""

    app: App
    are_due: list[tuple[Feed, FeedState]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fails: BaseException | None = None
    database: DatabaseThread = field(default_factory=DatabaseThread)

    @property
    def poller(self) -> RecordingApp:
        return self

    async def due(self) -> list[tuple[Feed, FeedState]]:
        return self.are_due

    async def poll_if_due(self, feed_id: str) -> None:
        self.calls.append(feed_id)
        if self.fails:
            raise self.fails

    async def operator(self) -> None:
        self.calls.append("operator")

    async def retry_pages(self) -> None:
        self.calls.append("partials")

    async def recheck_pages(self) -> None:
        self.calls.append("revisits")

    async def deliveries(self) -> None:
        self.calls.append("deliveries")

    async def digests(self) -> None: ...

    async def alerts(self) -> None: ...


@pytest.fixture
def recording(tmp_path: Path, postgres_store: Store) -> RecordingApp:
    loaded = settings.load(minimal(tmp_path / "config"), {})
    return RecordingApp(App(settings=loaded, store=postgres_store, clock=lambda: NOW))


@pytest.fixture
async def queue(postgres_store: Store) -> AsyncIterator[TaskQueue]:
    async with TaskQueue(postgres_store.conninfo()) as opened:
        yield opened


@pytest.fixture
def log_events() -> list[dict[str, object]]:
    with structlog.testing.capture_logs() as events:
        yield events


async def test_a_scheduler_enqueues_what_is_due_once_each_feed_under_a_lock_of_its_host(
    recording: RecordingApp, queue: TaskQueue
) -> None:
    (feed,) = recording.app.settings.feeds
    others = [replace(feed, id=f"feed-{one}", url=f"https://www.busy.example/{one}") for one in range(9)]
    recording.are_due = [(each, FeedState(feed_id=each.id)) for each in (feed, *others)]
    scheduler = Scheduler(pipeline=recording, queue=queue)
    await scheduler.enqueue_polls()
    await scheduler.enqueue_polls()
    waiting = await queue._jobs("todo")
    assert [job.task_kwargs["subject"] for job in waiting] == [feed.id, *(each.id for each in others)]
    assert {job.lock for job in waiting[1:]} == {"busy.example 0", "busy.example 1"}  # as many as per_host
    assert "poll" not in recording.app.store.heartbeats()  # a worker records it after a poll


async def test_only_the_feeds_longest_due_are_queued_for_a_host_with_very_many(
    recording: RecordingApp, queue: TaskQueue
) -> None:
    (feed,) = recording.app.settings.feeds
    many = [replace(feed, id=f"feed-{one}", url=f"https://busy.example/{one}") for one in range(5 * MAX_TASKS_PER_LOCK)]
    recording.are_due = [(each, FeedState(feed_id=each.id)) for each in many]
    await Scheduler(pipeline=recording, queue=queue).enqueue_polls()
    waiting = await queue._jobs("todo")
    assert Counter(job.lock for job in waiting) == {
        "busy.example 0": MAX_TASKS_PER_LOCK,
        "busy.example 1": MAX_TASKS_PER_LOCK,
    }
    asked = [job.task_kwargs["subject"] for job in waiting]
    assert asked == [each.id for each in many if each.id in asked]
    assert asked[:MAX_TASKS_PER_LOCK] == [each.id for each in many[:MAX_TASKS_PER_LOCK]]


async def test_the_tasks_of_a_dead_worker_are_queued_again_at_once(recording: RecordingApp, queue: TaskQueue) -> None:
    (feed,) = recording.app.settings.feeds
    recording.are_due = [(feed, FeedState(feed_id=feed.id))]
    scheduler = Scheduler(pipeline=recording, queue=queue)
    await scheduler.enqueue_polls()
    await queue._app.connector.execute_query_async("UPDATE procrastinate_jobs SET status = 'doing'")  # of no worker
    await scheduler.requeue_lost()
    (job,) = await queue._jobs("todo")
    assert job.task_kwargs["subject"] == feed.id


async def test_a_scheduler_records_that_nothing_was_due(recording: RecordingApp, queue: TaskQueue) -> None:
    await Scheduler(pipeline=recording, queue=queue).enqueue_polls()
    assert recording.app.store.heartbeats()["poll"] == NOW


async def test_a_scheduler_queues_one_task_for_sending_and_one_for_pages_at_a_time(
    recording: RecordingApp, queue: TaskQueue
) -> None:
    bodies = Scheduler(pipeline=recording, queue=queue).role().actions
    for _ in range(2):
        for job in (jobs.RETRIES, jobs.RECHECKS, jobs.DELIVERIES, jobs.LOST_TASKS):
            await bodies[job]()
    assert [(job.task_name, job.lock) for job in await queue._jobs("todo")] == [
        (name, name) for name in ("partials", "revisits", "deliveries")
    ]


async def test_a_worker_runs_each_kind_of_task_and_logs_it(recording: RecordingApp, queue: TaskQueue) -> None:
    worker = Worker(pipeline=recording, queue=queue, concurrency=2)
    for name in ("partials", "revisits", "deliveries"):
        await worker.run_task(Task(name))
    await worker.run_task(Task("poll", "a"))
    assert recording.calls == ["partials", "revisits", "deliveries", "a"]
    assert set(recording.app.store.heartbeats()) == {"partials", "revisits", "deliveries", "poll"}


async def test_heartbeats_of_many_polls_are_recorded_once_in_a_while(recording: RecordingApp, queue: TaskQueue) -> None:
    seconds = 100.0
    worker, store = (
        Worker(pipeline=recording, queue=queue, concurrency=2, monotonic=lambda: seconds),
        recording.app.store,
    )
    await worker.run_task(Task("poll", "a"))
    seconds += 1
    recording.app.clock = lambda: NOW - timedelta(hours=1)  # the wall clock does not count here
    await worker.run_task(Task("poll", "b"))
    assert store.heartbeats()["poll"] == NOW
    seconds += jobs.POLL.every.total_seconds()
    recording.app.clock = lambda: NOW + jobs.POLL.every
    await worker.run_task(Task("poll", "c"))
    assert store.heartbeats()["poll"] == NOW + jobs.POLL.every


@pytest.mark.parametrize("fault", [RuntimeError("bug"), DatabaseError("gone"), TimeoutError()])
async def test_a_task_that_fails_is_logged_and_not_as_done(
    recording: RecordingApp, queue: TaskQueue, fault: Exception, log_events: list
) -> None:
    recording.fails = fault
    await Worker(pipeline=recording, queue=queue, concurrency=2).run_task(Task("poll", "a"))
    assert [(event["log_level"], event["job"]) for event in log_events] == [("error", "poll a")]
    assert recording.app.store.heartbeats() == {}


async def test_a_worker_that_is_ended_sends_what_is_on_the_wire(recording: RecordingApp, queue: TaskQueue) -> None:
    task = asyncio.create_task(Worker(pipeline=recording, queue=queue, concurrency=2).run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recording.calls == ["deliveries"]


async def test_a_worker_without_its_queue_logs_it_and_is_unhealthy(
    recording: RecordingApp, queue: TaskQueue, log_events: list
) -> None:
    await queue._app.connector.execute_query_async("DROP TABLE procrastinate_workers CASCADE")
    worker = Worker(pipeline=recording, queue=queue, concurrency=2)
    role = worker.role(asyncio.Event().wait)
    task = asyncio.create_task(worker.run())
    while role.is_healthy() or not log_events:
        await asyncio.to_thread(int)  # the loop goes on meanwhile
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [event["event"] for event in log_events] == ["queue lost, reconnecting"]


async def test_a_cancelled_request_releases_its_slot(postgres_store: Store) -> None:
    asked, answer = threading.Event(), threading.Event()

    class Slow:
        def __init__(self) -> None:
            self.released: list[str] = []

        def try_acquire(self, host: str, gap: float) -> float:
            asked.set()
            answer.wait(30)
            return 0.0

        def release(self, host: str) -> None:
            self.released.append(host)

    slow = Slow()
    with ThreadPoolExecutor(1) as thread:
        taking = asyncio.create_task(ThreadedHostLimiter(slow, thread).try_acquire("a", 1.0))
        await asyncio.to_thread(asked.wait)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        answer.set()
        await asyncio.wrap_future(thread.submit(int))  # behind it on the same thread
    assert slow.released == ["a"]


async def test_slots_are_acquired_and_released_on_another_thread(postgres_store: Store) -> None:
    async with (
        open_shared_limiter(postgres_store.host_limits(1)) as mine,
        open_shared_limiter(postgres_store.host_limits(1)) as others,
    ):
        assert await mine.try_acquire("a", 0) == 0.0
        assert await others.try_acquire("a", 0) > 0
        mine.release("a")
        assert await mine.try_acquire("b", 0) == 0.0  # behind it on the same thread
        assert await others.try_acquire("a", 0) == 0.0
