"""The daemon: a handful of fixed jobs on an alarm clock, signals, and the reload of an edited configuration.

Which jobs these are its role says: everything, or what a scheduler or a worker does on PostgreSQL. APScheduler only
says when; what is due stands in the database. It decides nothing else and stores nothing but beats. The heartbeat runs
beside the scheduler, since a scheduler that has died cannot say so. SIGTERM and SIGINT: no new work is taken, what is
in flight is finished (within STOPPING seconds, then broken off between two transactions), and nothing that blocks keeps
the process alive for longer than stopping.LIMIT.
"""

from __future__ import annotations

import asyncio
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
from typing import TYPE_CHECKING, Literal, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor.app import utc_now
from monitor.core import jobs
from monitor.core.errors import ConfigurationError, MonitorError, TakenError
from monitor.daemon.roles import Duties
from monitor.daemon.stopping import LIMIT, stop_signals
from monitor.runtime import descriptors
from monitor.runtime.clocks import StepWatch, step_in_words
from monitor.runtime.threads import DaemonThreads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from monitor.app import App, Work
    from monitor.core.errors import Problem
    from monitor.core.jobs import Job
    from monitor.settings import Settings

CLOCK_LOOKS = 1.0
"""Seconds between two looks for a step of the wall clock: less than any job's interval."""
STOPPING = 20.0
"""Seconds for what is in flight when the daemon is told to stop; the rest of the 30 is for closing."""
SETTLING = 3.0
"""Seconds for jobs that were broken off, to record what became of their deliveries."""

P = ParamSpec("P")
T = TypeVar("T")
Role = Literal["all", "scheduler", "worker"]
log = structlog.get_logger("monitor.daemon")


async def serve(
    app: App,
    config: ConfigWatch,
    beside: Callable[[], AbstractContextManager[object]] = nullcontext,
    role: Role = "all",
) -> None:
    """Run until SIGTERM or SIGINT, with what runs beside it; DatabaseError when others have this database."""
    with app.store.lock(role) as keep_lock, beside():
        async with _by_role(role, app) as (work, duties):
            await Daemon(app=app, work=work, config=config, duties=duties, keep_lock=keep_lock, limit=LIMIT).run()


def _by_role(role: Role, app: App) -> AbstractAsyncContextManager[tuple[Work, Duties]]:
    match role:
        case "all":
            return _everything(app)
        case "scheduler":
            from monitor.daemon.scheduler import scheduling

            return scheduling(app)
        case "worker":
            from monitor.daemon.worker import working

            return working(app)


@asynccontextmanager
async def _everything(app: App) -> AsyncIterator[tuple[Work, Duties]]:
    async with app.work() as work:
        yield work, duties_of(work)


def duties_of(work: Work) -> Duties:
    """Return what a daemon does that does everything."""
    return Duties(
        bodies={
            jobs.POLL: work.poll,
            jobs.PARTIALS: work.retry_partials,
            jobs.REVISITS: work.revisit,
            jobs.DIGESTS: work.digests,
            jobs.ALERTS: work.alerts,
            jobs.DELIVERIES: work.deliveries,
        },
        finish=work.drain,
    )


@dataclass(slots=True)
class ConfigWatch:
    """Tells when the configuration on disk has changed and is at rest, and reads it."""

    load: Callable[[Settings], Settings]
    """Reads it, given what is in force; ConfigurationError when it is refused."""
    fingerprint: Callable[[], object]
    """Another value after any edit."""
    asked: bool = False
    """SIGHUP: read it at once, even if it looks the same."""
    _read: object = None
    _last: object = None

    def __post_init__(self) -> None:
        self._read = self._last = self.fingerprint()

    def changed(self) -> bool:
        """Whether there is something to read: true once an edit, when two looks in a row find the same.

        A save that is half done, or a checkout that is under way, would be read as a loss.
        """
        fingerprint = self.fingerprint()
        at_rest, self._last = fingerprint == self._last, fingerprint
        if not self.asked and (fingerprint == self._read or not at_rest):
            return False
        self._read, self.asked = fingerprint, False
        return True

    def read(self, current: Settings) -> Settings | None:
        """Read it; None when it is refused, and the log says why."""
        try:
            return self.load(current)
        except ConfigurationError as error:
            for problem in error.problems:
                if problem.level == "error":
                    log.error("configuration refused, the last good one goes on", problem=str(problem))  # noqa: TRY400
                else:
                    _warn(problem)
            return None


