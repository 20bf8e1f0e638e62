"""The daemon ends on a signal or when another one has its database, after what is under way."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from monitor.core import jobs
from monitor.core.errors import DatabaseInUseError
from monitor.daemon.service import Daemon
from tests.daemon.fake_jobs import NOW, FakeJobs, wait_for_a_beat

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.store import Store


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_after_what_is_in_flight(
    number: signal.Signals, make: Callable[..., Daemon], store: Store, log_events: list
) -> None:
    fake_jobs = FakeJobs(hangs={"poll"})
    watched = make(fake_jobs)
    store.record_heartbeat(jobs.DAEMON_STOPPED, NOW - timedelta(hours=1))
    beaten = wait_for_a_beat(watched)
    running = asyncio.create_task(watched.run())
    while "poll" not in fake_jobs.calls:
        await fake_jobs.called.wait()
        fake_jobs.called.clear()
    await beaten.wait()
    assert jobs.DAEMON_STOPPED not in store.heartbeats()  # the stop before this start
    os.kill(os.getpid(), number)
    await fake_jobs.stopped.wait()
    assert not running.done()  # the poll is still in hand

    fake_jobs.release.set()
    await running
    assert "poll finished" in fake_jobs.calls
    assert log_events[-1]["event"] == "stopped"
    assert store.heartbeats().keys() >= {jobs.DAEMON, jobs.DAEMON_STOPPED}


async def test_a_job_that_does_not_end_in_time_is_cancelled(make: Callable[..., Daemon], log_events: list) -> None:
    fake_jobs = FakeJobs(hangs={"poll"})
    watched = make(fake_jobs)
    watched.finish_timeout = 0.01
    running = asyncio.create_task(watched.run())
    while "poll" not in fake_jobs.calls:
        await fake_jobs.called.wait()
        fake_jobs.called.clear()
    watched.stop()
    await running
    assert "poll finished" not in fake_jobs.calls
    assert {"event": "broken off", "job": "poll", "log_level": "warning"} in log_events


async def test_a_daemon_that_others_have_replaced_finishes_and_says_why(
    make: Callable[..., Daemon], store: Store, log_events: list
) -> None:
    watched = make(FakeJobs())

    def keep() -> None:
        raise DatabaseInUseError("another monitor is running on this database")

    watched.keep_lock = keep
    with pytest.raises(DatabaseInUseError, match="another monitor"):
        await watched.run()
    assert log_events[-1]["event"] == "stopped"
    assert jobs.DAEMON_STOPPED not in store.heartbeats()  # the other one runs


async def test_a_job_that_ignores_its_cancellation_is_abandoned(make: Callable[..., Daemon], log_events: list) -> None:
    fake_jobs, deaf = FakeJobs(), asyncio.Event()

    async def poll() -> None:
        fake_jobs.called.set()
        while not deaf.is_set():
            with suppress(asyncio.CancelledError):
                await deaf.wait()

    fake_jobs.start_due = poll
    watched = make(fake_jobs)
    watched.finish_timeout = watched.cancel_timeout = 0.01
    running = asyncio.create_task(watched.run())
    await fake_jobs.called.wait()
    watched.stop()
    await running
    assert log_events[-1]["event"] == "stopped"
    deaf.set()


async def test_deliveries_that_outlive_their_job_are_waited_for(make: Callable[..., Daemon]) -> None:
    fake_jobs = FakeJobs(hangs={"deliveries"})
    watched = make(fake_jobs)
    watched.role = replace(watched.role, actions={})  # between two runs of the job
    running = asyncio.create_task(watched.run())
    await asyncio.sleep(0)
    watched.stop()
    await fake_jobs.called.wait()
    assert not running.done()
    fake_jobs.release.set()
    await running
    assert "deliveries finished" in fake_jobs.calls
