"""When a digest is due and which window it covers, computed from its schedule and its last runs.

A missed slot is caught up; several missed slots become one run. The window begins where the last run with a message
ended, so that a digest after skipped empty ones covers their time too. The first run of a new digest is an empty
baseline: its first message belongs to the first slot after it was configured, not to the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.digests.digest import DigestWindow
from monitor.core.digests.slots import is_quiet, latest_slot
from monitor.core.model import DigestConfig, DigestRun

LOOK_BACK = timedelta(days=7)
"""How far before its window a digest looks for hits that were stored late."""
_DIGEST_ID = re.compile(r"\A[^:+]+(?=\Z|\+|:.*@)")
"""The id in digests.yaml, in the name of a run: of the digest itself, one of its readers, or a copy to a channel."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The digest is new: record an empty run for this slot."""

    slot: datetime


def run_name(digest_id: str, to: str | None) -> str:
    """Return the name under which a run is recorded; a copy to a channel has a record of its own."""
    return digest_id if to is None else f"{digest_id}+{to}"


def likely_renames(before: Iterable[DigestConfig], after: Iterable[DigestConfig]) -> list[tuple[str, str]]:
    """Return old and new id of each digest that seems to have got another id without `was`: same title and channels.

    Ids as in digests.yaml: the digests of single readers count as that of the whole digest.
    """
    before, after = list(before), list(after)
    ids, known = ({_configured_id(config) for config in digests} for digests in (after, before))
    gone = {_content(config): _configured_id(config) for config in before if _configured_id(config) not in ids}
    renamed = {
        (gone[_content(config)], _configured_id(config))
        for config in after
        if _configured_id(config) not in known and not config.was and _content(config) in gone
    }
    return sorted(renamed)


def former_ids(digests: Iterable[DigestConfig]) -> dict[str, str]:
    """Map the id that each digest had before (`was`) to its present one, as in digests.yaml."""
    return {config.was.partition(":")[0]: _configured_id(config) for config in digests if config.was}


def present_name(name: str, ids: Mapping[str, str]) -> str:
    """Return the name of a digest's run with the present id of the digest; `ids` maps former ids to present ones."""
    return _DIGEST_ID.sub(lambda former: ids.get(former[0], former[0]), name)


def _configured_id(config: DigestConfig) -> str:
    return config.id.partition(":")[0]


def _content(config: DigestConfig) -> tuple[str, str, tuple[str, ...]]:
    return config.title, config.recipient, config.channels


def plan_run(config: DigestConfig, runs: Sequence[DigestRun], now: datetime) -> DigestWindow | Baseline | None:
    """Return the window of the run that is due, a baseline for a new digest, or None.

    `runs`: the runs of slots up to `now`, latest slot first. Runs of later slots come from a clock that was ahead.
    """
    slot = latest_slot(config.schedule, config.timezone, now)
    if not runs:
        return Baseline(slot)
    if not is_digest_due(config, runs, now) or is_quiet(config.quiet_hours, now, config.timezone):
        return None
    return DigestWindow(since=_covered_until(runs, now), until=now, slot=slot)


def is_digest_due(config: DigestConfig, runs: Sequence[DigestRun], now: datetime) -> bool:
    """Return True if the schedule names a time up to `now` after that of the last run, whatever the quiet hours."""
    return latest_slot(config.schedule, config.timezone, now) > runs[0].slot


def manual_window(runs: Sequence[DigestRun], now: datetime, lookback: timedelta) -> DigestWindow:
    """Return the window of a digest that a user requests now; `lookback` applies if it has never run."""
    past = [run for run in runs if run.slot <= now] or runs
    since = _covered_until(past, now) if past else now - lookback
    return DigestWindow(since=since, until=now, slot=now.replace(microsecond=0))


def _covered_until(runs: Sequence[DigestRun], now: datetime) -> datetime:
    """Return where the last run with a message ended; if there is none, where the oldest of these runs ended."""
    last = next((run for run in runs if run.messages), runs[-1])
    return min(last.until, now)
