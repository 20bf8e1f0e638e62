"""Scheduled backups: when one is due, how files are named, which are removed, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

RETRY = timedelta(hours=1)
"""Time between two attempts while backups fail."""
_NAME = re.compile(r"monitor-\d{8}T\d{6}Z\.(db|dump)(\.part)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One attempt at a backup."""

    started_at: datetime
    finished_at: datetime
    file: str
    size: int = 0
    """Bytes; 0 for a failure."""
    reason: str = ""
    """Why it failed; empty for a success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupState:
    """The scheduled backups of a database so far."""

    last_success: Backup | None = None
    last_failure: Backup | None = None
    """The last failure; None if there was none after the last success."""
    failures: int = 0
    """Failures since the last success."""

    def age(self, now: datetime) -> timedelta | None:
        """Return the age of the last good backup, counted from when it started; None if there is none."""
        return None if self.last_success is None else now - self.last_success.started_at


def is_backup_due(state: BackupState, every: timedelta | None, now: datetime) -> bool:
    """Return True if a backup is due; `every` None turns backups off. A clock that was set back makes one due."""
    if every is None:
        return False
    last, wait = state.last_success, every
    if state.last_failure is not None:
        last, wait = state.last_failure, min(every, RETRY)
    return last is None or abs(now - last.started_at) >= wait


def backup_problems(
    state: BackupState, every: timedelta | None, now: datetime, running_since: datetime | None = None
) -> list[str]:
    """Return sentences on failures since the last good backup, and on its age if that is more than twice `every`.

    After downtime the backup is old until the daemon, `running_since` when, has had an hour to make the next one.
    """
    if every is None:
        return []
    problems = []
    if state.last_failure is not None:
        times = f"{state.failures} times" if state.failures > 1 else "once"
        problems.append(f"the backup failed {times} since the last good one: {state.last_failure.reason}")
    age = state.age(now)
    has_just_started = running_since is not None and running_since <= now < running_since + RETRY
    if age is not None and age > 2 * every and not has_just_started:
        problems.append(f"the last good backup is of {now - age:%Y-%m-%d %H:%M} UTC")
    return problems


def backup_name(started_at: datetime, ending: str) -> str:
    """Return the name of a scheduled backup; names sort by time."""
    return f"monitor-{started_at:%Y%m%dT%H%M%SZ}{ending}"


def outdated_files(names: Iterable[str], keep: int) -> list[str]:
    """Return which files of a backup folder are removed: all but the newest `keep`, and remains of broken attempts.

    Files with other names are never touched.
    """
    ours = sorted(name for name in names if _NAME.fullmatch(name))
    whole = [name for name in ours if not name.endswith(".part")]
    return [*whole[: max(0, len(whole) - keep)], *(name for name in ours if name.endswith(".part"))]
