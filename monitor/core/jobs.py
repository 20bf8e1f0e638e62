"""The daemon's jobs as data: interval, time limit, when one is overdue; and health as heartbeats show it.

A heartbeat is the time at which a job, or a process, last succeeded. Heartbeats are stored in the database by name, so
that `monitor health` works without a connection to the daemon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

ProcessRole = Literal["all", "scheduler", "worker"]
"""What a process does on its database: everything, or, on PostgreSQL, one share of it beside other processes."""
DAEMON = "daemon"
"""Heartbeat of the daemon, or of the scheduler process, independent of its jobs."""
DAEMON_STARTED = "daemon started"
"""The name under which the start is recorded once: a job cannot be overdue since before the start."""
DAEMON_STOPPED = "daemon stopped"
"""The name under which a stop is recorded, until the next start: the last heartbeat may be a few seconds old then."""
SCHEDULER = "scheduler"
"""The heartbeat, in addition to DAEMON, of a scheduler process, whose workers poll and send."""
WORKER_PREFIX = "worker "
"""Prefix of the heartbeats of workers; the machine's host name follows."""
CONFIG_ACCEPTED, CONFIG_REFUSED = "config taken", "config refused"
GAP_BEGAN, GAP_ENDED = "gap began", "gap ended"
"""The last heartbeat before the daemon's last start, and that start; or when it was last suspended, and resumed."""
DESCRIPTORS_SHORT = "descriptors short"
"""The name that is recorded with each heartbeat while the process is about to run out of file descriptors."""
CLOCK_BEFORE_STEP, CLOCK_AFTER_STEP = "clock before its last step", "clock after its last step"
"""The wall clock before and after its last detected step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One of the fixed jobs of the daemon."""

    name: str
    every: timedelta
    limit: timedelta
    """A run that takes longer is cancelled; what it has stored stays."""

    @property
    def overdue_after(self) -> timedelta:
        """Maximum age of its last success before it counts as a health problem."""
        return self.limit + 3 * self.every


_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
POLL = Job(name="poll", every=5 * _SECOND, limit=15 * _MINUTE)
RETRIES = Job(name="partials", every=5 * _MINUTE, limit=10 * _MINUTE)
RECHECKS = Job(name="revisits", every=5 * _MINUTE, limit=10 * _MINUTE)
DIGESTS = Job(name="digests", every=10 * _SECOND, limit=5 * _MINUTE)
ALERTS = Job(name="alerts", every=5 * _SECOND, limit=2 * _MINUTE)
DELIVERIES = Job(name="deliveries", every=5 * _SECOND, limit=5 * _MINUTE)
OPERATOR = Job(name="operator", every=_MINUTE, limit=_MINUTE)
LEDGER = Job(name="ledger", every=60 * _MINUTE, limit=5 * _MINUTE)
UPKEEP = Job(name="upkeep", every=15 * _MINUTE, limit=30 * _MINUTE)
SEARCH_INDEX = Job(name="search index", every=_MINUTE, limit=30 * _MINUTE)
AUDIT = Job(name="audit", every=30 * _MINUTE, limit=20 * _MINUTE)
BACKUP = Job(name="backup", every=5 * _MINUTE, limit=180 * _MINUTE)
LOST_TASKS = Job(name="lost", every=10 * _SECOND, limit=_MINUTE)
RELOAD = Job(name="reload", every=3 * _SECOND, limit=7 * _MINUTE)
HEARTBEAT = Job(name=DAEMON, every=10 * _SECOND, limit=30 * _SECOND)

WATCHED = (HEARTBEAT, POLL, RETRIES, RECHECKS, DIGESTS, ALERTS, DELIVERIES)


def worker_heartbeat_name(machine: str) -> str:
    """Return the name of the heartbeat of a machine's workers."""
    return WORKER_PREFIX + machine


def live_workers(heartbeats: Mapping[str, datetime], now: datetime) -> list[str]:
    """Return the machines with a recent worker heartbeat."""
    return sorted(
        name.removeprefix(WORKER_PREFIX)
        for name, at in heartbeats.items()
        if name.startswith(WORKER_PREFIX) and _is_fresh(at, now)
    )


