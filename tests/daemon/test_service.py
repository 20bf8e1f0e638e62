"""The daemon: a job that fails does not stop the others, edits are applied or refused, and it ends on a signal."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import structlog
from config_samples import minimal

from monitor import settings
from monitor.app import App, utc_now
from monitor.cli.daemon import _watch
from monitor.cli.session import Session
from monitor.configuration import record_accepted
from monitor.core import jobs
from monitor.core.errors import ConfigurationError, DatabaseError, DatabaseInUseError, Problem
from monitor.core.model import Message, Uptime
from monitor.daemon import process
from monitor.daemon.config_reload import ConfigWatcher, read_edit, refuse, take_at_start
from monitor.daemon.job_timing import FixedInterval
from monitor.daemon.service import Daemon
from monitor.runtime.clocks import ClockStepDetector
from monitor.store import DatabaseThread
from monitor.store._outgoing_tables import RuleStateRow
from monitor.store._statements import save_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    from monitor.settings import Settings
    from monitor.store import Store

REFUSED = "configuration refused, the last good one goes on"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass
class FakeJobs:
    """Jobs that record their calls, and fail or block as a test configures."""

    fails: dict[str, BaseException] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    applied: list[Settings] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    database: DatabaseThread = field(default_factory=DatabaseThread)

    async def _do(self, name: str) -> None:
        self.calls.append(name)
        self.called.set()
        if name in self.fails:
            raise self.fails[name]
        if name in self.hangs:
            await self.release.wait()
            self.calls.append(f"{name} finished")

    async def start_due(self) -> None:
        await self._do("poll")

    async def retry_pages(self) -> None:
        await self._do("partials")

    async def recheck_pages(self) -> None:
        await self._do("revisits")

    async def digests(self) -> None:
        await self._do("digests")

    async def alerts(self) -> None:
        await self._do("alerts")

    async def operator(self) -> None:
        await self._do("operator")

    async def deliveries(self) -> None:
        await self._do("deliveries")

    @property
    def deliverer(self) -> FakeJobs:
        return self

    @property
    def poller(self) -> FakeJobs:
        return self

    def ledger(self, _since: datetime, _until: datetime) -> SimpleNamespace:
        """Return a ledger that balances."""
        return SimpleNamespace(differences=())

    async def drain(self) -> None:
        await self._do("drain")

    def stop(self) -> None:
        self.stopped.set()

    async def apply_settings(self, new: Settings) -> list[str]:
        self.applied.append(new)
        return []


@pytest.fixture
def loaded(tmp_path: Path) -> Settings:
    """Settings of a folder with one feed, one rule and one digest."""
    folder = minimal(tmp_path / "config")
    (folder / "digests.yaml").write_text('digests: [{id: d, title: D, schedule: "0 8 * * *", channels: [outbox]}]\n')
    return settings.load(folder, {})


@pytest.fixture
def watch(loaded: Settings) -> ConfigWatcher:
    return ConfigWatcher(load=lambda: loaded, fingerprint=lambda: 1)


@pytest.fixture
def log_events() -> list[dict[str, object]]:
    """What was logged."""
    with structlog.testing.capture_logs() as events:
        yield events


@pytest.fixture
def make(loaded: Settings, store: Store, watch: ConfigWatcher) -> Iterator[Callable[..., Daemon]]:
    """Create daemons; their writes end before the store is closed."""
    threads = ExitStack()

    def daemon_with(fake_jobs: FakeJobs, config: ConfigWatcher = watch) -> Daemon:
        threads.enter_context(fake_jobs.database)
        return Daemon(
            app=App(settings=loaded, store=store, clock=lambda: NOW),
            pipeline=fake_jobs,
            config=config,
            role=process.full_role(fake_jobs),
        )

    with threads:
        yield daemon_with


def wait_for_a_beat(watched: Daemon) -> asyncio.Event:
    """Return an event that is set after the first heartbeat, or after one that was suppressed."""
    loop, beaten = asyncio.get_running_loop(), asyncio.Event()
    watched.keep_lock = lambda: loop.call_soon_threadsafe(beaten.set)
    return beaten


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


async def test_an_edit_is_taken_once(make: Callable[..., Daemon], loaded: Settings, store: Store) -> None:
    state = [1]
    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=lambda: loaded, fingerprint=lambda: state[0]))
    await watched.config_reload().run()
    assert fake_jobs.applied == []
    state[0] = 2
    await watched.config_reload().run()
    await watched.config_reload().run()
    await watched.config_reload().run()
    assert fake_jobs.applied == [loaded]
    assert store.heartbeats()[jobs.CONFIG_ACCEPTED] == NOW


async def test_an_edit_that_is_still_under_way_is_not_read(make: Callable[..., Daemon], loaded: Settings) -> None:
    looks = iter([1, 2, 3, 3, 3])
    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=lambda: loaded, fingerprint=lambda: next(looks)))
    await watched.config_reload().run()
    await watched.config_reload().run()
    assert fake_jobs.applied == []  # each look found something else
    await watched.config_reload().run()
    await watched.config_reload().run()
    assert fake_jobs.applied == [loaded]


async def test_an_edit_that_is_taken_back_before_the_second_check_is_none(
    make: Callable[..., Daemon], loaded: Settings
) -> None:
    looks = iter([1, 2, 1, 1])
    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=lambda: loaded, fingerprint=lambda: next(looks)))
    for _ in range(3):
        await watched.config_reload().run()
    assert fake_jobs.applied == []


@pytest.mark.parametrize(
    ("lost", "kind"),
    [("rules/one.yaml", "rule"), ("rules", "rule"), ("feeds.yaml", "feed"), ("digests.yaml", "digest")],
)
async def test_an_edit_that_takes_away_every_feed_rule_or_digest_is_refused_unless_another_process_has_taken_it(
    lost: str, kind: str, make: Callable[..., Daemon], loaded: Settings, store: Store, log_events: list
) -> None:
    file = loaded.folder / lost
    record_accepted(store, loaded, NOW)
    if file.is_dir():
        shutil.rmtree(file)
    else:
        file.write_text("")
    fake_jobs = FakeJobs()
    watcher = ConfigWatcher(lambda: loaded, lambda: 1, requested=True, in_force=store.configuration_digest)
    watched = make(fake_jobs, watcher)
    watched.config.load = partial(read_edit, partial(settings.load, loaded.folder, {}), watched.app)
    await watched.config_reload().run()
    assert fake_jobs.applied == []
    assert [(event["event"], event["log_level"]) for event in log_events] == [(REFUSED, "error")]
    assert f"C024 no {kind} is left of 1;" in log_events[0]["problem"]
    assert store.heartbeats()[jobs.CONFIG_REFUSED] == NOW
    await watched.config_reload().run()
    assert len(log_events) == 1  # nothing was taken elsewhere
    record_accepted(store, settings.load(loaded.folder, {}), NOW)
    await watched.config_reload().run()
    assert [taken.folder for taken in fake_jobs.applied] == [loaded.folder]
    assert watcher.problems == ()


def test_a_start_refuses_a_removal_that_was_not_seen_before_the_database_was_opened(
    loaded: Settings, store: Store, log_events: list
) -> None:
    record_accepted(store, loaded, NOW)
    (loaded.folder / "feeds.yaml").write_text("")
    app = App(settings=settings.load(loaded.folder, {}), store=store, clock=lambda: NOW)
    with pytest.raises(ConfigurationError, match=r"no feed is left of 1; .*--accept-removal") as refused:
        take_at_start(app, record=True)
    assert (log_events, store.configuration().texts) == ([], loaded.texts)
    app.settings, _ = refuse(loaded, refused.value.problems)
    worker, own = (_watch(Session(config=loaded.folder), None, app, role) for role in ("worker", "scheduler"))
    assert (worker.requested, worker.problems, own.problems) == (True, refused.value.problems[:1], ())
    assert worker.in_force() == store.configuration_digest() is not None
    app.settings = settings.load(loaded.folder, {})
    code = str(refused.value).partition("--accept-removal ")[2].partition("`")[0]
    take_at_start(app, record=True, accepted_removal=code)
    assert log_events[0]["event"] == "removal accepted"


async def test_an_edit_that_the_database_did_not_take_is_read_again(
    make: Callable[..., Daemon], loaded: Settings
) -> None:
    answers = iter([DatabaseError("gone"), None])

    def read() -> Settings:
        if error := next(answers):
            raise error
        return loaded

    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=read, fingerprint=lambda: 1, requested=True))
    with pytest.raises(DatabaseError):
        await watched.config_reload().run()
    await watched.config_reload().run()
    assert fake_jobs.applied == [loaded]


async def test_a_hangup_reads_the_configuration_even_if_it_looks_the_same(
    make: Callable[..., Daemon], loaded: Settings
) -> None:
    fake_jobs = FakeJobs()
    watched = make(fake_jobs)
    watched.reload()
    await watched.config_reload().run()
    assert fake_jobs.applied == [loaded]


async def test_a_bad_edit_is_refused_with_its_reason_and_the_last_good_one_stays(
    make: Callable[..., Daemon], store: Store, log_events: list
) -> None:
    def refuse() -> Settings:
        wrong = Problem("config/feeds.yaml", 3, 5, "C002", "unknown key 'ulr'")
        odd = Problem("config/feeds.yml", 0, 0, "C107", "is not read", "warning")
        raise ConfigurationError([wrong, odd])

    fake_jobs = FakeJobs()
    watched = make(fake_jobs, ConfigWatcher(load=refuse, fingerprint=lambda: 1, requested=True))
    await watched.config_reload().run()
    assert fake_jobs.applied == []
    assert [(event["log_level"], event["event"], event["problem"]) for event in log_events] == [
        ("error", REFUSED, "config/feeds.yaml:3:5: error: C002 unknown key 'ulr'"),
        ("warning", "configuration warning", "config/feeds.yml: warning: C107 is not read"),
    ]
    assert store.heartbeats()[jobs.CONFIG_REFUSED] == NOW


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


# ---------------------------------------------------------------- the clock


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
        (-3600, ["clock stepped back by 3600 s; jobs go on"]),
        (86400, ["clock stepped forward by 86400 s; jobs go on"]),
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
