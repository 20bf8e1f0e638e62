"""Runs several digests, each by itself, so that a bug in one of them keeps no other from being sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from monitor.core.errors import MonitorError
from monitor.core.model import DigestRun

RunStep = Callable[[Callable[[], Any]], Any]
"""Calls a function and returns its result: `DatabaseThread.call`, or a plain call on the thread of the database."""


def run_steps(steps: Iterable[tuple[str, Callable[[], DigestRun | None]]], run: RunStep) -> list[DigestRun]:
    """Run a step for each digest, given with its name, and return the runs; bugs are raised after the last step.

    A MonitorError ends the steps, since it concerns the database and not one digest.
    """
    results: list[DigestRun | None] = []
    bugs: list[Exception] = []
    for name, step in steps:
        try:
            results.append(run(step))
        except MonitorError:
            raise
        except Exception as error:  # noqa: BLE001 - the one place that keeps a bug to its digest
            error.add_note(f"in the digest {name}")
            bugs.append(error)
    if bugs:
        raise ExceptionGroup("digests failed", bugs)
    return [each for each in results if each is not None]
