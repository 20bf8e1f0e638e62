"""The daemon: runs fixed jobs on a timer, handles signals, and reloads an edited configuration.

The role of the process defines its jobs. APScheduler only calls them on time: what is due is decided from the database.
The daemon itself stores heartbeats only; they are written outside of APScheduler, whose failure they must reveal. On
SIGTERM or SIGINT it starts no new work, waits FINISH_TIMEOUT seconds for work under way, then cancels it between two
transactions; stopping.LIMIT bounds all of this.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor.app import utc_now
from monitor.configuration import decide, record_accepted
from monitor.core import jobs
from monitor.core.errors import ConfigurationError, DatabaseInUseError, MonitorError
from monitor.daemon import configuration
from monitor.daemon.ledger_check import LedgerCheck
from monitor.daemon.roles import Role
from monitor.daemon.stopping import LIMIT, handle_stop_signals
from monitor.daemon.watchdog import STALL_LIMIT, SystemdNotifier, watch_loop
from monitor.runtime import descriptors
from monitor.runtime.clocks import ClockStepDetector, describe_step
from monitor.runtime.threads import DaemonThreads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from monitor.app import App, Pipeline
    from monitor.core.errors import Problem
    from monitor.core.jobs import Job, ProcessRole
    from monitor.settings import Settings

CLOCK_CHECK_INTERVAL = 1.0
"""Seconds between checks for a step of the wall clock: less than the interval of any job."""
FINISH_TIMEOUT = 20.0
"""Seconds for work under way when the daemon stops; the rest of stopping.LIMIT is for closing."""
CANCEL_TIMEOUT = 3.0
"""Seconds for cancelled jobs to record the results of their deliveries."""

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger("monitor.daemon")


async def run_daemon(
    app: App,
    config: ConfigWatcher,
    beside: Callable[[], AbstractContextManager[object]] = nullcontext,
    role: ProcessRole = "all",
) -> None:
    """Run until SIGTERM or SIGINT inside the context `beside`; DatabaseError if another process holds the lock."""
    with app.store.lock(role) as keep_lock:
        configuration.take_at_start(app, record=role != "worker")
        await _run_locked(app, config, beside, role, keep_lock)


async def _run_locked(
    app: App,
    config: ConfigWatcher,
    beside: Callable[[], AbstractContextManager[object]],
    role: ProcessRole,
    keep_lock: Callable[[], None],
) -> None:
    with beside():
        async with _open_role(role, app) as (pipeline, own):
            await Daemon(
                app=app,
                pipeline=pipeline,
                config=config,
                role=own,
                keep_lock=keep_lock,
                limit=LIMIT,
                stall_limit=STALL_LIMIT,
                notifier=SystemdNotifier(os.environ),
            ).run()


def _open_role(role: ProcessRole, app: App) -> AbstractAsyncContextManager[tuple[Pipeline, Role]]:
    match role:
        case "all":
            return _open_full_role(app)
        case "scheduler":
            from monitor.daemon.scheduler import open_scheduler

            return open_scheduler(app)
        case "worker":
            from monitor.daemon.worker import open_worker

            return open_worker(app)


@asynccontextmanager
async def _open_full_role(app: App) -> AsyncIterator[tuple[Pipeline, Role]]:
    async with app.open_pipeline() as pipeline:
        yield pipeline, full_role(pipeline)


def full_role(pipeline: Pipeline) -> Role:
    """Return the role of a daemon that does everything itself."""
    return Role(
        actions={
            jobs.POLL: pipeline.poll,
            jobs.RETRIES: pipeline.retry_pages,
            jobs.RECHECKS: pipeline.recheck_pages,
            jobs.DIGESTS: pipeline.digests,
            jobs.ALERTS: pipeline.alerts,
            jobs.DELIVERIES: pipeline.deliveries,
            jobs.OPERATOR: pipeline.operator,
        },
        finish=pipeline.drain,
    )


@dataclass(slots=True)
class ConfigWatcher:
    """Detects that the configuration on disk has changed, waits until the edit is complete, and reads it."""

    load: Callable[[Settings], Settings]
    """Read the configuration, given the one in force; ConfigurationError if it is refused."""
    fingerprint: Callable[[], object]
    """Return a value that differs after any edit."""
    requested: bool = False
    """Set by SIGHUP: read at the next check, even if the fingerprint is the same."""
    problems: tuple[Problem, ...] = ()
    """Why the last edit was refused; empty if it was taken."""
    _read: object = None
    _last: object = None

    def __post_init__(self) -> None:
        self._read = self._last = self.fingerprint()

    def changed(self) -> bool:
        """Return True once per edit, when two checks in a row see the same fingerprint.

        An unfinished save or checkout could otherwise be read as a removal of feeds or rules.
        """
        fingerprint = self.fingerprint()
        is_stable, self._last = fingerprint == self._last, fingerprint
        if not self.requested and (fingerprint == self._read or not is_stable):
            return False
        self._read, self.requested = fingerprint, False
        return True

    def read(self, current: Settings) -> Settings | None:
        """Read the configuration; None if it is refused, with the reasons in the log and in `problems`."""
        try:
            settings = self.load(current)
        except ConfigurationError as error:
            self.problems = error.problems
            configuration.log_refused(error.problems)
            return None
        self.problems = ()
        return settings


class FixedInterval(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """Fires at a fixed interval, once for any number of missed times.

    APScheduler's IntervalTrigger enumerates every missed time before it runs a job: minutes of work on the event loop
    after a clock step of a year.
    """

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the previous time plus the interval, or now plus the interval if that is past or too far ahead."""
        if previous_fire_time is None:
            return now
        planned: datetime = previous_fire_time + self.interval
        return planned if now < planned <= now + self.interval else now + self.interval


