"""The daemon's few jobs as data: how often each runs, how long it may take, and when its silence is a fault.

A job's last success is a row in the database (`store.beat`), so that `monitor health` needs no word from the daemon.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
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
DESCRIPTORS_SHORT = "descriptors short"
"""Recorded with each heartbeat while the process has hardly any file descriptor left."""
CLOCK_BEFORE_STEP, CLOCK_AFTER_STEP = "clock before its last step", "clock after its last step"
"""What the wall clock would have said, and what it said, when a step of it was noticed last."""


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
POLL = Job(name="poll", every=5 * _SECOND, limit=15 * _MINUTE)
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


def worker_on(machine: str) -> str:
    """Give the name under which the workers of a machine beat."""
    return WORKER + machine


def workers_heard(beats: Mapping[str, datetime], now: datetime) -> list[str]:
    """Tell on which machines workers were heard lately."""
    return sorted(
        name.removeprefix(WORKER) for name, at in beats.items() if name.startswith(WORKER) and _is_fresh(at, now)
    )


def ailments_of_worker(beats: Mapping[str, datetime], now: datetime, machine: str) -> list[str]:
    """Tell what is wrong with the workers of a machine."""
    at = beats.get(worker_on(machine))
    if at is None:
        return [f"no worker has ever run on {machine}"]
    return [] if _is_fresh(at, now) else [f"no worker on {machine} has been heard {_since(at, now)}"]


def ailments(beats: Mapping[str, datetime], now: datetime) -> list[str]:
    """Tell what stands still, in sentences; nothing when the daemon is well.

    `beats` as the present wall clock counts them (`App.beats`). One that lies ahead of `now` all the same is of another
    machine or another boot, and says nothing: the clock was put back since, or the clocks of two machines differ.
    """
    if ALIVE not in beats:
        return ["no daemon has ever run on this database"]
    if not _is_fresh(beats[ALIVE], now):
        return [f"the daemon has not been heard {_since(beats[ALIVE], now)}"]
    started = min(beats.get(STARTED, beats[ALIVE]), now)
    last = {job: max(started, _unless_ahead(beats.get(job.name, started), now, started)) for job in WATCHED}
    return [
        *_without_descriptors(beats, now),
        *_without_workers(beats, now, started),
    ] + [
        f"{job.name} has not succeeded since {at:%Y-%m-%d %H:%M:%S} UTC"
        for job, at in last.items()
        if now - at > job.patience
    ]


def _without_descriptors(beats: Mapping[str, datetime], now: datetime) -> list[str]:
    """Tell that work fails, or is about to, since nothing more can be opened."""
    at = beats.get(DESCRIPTORS_SHORT)
    if at is None or not _is_fresh(at, now):
        return []
    return ["file descriptors run short, so that polls and messages fail: raise LimitNOFILE (systemd) or `ulimit -n`"]


def _without_workers(beats: Mapping[str, datetime], now: datetime, started: datetime) -> list[str]:
    """Tell that a scheduler asks and nobody does it; it is given a moment after its start."""
    scheduling = beats.get(SCHEDULER)
    if scheduling is None or not _is_fresh(scheduling, now) or now - started < HEARTBEAT.patience:
        return []
    return [] if workers_heard(beats, now) else ["no worker is heard: start `monitor run --role worker`"]


def _is_fresh(at: datetime, now: datetime) -> bool:
    return abs(now - at) <= HEARTBEAT.patience


def _since(at: datetime, now: datetime) -> str:
    words = f"since {at:%Y-%m-%d %H:%M:%S} UTC"
    return words if at <= now else f"{words}, which is ahead of this clock: {now:%Y-%m-%d %H:%M:%S} UTC"


def _unless_ahead(at: datetime, now: datetime, otherwise: datetime) -> datetime:
    return at if at - now <= HEARTBEAT.patience else otherwise


def upkeep_due(last: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether it is time: once a night, as soon as a night was missed, or when the clock was put back behind `last`."""
    if last is None or now - last > timedelta(hours=36) or last - now > timedelta(hours=1):
        return True
    return now.astimezone(zone).hour == 3 and now - last > timedelta(hours=12)
