"""Jobs, heartbeats and health while the wall clock is set back or forward."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from monitor.app import App, utc_now
from monitor.core import jobs
from monitor.core.errors import DatabaseError
from monitor.core.model import Message, Uptime
from monitor.daemon import job_timing, process
from monitor.daemon.config_reload import ConfigWatcher
from monitor.daemon.job_timing import FixedInterval
from monitor.daemon.service import Daemon
from monitor.runtime.clocks import ClockStepDetector
from monitor.store import DatabaseThread
from tests.daemon.fake_jobs import NOW, FakeJobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    from monitor.settings import Settings
    from monitor.store import Store


@pytest.mark.parametrize("boot", ["before", "after"])
def test_a_message_does_not_wait_for_a_clock_that_was_set_back_while_no_daemon_ran(
    loaded: Settings, store: Store, boot: str
) -> None:
    message = Message(key="digest/1", kind="digest", channel="mail", subject="News", text="", recipients=("a",))
    store.enqueue(message, NOW)
    ((delivery, _),) = store.claim_deliveries(NOW)
    store.retry_later(delivery.id, NOW + timedelta(hours=1), "451 later")
    store.record_heartbeat(jobs.DAEMON, NOW, Uptime(boot="before", seconds=10.0))
    now = NOW - timedelta(days=1)
    app = App(settings=loaded, store=store, clock=lambda: now, uptime=lambda: Uptime(boot=boot, seconds=20.0))
    app.record_start()
    assert store.claim_deliveries(now + timedelta(minutes=59)) == []
    assert len(store.claim_deliveries(now + timedelta(hours=1))) == 1


def late_jobs(scheduler: AsyncIOScheduler) -> list[str]:
    """Name the jobs that wait longer than their interval."""
    return [job.id for job in scheduler.get_jobs() if job.next_run_time - utc_now() > job.trigger.interval]


@pytest.mark.parametrize("back", [timedelta(seconds=40), timedelta(hours=1), timedelta(days=3650)])
async def test_no_job_waits_for_a_clock_that_was_set_back(
    back: timedelta, make: Callable[..., Daemon], store: Store, log_events: list
) -> None:
    watched = make(FakeJobs())
    scheduler = watched._job_scheduler()
    scheduler.start(paused=True)
    planned = {job.id: job.trigger.interval for job in scheduler.get_jobs()}
    for name, interval in planned.items():
        scheduler.modify_job(name, next_run_time=utc_now() + back + interval)  # as a step back leaves it
    assert set(late_jobs(scheduler)) == set(planned)

    steps = ClockStepDetector(watched.app.clock, watched.monotonic)
    await watched.clock_watch(scheduler).check(watched._last_run_ended, steps)
    assert late_jobs(scheduler) == []
    at = utc_now()
    assert all(job.next_run_time > at - timedelta(minutes=1) for job in scheduler.get_jobs())
    scheduler.shutdown(wait=False)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=11), timedelta(hours=1), timedelta(days=3650)])
def test_times_missed_when_the_clock_goes_forward_are_made_up_for_once(late: timedelta) -> None:
    every = FixedInterval(timedelta(seconds=10))
    runs, planned, now = 0, NOW, NOW + late
    while planned <= now:  # as APScheduler does before it runs a job
        runs, planned = runs + 1, every.get_next_fire_time(planned, now)
    assert runs == 1
    assert now < planned <= now + every.interval


def test_a_job_in_time_keeps_to_its_grid() -> None:
    every = FixedInterval(timedelta(seconds=10))
    assert every.get_next_fire_time(NOW, NOW + timedelta(seconds=3)) == NOW + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-259_200, ["clock stepped back by 3 days; jobs go on"]),
        (-3600, ["clock stepped back by 1 hour; jobs go on"]),
        (86400, ["clock stepped forward by 24 hours; jobs go on"]),
        (-3599.9, ["clock stepped back by 1 hour; jobs go on"]),
        (0.5, []),
    ],
)
async def test_a_step_of_the_clock_is_logged_once_and_kept_for_doctor(
    seconds: float, words: list[str], make: Callable[..., Daemon], store: Store, log_events: list
) -> None:
    watched = make(FakeJobs())
    wall, ticks = NOW, 100.0
    watched.app.clock = lambda: wall
    watched.monotonic = lambda: ticks
    scheduler = watched._job_scheduler()
    steps = ClockStepDetector(watched.app.clock, watched.monotonic)
    for step in (0, seconds, 0):
        wall, ticks = wall + timedelta(seconds=1 + step), ticks + 1
        await watched.clock_watch(scheduler).check(watched._last_run_ended, steps)
    assert [event["event"] for event in log_events] == words
    if words:
        beats = store.heartbeats()
        before, after = beats[jobs.CLOCK_BEFORE_STEP], beats[jobs.CLOCK_AFTER_STEP]
        assert after - before == timedelta(seconds=seconds)


class BusyThread(DatabaseThread):
    """A database thread that refuses its first calls."""

    def __init__(self, refusals: int, writes: int, error: Exception | None = None) -> None:
        super().__init__()
        self.refusals, self.writes, self.is_done = refusals, writes, asyncio.Event()
        self.error = error or DatabaseError("locked by another program")

    async def run(self, function: Callable[..., object], /, *args: object, **kwargs: object) -> object:
        if self.refusals:
            self.refusals -= 1
            raise self.error
        result = await super().run(function, *args, **kwargs)
        self.writes -= 1
        if not self.writes:
            self.is_done.set()
        return result


async def test_a_step_that_a_locked_database_does_not_store_is_stored_later_and_reported_in_one_line(
    make: Callable[..., Daemon], store: Store, log_events: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = Message(key="digest/1", kind="digest", channel="mail", subject="News", text="", recipients=("a",))
    store.enqueue(message, NOW)
    ((delivery, _),) = store.claim_deliveries(NOW)
    store.retry_later(delivery.id, NOW + timedelta(hours=1), "451 later")
    wall = NOW
    with BusyThread(refusals=2, writes=4) as busy:
        watched = make(FakeJobs(database=busy))
        watched.app.clock = lambda: wall
        monkeypatch.setattr(job_timing, "CLOCK_CHECK_INTERVAL", 0.001)
        watching = asyncio.create_task(watched.clock_watch(watched._job_scheduler()).run((), lambda: 100.0))
        await asyncio.sleep(0)
        wall -= timedelta(days=1)
        async with asyncio.timeout(60):
            await busy.is_done.wait()
        watching.cancel()
    assert store.claim_deliveries(wall + timedelta(minutes=59)) == []
    assert len(store.claim_deliveries(wall + timedelta(hours=1))) == 1
    events = [event for event in log_events if event["log_level"] != "info"]
    refused = "step of the clock not stored, tried again"
    assert [each["event"] for each in events] == ["clock stepped back by 24 hours; jobs go on", refused, refused]
    assert not any("exc_info" in each for each in events)


async def test_a_bug_in_storing_a_step_is_logged_once_and_keeps_nothing_else_from_being_stored(
    make: Callable[..., Daemon], store: Store, log_events: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = NOW
    with BusyThread(refusals=1, writes=2, error=RuntimeError("a bug")) as busy:
        watched = make(FakeJobs(database=busy))
        watched.app.clock = lambda: wall
        monkeypatch.setattr(job_timing, "CLOCK_CHECK_INTERVAL", 0.001)
        watching = asyncio.create_task(watched.clock_watch(watched._job_scheduler()).run((), lambda: 100.0))
        await asyncio.sleep(0)
        wall += timedelta(days=1)
        async with asyncio.timeout(60):
            await busy.is_done.wait()
        watching.cancel()
    assert jobs.CLOCK_AFTER_STEP in store.heartbeats()
    assert [event["event"] for event in log_events].count("the clock is not watched") == 1


@pytest.mark.parametrize(
    ("slept", "reported"),
    [
        (timedelta(hours=4), ["the daemon did not run from 2026-05-01 12:00 to 2026-05-01 16:00 UTC"]),
        (timedelta(minutes=14), []),
    ],
)
async def test_a_suspension_is_reported_to_the_operator_like_any_other_time_without_the_daemon(
    slept: timedelta, reported: list[str], make: Callable[..., Daemon], loaded: Settings, store: Store
) -> None:
    wall, up = NOW, 1000.0
    watched = make(FakeJobs())
    watched.app.clock = lambda: wall
    watched.app.uptime = lambda: Uptime(boot="one", seconds=up)
    scheduler = watched._job_scheduler()
    watch, steps = watched.clock_watch(scheduler), ClockStepDetector(watched.app.clock, watched.monotonic)
    wall, up = wall + slept, up + slept.total_seconds()
    for _ in range(2):
        await watch.check((), steps)
    gaps = [each.title for each in watched.app.conditions() if each.key.startswith("downtime")]
    assert gaps == reported


@pytest.mark.parametrize("put_back", [timedelta(0), timedelta(hours=1)])
async def test_health_fails_while_a_job_blocks_the_event_loop_whatever_the_wall_clock_says(
    put_back: timedelta, loaded: Settings, store: Store, watch: ConfigWatcher
) -> None:
    wall, up = NOW, 1000.0
    blocked, release = threading.Event(), threading.Event()
    app = App(settings=loaded, store=store, clock=lambda: wall, uptime=lambda: Uptime(boot="one", seconds=up))
    fake_jobs = FakeJobs()

    async def block() -> None:
        await beaten.wait()
        blocked.set()
        release.wait()  # no await: nothing else runs on this loop

    fake_jobs.start_due = block
    watched = Daemon(app=app, pipeline=fake_jobs, config=watch, role=process.full_role(fake_jobs))
    beaten = asyncio.Event()

    def well() -> bool:
        return jobs.health_problems(app.heartbeats(), app.clock()) == []

    def look() -> list[bool]:
        nonlocal wall, up
        assert blocked.wait(60)
        seen = [well()]
        wall, up = wall - put_back + timedelta(minutes=2), up + 120
        seen.append(well())
        release.set()
        return seen

    watched.keep_lock = lambda: loop.call_soon_threadsafe(beaten.set)
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(watched.run())
    looked = await asyncio.to_thread(look)
    watched.stop()
    await running
    assert looked == [True, False]


async def test_a_daemon_that_died_before_the_clock_was_set_back_is_dead(
    make: Callable[..., Daemon], store: Store
) -> None:
    watched = make(FakeJobs())
    wall, up = NOW, 1000.0
    watched.app = replace(watched.app, clock=lambda: wall, uptime=lambda: Uptime(boot="one", seconds=up))
    await watched._record_heartbeat(jobs.DAEMON)
    wall, up = NOW - timedelta(hours=1), up + 5
    assert jobs.health_problems(watched.app.heartbeats(), wall) == []
    wall, up = wall + timedelta(minutes=2), up + 120
    assert jobs.health_problems(watched.app.heartbeats(), wall)


@pytest.mark.parametrize("present", [None, Uptime(boot="two", seconds=1005), Uptime(boot="one", seconds=3)])
async def test_health_from_another_machine_or_boot_judges_by_the_wall_clock(
    present: Uptime | None, make: Callable[..., Daemon], store: Store
) -> None:
    store.record_heartbeat(jobs.DAEMON, NOW, Uptime(boot="one", seconds=1000))
    assert store.heartbeats(NOW + timedelta(seconds=5), present) == {jobs.DAEMON: NOW}
