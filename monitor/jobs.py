"""The daemon's few jobs as data: how often each runs, how long it may take, and when its silence is a fault.

A job's last success is a row in the database (`store.beat`), so that `monitor health` needs no word from the daemon.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

ALIVE = "daemon"
"""The name under which the daemon itself beats, outside any scheduler."""
STARTED = "daemon started"
"""Beats once: a job is not ill for what happened, or did not, before the daemon was there."""
SCHEDULER = "scheduler"
"""Beats beside the daemon's name where others poll and send."""
WORKER = "worker "
"""Begins the name under which the workers of a machine beat."""
CONFIG_TAKEN, CONFIG_REFUSED = "config taken", "config refused"
UPKEEP = "upkeep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One of the fixed jobs."""

    name: str
    every: timedelta
    limit: timedelta
    """A run that takes longer is ended; what it had stored stays."""

    @property
    def patience(self) -> timedelta:
        """How old its last success may be before something is wrong."""
        return self.limit + 3 * self.every


_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
POLL = Job(name="poll", every=15 * _SECOND, limit=15 * _MINUTE)
PARTIALS = Job(name="partials", every=5 * _MINUTE, limit=10 * _MINUTE)
REVISITS = Job(name="revisits", every=5 * _MINUTE, limit=10 * _MINUTE)
DIGESTS = Job(name="digests", every=10 * _SECOND, limit=5 * _MINUTE)
ALERTS = Job(name="alerts", every=5 * _SECOND, limit=2 * _MINUTE)
DELIVERIES = Job(name="deliveries", every=5 * _SECOND, limit=5 * _MINUTE)
NIGHT = Job(name=UPKEEP, every=15 * _MINUTE, limit=30 * _MINUTE)
LOST = Job(name="lost", every=10 * _SECOND, limit=_MINUTE)
RELOAD = Job(name="reload", every=3 * _SECOND, limit=_MINUTE)
HEARTBEAT = Job(name=ALIVE, every=10 * _SECOND, limit=30 * _SECOND)

WATCHED = (HEARTBEAT, POLL, PARTIALS, REVISITS, DIGESTS, ALERTS, DELIVERIES)


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What a process does, by its role."""

    bodies: Mapping[Job, Callable[[], Awaitable[object]]]
    done: frozenset[Job] = frozenset(WATCHED)
    """Jobs that have succeeded when their bodies have ended well; of the others somebody else tells."""
    alive: tuple[str, ...] = (ALIVE,)
    started: str = STARTED
    keeps_house: bool = True
    is_well: Callable[[], bool] = lambda: True
    """Whether it may say that it is alive."""
    finish: Callable[[], Awaitable[None]] = _nothing
    """Finishes what is in hand beside the jobs, when no more is taken."""


def worker_on(machine: str) -> str:
    """Give the name under which the workers of a machine beat."""
    return WORKER + machine


def workers_heard(beats: Mapping[str, datetime], now: datetime) -> list[str]:
    """Tell on which machines workers were heard lately."""
    lately = now - HEARTBEAT.patience
    return sorted(name.removeprefix(WORKER) for name, at in beats.items() if name.startswith(WORKER) and at >= lately)


def ailments_of_worker(beats: Mapping[str, datetime], now: datetime, machine: str) -> list[str]:
    """Tell what is wrong with the workers of a machine."""
    at = beats.get(worker_on(machine))
    if at is None:
        return [f"no worker has ever run on {machine}"]
    if now - at > HEARTBEAT.patience:
        return [f"no worker on {machine} has been heard since {at:%Y-%m-%d %H:%M:%S} UTC"]
    return []


def ailments(beats: Mapping[str, datetime], now: datetime) -> list[str]:
    """Tell what stands still, in sentences; nothing when the daemon is well."""
    if ALIVE not in beats:
        return ["no daemon has ever run on this database"]
    if now - beats[ALIVE] > HEARTBEAT.patience:
        return [f"the daemon has not been heard since {beats[ALIVE]:%Y-%m-%d %H:%M:%S} UTC"]
    started = beats.get(STARTED, beats[ALIVE])
    last = {job: max(started, beats.get(job.name, started)) for job in WATCHED}
    return _without_workers(beats, now, started) + [
        f"{job.name} has not succeeded since {at:%Y-%m-%d %H:%M:%S} UTC"
        for job, at in last.items()
        if now - at > job.patience
    ]


def _without_workers(beats: Mapping[str, datetime], now: datetime, started: datetime) -> list[str]:
    """Tell that a scheduler asks and nobody does it; it is given a moment after its start."""
    scheduling = beats.get(SCHEDULER)
    if scheduling is None or now - scheduling > HEARTBEAT.patience or now - started < HEARTBEAT.patience:
        return []
    return [] if workers_heard(beats, now) else ["no worker is heard: start `monitor run --role worker`"]


def upkeep_due(last: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether it is time: once a night, or as soon as a night was missed."""
    if last is None or now - last > timedelta(hours=36):
        return True
    return now.astimezone(zone).hour == 3 and now - last > timedelta(hours=12)
