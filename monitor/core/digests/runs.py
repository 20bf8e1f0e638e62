"""When a digest is due and which window it tells, from its schedule and its last runs.

A slot that was missed is caught up, several as one. The window begins where the last run that told something ended, so
that a digest after three skipped ones still says what was covered all the while. The surprise: a digest that has never
run begins with an empty run, a baseline, so that the first slot after it was configured is its first, not the last one
before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.digests import Window
from monitor.core.digests.slots import latest_slot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from monitor.core.model import DigestConfig, DigestRun


@dataclass(frozen=True, slots=True)
class Baseline:
    """The digest is new: note that it begins here."""

    slot: datetime


def due(config: DigestConfig, runs: Sequence[DigestRun], now: datetime) -> Window | Baseline | None:
    """Tell what there is to do for a digest; `runs` are its last ones, latest slot first.

    Runs of slots to come were made by a clock that was wrong. They keep their own slots and no other.
    """
    slot = latest_slot(config.schedule, config.timezone, now)
    if not runs:
        return Baseline(slot)
    so_far = [run for run in runs if run.slot <= now]
    if not so_far or slot <= so_far[0].slot:
        return None
    return Window(since=_told_until(so_far, now), until=now, slot=slot)


def by_hand(runs: Sequence[DigestRun], now: datetime, reach: timedelta) -> Window:
    """Return the window of a digest that someone asks for now; `reach` is how far back a first one goes."""
    so_far = [run for run in runs if run.slot <= now] or runs
    since = _told_until(so_far, now) if so_far else now - reach
    return Window(since=since, until=now, slot=now.replace(microsecond=0))


def _told_until(runs: Sequence[DigestRun], now: datetime) -> datetime:
    """Find where the last run that sent something ended; where none did, the first that is known."""
    last = next((run for run in runs if run.messages), runs[-1])
    return min(last.until, now)