def worker_health_problems(heartbeats: Mapping[str, datetime], now: datetime, machine: str) -> list[str]:
    """Return health problems of the workers of one machine, as sentences."""
    at = heartbeats.get(worker_heartbeat_name(machine))
    if at is None:
        return [f"no worker has ever run on {machine}"]
    return [] if _is_fresh(at, now) else [f"no worker on {machine} has sent a heartbeat {_since(at, now)}"]


def is_ticking(heartbeats: Mapping[str, datetime], now: datetime) -> bool:
    """Return True if the daemon, or the scheduler, has sent a heartbeat lately and was not stopped since."""
    return DAEMON in heartbeats and not _was_stopped(heartbeats) and _is_fresh(heartbeats[DAEMON], now)


def _was_stopped(heartbeats: Mapping[str, datetime]) -> bool:
    """Return True if the daemon was stopped after its last heartbeat; one after the stop is that of another process."""
    return DAEMON_STOPPED in heartbeats and heartbeats[DAEMON_STOPPED] >= heartbeats[DAEMON]


def health_problems(heartbeats: Mapping[str, datetime], now: datetime) -> list[str]:
    """Return health problems as sentences; an empty list when the daemon is healthy.

    `heartbeats` are adjusted to the current wall clock (`App.heartbeats`). One that is later than `now` all the same is
    ignored: it comes from another machine whose clock differs, or from before the clock was set back.
    """
    if DAEMON not in heartbeats:
        return ["no daemon has ever run on this database"]
    if _was_stopped(heartbeats):
        return [f"the daemon was stopped at {heartbeats[DAEMON_STOPPED]:%Y-%m-%d %H:%M:%S} UTC"]
    if not _is_fresh(heartbeats[DAEMON], now):
        return [f"the daemon has sent no heartbeat {_since(heartbeats[DAEMON], now)}"]
    started = min(heartbeats.get(DAEMON_STARTED, heartbeats[DAEMON]), now)
    last = {job: max(started, _ignore_future(heartbeats.get(job.name, started), now, started)) for job in WATCHED}
    return [
        *_descriptor_problems(heartbeats, now),
        *_worker_problems(heartbeats, now, started),
    ] + [
        f"{job.name} has not succeeded since {at:%Y-%m-%d %H:%M:%S} UTC"
        for job, at in last.items()
        if now - at > job.overdue_after
    ]


def _descriptor_problems(heartbeats: Mapping[str, datetime], now: datetime) -> list[str]:
    at = heartbeats.get(DESCRIPTORS_SHORT)
    if at is None or not _is_fresh(at, now):
        return []
    return ["file descriptors run short, so that polls and messages fail: raise LimitNOFILE (systemd) or `ulimit -n`"]


def _worker_problems(heartbeats: Mapping[str, datetime], now: datetime, started: datetime) -> list[str]:
    """Report a scheduler without workers, not before it has run for the time a heartbeat may take."""
    scheduling = heartbeats.get(SCHEDULER)
    if scheduling is None or not _is_fresh(scheduling, now) or now - started < HEARTBEAT.overdue_after:
        return []
    return [] if live_workers(heartbeats, now) else ["no worker is running: start `monitor run --role worker`"]


def _is_fresh(at: datetime, now: datetime) -> bool:
    return abs(now - at) <= HEARTBEAT.overdue_after


def _since(at: datetime, now: datetime) -> str:
    words = f"since {at:%Y-%m-%d %H:%M:%S} UTC"
    return words if at <= now else f"{words}, which is ahead of this clock: {now:%Y-%m-%d %H:%M:%S} UTC"


def _ignore_future(at: datetime, now: datetime, otherwise: datetime) -> datetime:
    return at if at - now <= HEARTBEAT.overdue_after else otherwise


def upkeep_due(last: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Return True once a night at 3 o'clock in `zone`, when a night was missed, or when `last` is in the future."""
    if last is None or now - last > timedelta(hours=36) or last - now > timedelta(hours=1):
        return True
    return now.astimezone(zone).hour == 3 and now - last > timedelta(hours=12)