class Every(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """Fires at a fixed interval, once for any number of missed times.

    APScheduler's IntervalTrigger lists every missed time, one by one, before it runs a job: minutes of work on the
    event loop after a step forward by a year.
    """

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Give the next time on the grid; one interval from now where that is past, or too far ahead."""
        if previous_fire_time is None:
            return now
        planned: datetime = previous_fire_time + self.interval
        return planned if now < planned <= now + self.interval else now + self.interval


@dataclass(slots=True, kw_only=True)
class Daemon:
    """The jobs around one App, and how they start and end."""

    app: App
    work: Work
    config: ConfigWatch
    duties: Duties
    keep_lock: Callable[[], None] = lambda: None
    grace: float = STOPPING
    monotonic: Callable[[], float] = time.monotonic
    settling: float = SETTLING
    limit: float | None = None
    """Seconds after which a process that was told to stop is ended by force; None: never, as in tests."""
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: dict[Job, float] = field(default_factory=dict)
    """When a run of each job ended last, well or not, by the monotonic clock; at first, when the daemon started."""
    _ousted: TakenError | None = None
    _threads: DaemonThreads = field(default_factory=lambda: DaemonThreads(4, "daemon"))
    """For calls of the store and of the file system beside the jobs: not the thread of the jobs, which may be busy."""
    _start_limit: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Work until told to stop, then finish what is in flight."""
        scheduler = self._scheduler()
        await self._beat(self.duties.started)
        async with AsyncExitStack() as stack:
            stack.callback(self._threads.shutdown)
            self._start_limit = stack.enter_context(stop_signals(self.stop, self.limit))
            stack.callback(self._listen())
            heart = asyncio.create_task(self._heartbeat(scheduler))
            stack.callback(heart.cancel)
            stack.callback(asyncio.create_task(self._watch_clock(scheduler)).cancel)
            scheduler.start()
            _tell("started", self.app.settings)
            await self._stop.wait()
            scheduler.pause()
            self._running.add(asyncio.create_task(self.duties.finish(), name="finish"))  # type: ignore[arg-type]
            await self._finish()
            scheduler.shutdown(wait=False)
        log.info("stopped")
        if self._ousted:
            raise self._ousted

    def stop(self) -> None:
        """Take no new work and end."""
        log.info("stopping", in_flight=sorted(task.get_name() for task in self._running))
        self._start_limit()
        self.work.stop()
        self._stop.set()

    def reload(self) -> None:
        """Read the configuration anew at the next look."""
        self.config.asked = True

    def _scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        for job, body in self._jobs():
            scheduler.add_job(
                self._guarded,
                Every(job.every),
                args=(job, body),
                id=job.name,
                next_run_time=utc_now(),
            )
            self._ended[job] = self.monotonic()
        return scheduler

    def _jobs(self) -> list[tuple[Job, Callable[[], Awaitable[object]]]]:
        own = {jobs.NIGHT: self._upkeep} if self.duties.keeps_house else {}
        return [*self.duties.bodies.items(), *own.items(), (jobs.RELOAD, self._reload)]

    async def _guarded(self, job: Job, body: Callable[[], Awaitable[object]]) -> None:
        """Run one job: under its deadline, and such that no failure of it reaches another job or its own next run."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine job always runs in a task
        task.set_name(job.name)
        self._running.add(task)
        try:
            async with asyncio.timeout(job.limit.total_seconds()):
                await body()
            if job in self.duties.done:
                await self._beat(job.name)
        except TimeoutError:
            log.error("job took too long", job=job.name, limit_s=job.limit.total_seconds())  # noqa: TRY400 - no traceback
        except MonitorError as error:
            log.error("job failed", job=job.name, reason=str(error))  # noqa: TRY400 - expected, and says why itself
        except Exception:
            log.exception("job failed", job=job.name)
        finally:
            self._ended[job] = self.monotonic()
            self._running.discard(task)

    def _overdue(self) -> list[str]:
        """Tell which jobs have not run, well or not, for so long that the scheduler must have failed."""
        now = self.monotonic()
        return [job.name for job, ended in self._ended.items() if now - ended > job.patience.total_seconds()]

    async def _watch_clock(self, scheduler: AsyncIOScheduler) -> None:
        steps = StepWatch(self.app.clock, self.monotonic)
        while True:
            try:
                await self._look_at_clock(scheduler, steps)
            except Exception:
                log.exception("the clock is not watched")
            await asyncio.sleep(CLOCK_LOOKS)

    async def _look_at_clock(self, scheduler: AsyncIOScheduler, steps: StepWatch) -> None:
        """Let no job wait for a clock that was put back, and make a step known.

        APScheduler waits until the wall clock says a job's next time. A job that waits longer than its interval waits
        for the clock as it was before; this holds for steps that are too small, or too many, to be noticed as such.
        """
        now = utc_now()  # as APScheduler reads it
        for job in self._ended:
            waiting = scheduler.get_job(job.name)
            if waiting is not None and waiting.next_run_time - now > job.every:
                scheduler.modify_job(job.name, next_run_time=now + job.every)
        if step := steps.step():
            event = f"clock {step_in_words(step)}; jobs go on"
            log.warning(event)
            after = self.app.clock()
            if step < timedelta(0) and self.duties.keeps_house:
                await self._call(self.app.store.bring_forward, after, -step)
            await self._call(self.app.store.beat, jobs.CLOCK_BEFORE_STEP, after - step)
            await self._call(self.app.store.beat, jobs.CLOCK_AFTER_STEP, after)
            await self._beat(self.duties.started)  # on another machine, earlier beats are not comparable any more

    async def _call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(function, *args, **kwargs))

    async def _beat(self, name: str) -> None:
        await self._call(self.app.beat, name)

    async def _heartbeat(self, scheduler: AsyncIOScheduler) -> None:
        while True:
            try:
                if overdue := self._overdue():
                    log.error("jobs do not run, restart the daemon", jobs=overdue)
                elif scheduler.running and self.duties.is_well():
                    for name in self.duties.alive:
                        await self._beat(name)
                if descriptors.is_short():
                    log.error("file descriptors run short", limit=descriptors.limit())
                    await self._beat(jobs.DESCRIPTORS_SHORT)
                await self._call(self.keep_lock)
            except TakenError as error:
                self._ousted = error  # the connection was cut, and others came first: one of us is too many
                self.stop()
                return
            except Exception:
                log.exception("no heartbeat")
            await asyncio.sleep(jobs.HEARTBEAT.every.total_seconds())

    async def _upkeep(self) -> None:
        beats = await self._call(self.app.beats)
        zone = ZoneInfo(self.app.settings.monitor.timezone)
        if jobs.upkeep_due(beats.get(jobs.UPKEEP), self.app.clock(), zone):
            removed = await self._call(self.app.prune)
            before = self.app.clock() - timedelta(days=1)
            await self._call(self.app.store.tidy, jobs.WORKER, before)
            await self._beat(jobs.UPKEEP)
            log.info("pruned", **removed)

    async def _reload(self) -> None:
        if not await self._call(self.config.changed):
            return
        settings = await self._call(self.config.read, self.app.settings)
        if settings is None:
            await self._beat(jobs.CONFIG_REFUSED)
            return
        needs_restart = await self.work.apply(settings)
        await self._beat(jobs.CONFIG_TAKEN)
        _tell("configuration taken", settings)
        if needs_restart:
            log.warning("restart the daemon for these to take effect", changed=needs_restart)

    def _listen(self) -> Callable[[], object]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        return partial(loop.remove_signal_handler, signal.SIGHUP)

    async def _finish(self) -> None:
        """Wait `grace` seconds for all that is in flight, then cancel the rest; what ignores that is left behind."""
        duties = asyncio.create_task(self._finish_duties(), name="duties")
        # Deliveries outlive the job that started them; with nothing left to send, this returns at once.
        sending = asyncio.create_task(self._guarded(jobs.DELIVERIES, self.work.deliveries), name=jobs.DELIVERIES.name)
        _, late = await asyncio.wait({*self._running, duties, sending}, timeout=self.grace)
        for task in late:
            log.warning("broken off", job=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=self.settling)

    async def _finish_duties(self) -> None:
        try:
            await self.duties.finish()
        except Exception:
            log.exception("not finished")


def _tell(event: str, settings: Settings) -> None:
    log.info(event, feeds=len(settings.feeds), rules=len(settings.rules.rules))
    for problem in settings.warnings:
        _warn(problem)


def _warn(problem: Problem) -> None:
    log.warning("configuration warning", problem=str(problem))
