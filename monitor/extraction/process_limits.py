"""Limits of memory and CPU time inside a worker process.

They back up the pool's own deadline, and hold even when the main process has died.
"""

from __future__ import annotations

import logging
import math
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from monitor.runtime.garbage_collection import freeze_objects

T = TypeVar("T")
_GRACE_SECONDS = 2
"""Processor time that a worker may use beyond the deadline."""


def set_up_worker(memory: int) -> None:
    """Set up a new worker: limit its memory to `memory` bytes more than now, end at once on SIGTERM, write no log."""
    freeze_objects()  # a collection would write to all that is shared with the fork server, and so copy it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a Python handler would not run while C code does not return
    logging.disable(logging.CRITICAL)  # libraries warn about every bad page; the article records the reason
    statm = Path("/proc/self/statm")
    if memory and statm.exists():
        size = int(statm.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _set_soft_limit(resource.RLIMIT_AS, size + memory)


def run_limited(function: Callable[..., T], args: tuple[object, ...], seconds: float) -> T:
    """Call a function with a CPU limit of `seconds` and some grace; the kernel ends the process at the limit."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _set_soft_limit(resource.RLIMIT_CPU, math.ceil(usage.ru_utime + usage.ru_stime + seconds) + _GRACE_SECONDS)
    return function(*args)


def _set_soft_limit(limit: int, value: int) -> None:
    """Set the soft limit only, so that the next call can raise it again."""
    hard = resource.getrlimit(limit)[1]
    resource.setrlimit(limit, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
