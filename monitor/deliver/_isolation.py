"""Keeps a bug to the digest, alert, spike or delivery that it is in, so that all others are sent."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import structlog

from monitor.core.errors import MonitorError
from monitor.core.model import Delivery

T = TypeVar("T")
Step = tuple[str, Callable[[], T]]
"""A function with a name for the log."""
RunStep = Callable[[Callable[[], Any]], Any]
"""Calls a function and returns its result: `DatabaseThread.call`, or a plain call on the thread of the database."""
log = structlog.get_logger("monitor.deliver")


def run_each(steps: Iterable[Step[T]], run: RunStep = lambda step: step()) -> tuple[list[T], list[Exception]]:
    """Run all steps; return their results, and the bugs for `raise_bugs`.

    A MonitorError ends the steps, since it concerns the database and not one step.
    """
    results: list[T] = []
    bugs: list[Exception] = []
    for name, step in steps:
        try:
            results.append(run(step))
        except MonitorError:
            raise
        except Exception as error:  # noqa: BLE001 - the one place that keeps a bug to its digest or alert
            error.add_note(f"in {name}")
            bugs.append(error)
    return results, bugs


def raise_bugs(bugs: Sequence[Exception]) -> None:
    """Raise bugs after all steps were run, so that the job has failed and the log has their tracebacks."""
    if bugs:
        raise ExceptionGroup("digests or alerts failed", bugs)


def log_bug(event: str, delivery: Delivery, error: Exception) -> None:
    """Log only where it happened: the message of the error and the local variables may contain secrets."""
    where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error(event, delivery=delivery.id, channel=delivery.channel, error=type(error).__name__, where=where)
