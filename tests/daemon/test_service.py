"""Jobs of the daemon: one that fails stops no other, and heartbeats are written while they run."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from monitor.app import App
from monitor.core import jobs
from monitor.core.errors import DatabaseError
from monitor.daemon import process
from monitor.daemon.config_reload import ConfigWatcher
from monitor.daemon.service import Daemon
from monitor.store._outgoing_tables import RuleStateRow
from monitor.store._statements import save_rows
from tests.daemon.fake_jobs import NOW, FakeJobs, wait_for_a_beat

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.settings import Settings
    from monitor.store import Store


@pytest.mark.parametrize("fault", [RuntimeError("bug"), DatabaseError("gone"), TimeoutError()])
async def test_a_job_that_fails_is_logged_and_the_next_run_starts(
    fault: Exception, make: Callable[..., Daemon], store: Store, log_events: list
) -> None:
    fake_jobs = FakeJobs(fails={"poll": fault})
    watched = make(fake_jobs)
    await watched._run_job(jobs.POLL, fake_jobs.start_due)
    assert [event["log_level"] for event in log_events] == ["error"]
    assert "poll" not in store.heartbeats()  # its silence will be noticed

    fake_jobs.fails.clear()
    await watched._run_job(jobs.POLL, fake_jobs.start_due)
    assert store.heartbeats()["poll"] == NOW


async def test_a_job_that_takes_too_long_is_ended(make: Callable[..., Daemon], log_events: list) -> None:
    fake_jobs = FakeJobs(hangs={"poll"})
    await make(fake_jobs)._run_job(replace(jobs.POLL, limit=timedelta(milliseconds=1)), fake_jobs.start_due)
    assert fake_jobs.calls == ["poll"]
    assert log_events[0]["event"] == "job took too long"


async def test_every_job_runs_at_once_and_never_twice_at_a_time(make: Callable[..., Daemon]) -> None:
    scheduler = make(FakeJobs())._job_scheduler()
    scheduler.start(paused=True)
    waiting = scheduler.get_jobs()
    scheduler.shutdown(wait=False)
    assert {job.id for job in waiting} == {
        *("poll", "partials", "revisits", "digests", "alerts", "deliveries"),
        *("operator", "upkeep", "backup", "ledger", "audit", "search index", "reload"),
    }
    assert all(job.misfire_grace_time is None and job.coalesce and job.max_instances == 1 for job in waiting)
    assert all(job.next_run_time <= datetime.now(UTC) for job in waiting)


async def test_upkeep_is_done_once_and_then_rests(make: Callable[..., Daemon], store: Store, log_events: list) -> None:
    of_older_program = {"rule_id": "a", "since": NOW, "state": {"hash": "1", "terms": {"ai act": "AI Act"}}}
    with store._writing() as connection:
        save_rows(connection, RuleStateRow, [of_older_program])
    watched = make(FakeJobs())
    await watched.upkeep().prune()
    await watched.upkeep().prune()
    assert [event["event"] for event in log_events] == ["pruned", "copies of lists removed from the history of rules"]
    assert log_events[1]["states"] == 1
    assert store.heartbeats()[jobs.UPKEEP.name] == NOW


async def test_heartbeats_are_written_only_while_the_scheduler_runs(make: Callable[..., Daemon], store: Store) -> None:
    watched = make(FakeJobs())
    beaten = wait_for_a_beat(watched)
    heart = asyncio.create_task(watched._write_heartbeats(watched._job_scheduler()))
    await beaten.wait()
    heart.cancel()
    assert jobs.DAEMON not in store.heartbeats()


async def test_two_daemons_do_not_share_a_database(loaded: Settings, store: Store, watch: ConfigWatcher) -> None:
    app = App(settings=loaded, store=store, clock=lambda: NOW)
    with store.lock(), pytest.raises(DatabaseError):
        await process.run_daemon(app, watch)


async def test_a_database_that_cannot_be_reached_is_logged_in_one_line(
    make: Callable[..., Daemon], log_events: list
) -> None:
    watched = make(FakeJobs())

    def keep() -> None:
        watched.stop()
        raise DatabaseError("the server cannot be reached")

    watched.keep_lock = keep
    await watched.run()
    (event,) = [event for event in log_events if event["event"] == "heartbeat not stored"]
    assert event["reason"] == "the server cannot be reached"
    assert "exc_info" not in event


async def test_an_unhealthy_role_writes_no_heartbeats(make: Callable[..., Daemon], store: Store) -> None:
    watched = make(FakeJobs())
    watched.role = replace(watched.role, is_healthy=lambda: False)
    beaten = wait_for_a_beat(watched)
    scheduler = watched._job_scheduler()
    scheduler.start(paused=True)
    heart = asyncio.create_task(watched._write_heartbeats(scheduler))
    await beaten.wait()
    heart.cancel()
    scheduler.shutdown(wait=False)
    assert jobs.DAEMON not in store.heartbeats()


async def test_jobs_that_could_not_run_while_the_process_was_suspended_stop_no_heartbeat(
    make: Callable[..., Daemon], store: Store, log_events: list
) -> None:
    watched = make(FakeJobs())
    ticks = 100.0
    watched.monotonic = lambda: ticks
    scheduler = watched._job_scheduler()
    scheduler.start(paused=True)
    await watched._write_heartbeat(scheduler)
    store.delete_heartbeat(jobs.DAEMON)
    ticks += 3600
    await watched._write_heartbeat(scheduler)
    assert jobs.DAEMON in store.heartbeats()
    assert log_events == []
    for _ in range(20):  # not one of them runs
        ticks += jobs.HEARTBEAT.every.total_seconds()
        await watched._write_heartbeat(scheduler)
    scheduler.shutdown(wait=False)
    assert "alerts" in log_events[-1]["jobs"]


async def test_jobs_that_do_not_run_stop_the_heartbeats(
    make: Callable[..., Daemon], store: Store, log_events: list
) -> None:
    watched = make(FakeJobs())
    ticks = 100.0
    watched.monotonic = lambda: ticks
    scheduler = watched._job_scheduler()
    scheduler.start(paused=True)  # it says that it is running, and runs nothing
    ticks += jobs.ALERTS.overdue_after.total_seconds() + 1
    await watched._run_job(jobs.RELOAD, watched.config_reload().run)
    beaten = wait_for_a_beat(watched)
    heart = asyncio.create_task(watched._write_heartbeats(scheduler))
    await beaten.wait()
    heart.cancel()
    scheduler.shutdown(wait=False)
    assert jobs.DAEMON not in store.heartbeats()
    assert [event["jobs"] for event in log_events] == [["alerts"]]


async def test_all_that_a_daemon_writes_is_written_on_one_thread(make: Callable[..., Daemon], store: Store) -> None:
    writers: set[str] = set()
    loop, pruned = asyncio.get_running_loop(), asyncio.Event()

    def note_writer(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement == "BEGIN IMMEDIATE":
            writers.add(threading.current_thread().name)
        if isinstance(parameters, tuple) and jobs.UPKEEP.name in parameters:
            loop.call_soon_threadsafe(pruned.set)

    sa.event.listen(store._engine, "before_cursor_execute", note_writer)
    watched = make(FakeJobs())
    running = asyncio.create_task(watched.run())
    async with asyncio.timeout(60):
        await pruned.wait()
    watched.stop()
    await running
    assert len(writers) == 1
