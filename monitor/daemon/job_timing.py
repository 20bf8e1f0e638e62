"""The trigger of the daemon's jobs, and what is done after the wall clock was set or the process suspended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from apscheduler.triggers.base import BaseTrigger

from monitor.app import App, utc_now
from monitor.core import jobs
from monitor.core.errors import MonitorError
from monitor.core.jobs import Job
from monitor.core.messages.operator_conditions import LONG_GAP
from monitor.daemon.roles import Role
from monitor.runtime.clocks import ClockStepDetector, SuspensionDetector, describe_step
from monitor.store import DatabaseThread

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

CLOCK_CHECK_INTERVAL = 1.0
"""Seconds between checks for a step of the wall clock: less than the interval of any job."""
log = structlog.get_logger("monitor.daemon")


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
class ClockWatch:
    """Reschedules jobs after the wall clock was set back, and records its steps and the suspensions of this process."""

    app: App
    database: DatabaseThread
    role: Role
    job_scheduler: AsyncIOScheduler
    suspensions: SuspensionDetector = field(init=False)
    _unstored: list[Callable[[], None]] = field(default_factory=list)
    """What is still to be written to the database, in order."""

    def __post_init__(self) -> None:
        self.suspensions = SuspensionDetector(self.app.uptime)

    async def run(self, scheduled: Iterable[Job], monotonic: Callable[[], float]) -> None:
        """Check every second until cancelled."""
        steps = ClockStepDetector(self.app.clock, monotonic)
        while True:
            try:
                await self.check(scheduled, steps)
            except MonitorError as error:
                log.warning("step of the clock not stored, tried again", reason=str(error))
            except Exception:
                log.exception("the clock is not watched")
            await asyncio.sleep(CLOCK_CHECK_INTERVAL)

    async def check(self, scheduled: Iterable[Job], steps: ClockStepDetector) -> None:
        """Reschedule jobs that the wall clock has moved away from, and record a step or a long suspension.

        APScheduler waits until the wall clock reaches a job's next time. A job that would wait longer than its interval
        was scheduled before a step; this also catches steps that are too small to be detected as such.

        MonitorError if the database does not store it now: the next check tries again. After any other error, which is
        a bug, it is not stored.
        """
        now = utc_now()  # as APScheduler reads it
        for job in scheduled:
            waiting = self.job_scheduler.get_job(job.name)
            if waiting is not None and waiting.next_run_time - now > job.every:
                self.job_scheduler.modify_job(job.name, next_run_time=now + job.every)
        if step := steps.detect():
            self._note_step(step)
        suspended = self.suspensions.detect()
        if suspended >= LONG_GAP and self.role.does_upkeep:
            self._note_suspension(suspended)
        while self._unstored:
            write = self._unstored.pop(0)
            try:
                await self.database.run(write)
            except MonitorError:
                self._unstored.insert(0, write)
                raise

    def _note_step(self, step: timedelta) -> None:
        event = f"clock {describe_step(step)}; jobs go on"
        log.warning(event)
        after, store = self.app.clock(), self.app.store
        self._unstored += [
            partial(store.record_heartbeat, jobs.CLOCK_BEFORE_STEP, after - step),
            partial(store.record_heartbeat, jobs.CLOCK_AFTER_STEP, after),
            # On other machines, earlier heartbeats are not comparable any more.
            partial(self.app.record_heartbeat, self.role.started),
        ]
        if step < timedelta(0) and self.role.does_upkeep:
            self._unstored.append(partial(store.advance_attempts, after, -step))

    def _note_suspension(self, length: timedelta) -> None:
        log.warning("the process was suspended", minutes=round(length / timedelta(minutes=1)))
        self._unstored += [
            partial(self.app.record_gap, self.app.clock() - length),
            partial(self.app.record_heartbeat, self.role.started),  # so that nothing counts as overdue since before
        ]