@dataclass(slots=True, kw_only=True)
class Daemon:
    """Runs the jobs of a role on one pipeline."""

    app: App
    pipeline: Pipeline
    config: ConfigWatcher
    role: Role
    keep_lock: Callable[[], None] = lambda: None
    finish_timeout: float = FINISH_TIMEOUT
    monotonic: Callable[[], float] = time.monotonic
    cancel_timeout: float = CANCEL_TIMEOUT
    limit: float | None = None
    """Seconds from the stop signal until the process is ended by force; None for never, as in tests."""
    stall_limit: float | None = None
    """Seconds without a tick of the event loop until the process is ended by force; None for never."""
    notifier: SystemdNotifier = field(default_factory=lambda: SystemdNotifier({}))
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _last_run_ended: dict[Job, float] = field(default_factory=dict)
    """When the last run of each job ended, successful or not, by the monotonic clock; initially the daemon's start."""
    _lock_lost: DatabaseInUseError | None = None
    _threads: DaemonThreads = field(default_factory=lambda: DaemonThreads(4, "daemon"))
    """For calls that block and do not write to the store: the configuration, the lock, the reading of retention."""
    _start_limit: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Run until `stop` is called or a signal arrives, then finish the work under way."""
        scheduler = self._scheduler()
        if jobs.DAEMON in self.role.heartbeats:
            await self.pipeline.database.run(self.app.record_gap)
        await self._record_heartbeat(self.role.started)
        async with AsyncExitStack() as stack:
            stack.callback(self._threads.shutdown)
            self._start_limit = stack.enter_context(handle_stop_signals(self.stop, self.limit))
            stack.enter_context(watch_loop(self.notifier, self.stall_limit))
            stack.callback(self._handle_sighup())
            heart = asyncio.create_task(self._write_heartbeats(scheduler))
            stack.callback(heart.cancel)
            stack.callback(asyncio.create_task(self._watch_clock(scheduler)).cancel)
            scheduler.start()
            _log_configuration("started", self.app.settings)
            self.notifier.send("READY=1")
            await self._stop.wait()
            self.notifier.send("STOPPING=1")
            scheduler.pause()
            self._running.add(asyncio.create_task(self.role.finish(), name="finish"))  # type: ignore[arg-type]
            await self._finish()
            scheduler.shutdown(wait=False)
        log.info("stopped")
        if self._lock_lost:
            raise self._lock_lost

    def stop(self) -> None:
        """Start no new work, and end `run`."""
        log.info("stopping", in_flight=sorted(task.get_name() for task in self._running))
        self._start_limit()
        self.pipeline.stop()
        self._stop.set()

    def reload(self) -> None:
        """Read the configuration again at the next check."""
        self.config.requested = True

    def _scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        for job, action in self._jobs():
            scheduler.add_job(
                self._run_job,
                FixedInterval(job.every),
                args=(job, action),
                id=job.name,
                next_run_time=utc_now(),
            )
            self._last_run_ended[job] = self.monotonic()
        return scheduler

    def _jobs(self) -> list[tuple[Job, Callable[[], Awaitable[object]]]]:
        own = (
            {jobs.UPKEEP: self._upkeep, jobs.BACKUP: self._backup, jobs.LEDGER: self._ledger_job()}
            if self.role.does_upkeep
            else {}
        )
        return [*self.role.actions.items(), *own.items(), (jobs.RELOAD, self._reload)]

    async def _run_job(self, job: Job, action: Callable[[], Awaitable[object]]) -> None:
        """Run one job within its time limit; its failure does not affect other jobs or its next run."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine job always runs in a task
        task.set_name(job.name)
        self._running.add(task)
        try:
            async with asyncio.timeout(job.limit.total_seconds()):
                await action()
            if job in self.role.recorded:
                await self._record_heartbeat(job.name)
        except TimeoutError:
            log.error("job took too long", job=job.name, limit_s=job.limit.total_seconds())  # noqa: TRY400 - the traceback says nothing
        except MonitorError as error:
            log.error("job failed", job=job.name, reason=str(error))  # noqa: TRY400 - an expected error with a clear message
        except asyncio.CancelledError:
            if not self._stop.is_set():
                raise
            # The daemon broke it off while stopping and has logged that; APScheduler would log a traceback.
        except Exception:
            log.exception("job failed", job=job.name)
        finally:
            self._last_run_ended[job] = self.monotonic()
            self._running.discard(task)

    def _overdue(self) -> list[str]:
        """Return the jobs that have not run, successfully or not, for so long that APScheduler must have failed."""
        now = self.monotonic()
        return [
            job.name for job, ended in self._last_run_ended.items() if now - ended > job.overdue_after.total_seconds()
        ]

    async def _watch_clock(self, scheduler: AsyncIOScheduler) -> None:
        steps = ClockStepDetector(self.app.clock, self.monotonic)
        while True:
            try:
                await self._check_clock(scheduler, steps)
            except Exception:
                log.exception("the clock is not watched")
            await asyncio.sleep(CLOCK_CHECK_INTERVAL)

    async def _check_clock(self, scheduler: AsyncIOScheduler, steps: ClockStepDetector) -> None:
        """Reschedule jobs after the clock was set back, and record the step.

        APScheduler waits until the wall clock reaches a job's next time. A job that would wait longer than its interval
        was scheduled before a step; this also catches steps that are too small to be detected as such.
        """
        now = utc_now()  # as APScheduler reads it
        for job in self._last_run_ended:
            waiting = scheduler.get_job(job.name)
            if waiting is not None and waiting.next_run_time - now > job.every:
                scheduler.modify_job(job.name, next_run_time=now + job.every)
        if step := steps.detect():
            event = f"clock {describe_step(step)}; jobs go on"
            log.warning(event)
            after = self.app.clock()
            if step < timedelta(0) and self.role.does_upkeep:
                await self.pipeline.database.run(self.app.store.bring_forward, after, -step)
            await self.pipeline.database.run(self.app.store.record_heartbeat, jobs.CLOCK_BEFORE_STEP, after - step)
            await self.pipeline.database.run(self.app.store.record_heartbeat, jobs.CLOCK_AFTER_STEP, after)
            await self._record_heartbeat(self.role.started)  # on other machines, earlier heartbeats are not comparable

    async def _call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(function, *args, **kwargs))

    async def _record_heartbeat(self, name: str) -> None:
        await self.pipeline.database.run(self.app.record_heartbeat, name)

    async def _write_heartbeats(self, scheduler: AsyncIOScheduler) -> None:
        while True:
            try:
                if overdue := self._overdue():
                    log.error("jobs do not run, restart the daemon", jobs=overdue)
                elif scheduler.running and self.role.is_healthy():
                    for name in self.role.heartbeats:
                        await self._record_heartbeat(name)
                if descriptors.is_nearly_exhausted():
                    log.error("file descriptors run short", limit=descriptors.limit())
                    await self._record_heartbeat(jobs.DESCRIPTORS_SHORT)
                await self._call(self.keep_lock)
            except DatabaseInUseError as error:
                self._lock_lost = error  # another process took the lock while the connection was lost
                self.stop()
                return
            except Exception:
                log.exception("no heartbeat")
            await asyncio.sleep(jobs.HEARTBEAT.every.total_seconds())

    def _ledger_job(self) -> Callable[[], Awaitable[object]]:
        check = LedgerCheck(self.pipeline.deliverer.ledger)
        return lambda: self._call(check.run, self.app.clock())

    async def _upkeep(self) -> None:
        heartbeats = await self.pipeline.database.run(self.app.heartbeats)
        zone = ZoneInfo(self.app.settings.monitor.timezone)
        if jobs.upkeep_due(heartbeats.get(jobs.UPKEEP.name), self.app.clock(), zone):
            removed = await self._call(self.app.prune, database=self.pipeline.database)
            before = self.app.clock() - timedelta(days=1)
            await self.pipeline.database.run(self.app.store.delete_stale, jobs.WORKER_PREFIX, before)
            await self._record_heartbeat(jobs.UPKEEP.name)
            log.info("pruned", **removed)

    async def _backup(self) -> None:
        if not await self.pipeline.database.run(self.app.is_backup_due):
            return
        backup = await self._call(self.app.back_up, self.pipeline.database.call)
        if backup.reason:
            log.error("backup failed", file=backup.file, reason=backup.reason)
        else:
            log.info("backed up", file=backup.file, bytes=backup.size)

    async def _reload(self) -> None:
        if not await self._call(self.config.changed):
            return
        settings = await self._call(self.config.read, self.app.settings)
        if settings is None:
            await self._refuse(self.config.problems)
            return
        settings = await self._call(decide, settings, self.app.store, self.app.clock())
        configuration.log_refused_rules(settings)
        needs_restart = await self.pipeline.apply_settings(settings)
        if self.role.records_configuration:
            await self.pipeline.database.run(record_accepted, self.app.store, settings, self.app.clock())
        await self._record_heartbeat(jobs.CONFIG_ACCEPTED)
        _log_configuration("configuration taken", settings)
        if needs_restart:
            log.warning("restart the daemon for these to take effect", changed=needs_restart)

    async def _refuse(self, problems: tuple[Problem, ...]) -> None:
        self.app.settings, refusals = configuration.refuse(self.app.settings, problems)
        if self.role.records_configuration:
            await self.pipeline.database.run(self.app.store.save_refusals, refusals, self.app.clock())
        await self._record_heartbeat(jobs.CONFIG_REFUSED)

    def _handle_sighup(self) -> Callable[[], object]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        return partial(loop.remove_signal_handler, signal.SIGHUP)

    async def _finish(self) -> None:
        """Wait for work under way, then cancel the rest; what ignores the cancellation is abandoned."""
        role = asyncio.create_task(self._finish_role(), name="role")
        # Deliveries outlive the job that started them; this returns at once if there are none.
        sending = asyncio.create_task(
            self._run_job(jobs.DELIVERIES, self.pipeline.deliveries), name=jobs.DELIVERIES.name
        )
        _, late = await asyncio.wait({*self._running, role, sending}, timeout=self.finish_timeout)
        for task in late:
            log.warning("broken off", job=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=self.cancel_timeout)

    async def _finish_role(self) -> None:
        try:
            await self.role.finish()
        except Exception:
            log.exception("not finished")


def _log_configuration(event: str, settings: Settings) -> None:
    log.info(event, feeds=len(settings.feeds), rules=len(settings.rules.rules))
    for problem in settings.warnings:
        configuration.log_warning(problem)
