"""The daemon: runs the jobs of its role on a timer until a signal ends it.

APScheduler only calls the jobs on time: what is due is decided from the database. On SIGTERM or SIGINT the daemon
starts no new work, waits FINISH_TIMEOUT_SECONDS for work under way, then cancels it between two
transactions; stopping.STOP_LIMIT_SECONDS bounds all of this.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import configuration
from monitor.app import App, utc_now
from monitor.core import jobs
from monitor.core.errors import DatabaseInUseError, MonitorError
from monitor.core.jobs import Job
from monitor.daemon.config_reload import ConfigReload, ConfigWatcher, log_accepted
from monitor.daemon.job_runs import run_job
from monitor.daemon.job_timing import ClockWatch, FixedInterval
from monitor.daemon.roles import Role
from monitor.daemon.stopping import handle_stop_signals
from monitor.daemon.upkeep import Upkeep
from monitor.daemon.watchdog import SystemdNotifier, watch_loop
from monitor.pipeline import Pipeline
from monitor.runtime import descriptors
from monitor.runtime.threads import DaemonThreads

FINISH_TIMEOUT_SECONDS = 20.0
"""Seconds for work under way when the daemon stops; the rest of stopping.STOP_LIMIT_SECONDS is for closing."""
CANCEL_TIMEOUT_SECONDS = 3.0
"""Seconds for cancelled jobs to record the results of their deliveries."""
_STOP_RECORD_SECONDS = 1.0
"""Seconds for recording that the daemon was stopped."""

log = structlog.get_logger("monitor.daemon")


@dataclass(slots=True, kw_only=True)
class Daemon:
    """Runs the jobs of a role on one pipeline."""

    app: App
    pipeline: Pipeline
    config: ConfigWatcher
    role: Role
    keep_lock: Callable[[], None] = lambda: None
    """Takes the lock of the database again if it was lost; called with each heartbeat."""
    finish_timeout: float = FINISH_TIMEOUT_SECONDS
    monotonic: Callable[[], float] = time.monotonic
    cancel_timeout: float = CANCEL_TIMEOUT_SECONDS
    stop_limit_seconds: float | None = None
    """Seconds from the stop signal until the process is ended by force; None for never, as in tests."""
    stall_limit: float | None = None
    """Seconds without a tick of the event loop until the process is ended by force; None for never."""
    notifier: SystemdNotifier = field(default_factory=lambda: SystemdNotifier({}))
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _last_run_ended: dict[Job, float] = field(default_factory=dict)
    """When the last run of each job ended, successful or not, by the monotonic clock; initially the daemon's start."""
    _last_beat: float | None = None
    """When a heartbeat was last due, by the monotonic clock."""
    _lock_lost: DatabaseInUseError | None = None
    _threads: DaemonThreads = field(default_factory=lambda: DaemonThreads(4, "daemon"))
    """Threads for calls that block and do not write to the store: configuration, lock, the reading of retention."""
    _start_stop_timer: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Run until `stop` is called or a signal arrives, then finish the work under way."""
        job_scheduler = self._job_scheduler()
        if jobs.DAEMON in self.role.heartbeats:
            await self.pipeline.database.run(self.app.record_start)
        await self._record_heartbeat(self.role.started)
        with ExitStack() as stack:
            stack.callback(self._threads.shutdown)
            self._start_stop_timer = stack.enter_context(handle_stop_signals(self.stop, self.stop_limit_seconds))
            stack.enter_context(watch_loop(self.notifier, self.stall_limit))
            stack.callback(self._handle_sighup(job_scheduler))
            stack.callback(asyncio.create_task(self._write_heartbeats(job_scheduler)).cancel)
            watched = self.clock_watch(job_scheduler).run(self._last_run_ended, self.monotonic)
            stack.callback(asyncio.create_task(watched).cancel)
            job_scheduler.start()
            log_accepted("started", self.app.settings)
            self.notifier.send("READY=1")
            await self._stop.wait()
            self.notifier.send("STOPPING=1")
            job_scheduler.pause()
            await self._finish()
            job_scheduler.shutdown(wait=False)
            await self._record_stop()
        log.info("stopped")
        if self._lock_lost:
            raise self._lock_lost

    def stop(self) -> None:
        """Start no new work, and end `run`."""
        log.info("stopping", in_flight=sorted(task.get_name() for task in self._running))
        self._start_stop_timer()
        self.pipeline.stop()
        self._stop.set()

    def _job_scheduler(self) -> AsyncIOScheduler:
        job_scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        for job, action in self._jobs():
            job_scheduler.add_job(
                self._run_job, FixedInterval(job.every), args=(job, action), id=job.name, next_run_time=utc_now()
            )
            self._last_run_ended[job] = self.monotonic()
        return job_scheduler

    def _jobs(self) -> list[tuple[Job, Callable[[], Awaitable[object]]]]:
        upkeep = self.upkeep().jobs() if self.role.does_upkeep else {}
        return [*self.role.actions.items(), *upkeep.items(), (jobs.RELOAD, self.config_reload().run)]

    def upkeep(self) -> Upkeep:
        """Return the upkeep of this database."""
        return Upkeep(app=self.app, pipeline=self.pipeline, threads=self._threads)

    def config_reload(self) -> ConfigReload:
        """Return the job that applies edits of the configuration."""
        return ConfigReload(
            app=self.app,
            pipeline=self.pipeline,
            role=self.role,
            watcher=self.config,
            threads=self._threads,
            run_decision=partial(configuration.read_edit_in_process, folder=self.app.settings.folder),
        )

    def clock_watch(self, job_scheduler: AsyncIOScheduler) -> ClockWatch:
        """Return what reschedules jobs after a step of the wall clock."""
        return ClockWatch(app=self.app, database=self.pipeline.database, role=self.role, job_scheduler=job_scheduler)

    async def _run_job(self, job: Job, action: Callable[[], Awaitable[object]]) -> None:
        """Run one job within its time limit; its failure does not affect other jobs or its next run."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine job always runs in a task
        task.set_name(job.name)
        self._running.add(task)
        try:
            await run_job(job, action(), partial(self._record_success, job), job.name, log)
        except asyncio.CancelledError:
            if not self._stop.is_set():
                raise
            # The daemon cancelled the job while stopping and logged it; raising would make APScheduler log a traceback.
        finally:
            self._last_run_ended[job] = self.monotonic()
            self._running.discard(task)

    def _overdue(self) -> list[str]:
        """Return the jobs that have not run, successfully or not, for so long that APScheduler must have failed."""
        now = self.monotonic()
        return [
            job.name for job, ended in self._last_run_ended.items() if now - ended > job.overdue_after.total_seconds()
        ]

    async def _write_heartbeats(self, job_scheduler: AsyncIOScheduler) -> None:
        """Write the role's heartbeats and keep the lock on the database; stop if another process took it meanwhile.

        This runs outside of APScheduler, so that its failure is noticed: the heartbeats stop.
        """
        while True:
            try:
                await self._write_heartbeat(job_scheduler)
                await self._threads.run(self.keep_lock)
            except DatabaseInUseError as error:
                self._lock_lost = error
                self.stop()
                return
            except MonitorError as error:
                log.error("heartbeat not stored", reason=str(error))  # noqa: TRY400 - an expected error with a clear message
            except Exception:
                log.exception("heartbeat not stored")
            await asyncio.sleep(jobs.HEARTBEAT.every.total_seconds())

    async def _write_heartbeat(self, job_scheduler: AsyncIOScheduler) -> None:
        before, self._last_beat = self._last_beat, self.monotonic()
        if before is not None and self._last_beat - before > jobs.HEARTBEAT.overdue_after.total_seconds():
            # The process was suspended: no job could run, and each has its time from now on.
            self._last_run_ended.update(dict.fromkeys(self._last_run_ended, self._last_beat))
        if overdue := self._overdue():
            log.error("jobs do not run, restart the daemon", jobs=overdue)
        elif job_scheduler.running and self.role.is_healthy():
            for name in self.role.heartbeats:
                await self._record_heartbeat(name)
        if descriptors.is_nearly_exhausted():
            log.error("file descriptors run short", limit=descriptors.limit())
            await self._record_heartbeat(jobs.DESCRIPTORS_SHORT)

    async def _record_success(self, job: Job) -> None:
        if job in self.role.recorded:
            await self._record_heartbeat(job.name)

    async def _record_heartbeat(self, name: str) -> None:
        await self.pipeline.database.run(self.app.record_heartbeat, name)

    async def _record_stop(self) -> None:
        """Store that the daemon was stopped, unless another process has taken its place."""
        if jobs.DAEMON not in self.role.heartbeats or self._lock_lost:
            return
        try:
            async with asyncio.timeout(_STOP_RECORD_SECONDS):
                await self._record_heartbeat(jobs.DAEMON_STOPPED)
        except (MonitorError, TimeoutError) as error:
            log.warning("stop not stored", reason=str(error) or "the database is busy")

    def _reload_now(self, job_scheduler: AsyncIOScheduler) -> None:
        """Read the configuration again, at once or when the check under way has ended."""
        self.config.requested = True
        if jobs.RELOAD.name not in {task.get_name() for task in self._running}:
            job_scheduler.modify_job(jobs.RELOAD.name, next_run_time=utc_now())

    def _handle_sighup(self, job_scheduler: AsyncIOScheduler) -> Callable[[], object]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._reload_now, job_scheduler)
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
            log.exception("tasks under way not finished")
