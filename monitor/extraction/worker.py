"""What happens inside a worker: limits of memory and CPU time around a call.

The limits are the second line: the pool's own deadline comes first, and these hold when the pool itself is gone.
"""

from __future__ import annotations

import logging
import math
import resource
import signal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_GRACE = 2  # seconds of CPU beyond the deadline


def prepare(memory: int) -> None:
    """Set up a new worker: it may add `memory` bytes to what it has, dies at once when told to, and writes no log."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a handler in Python would wait for C code that never returns
    logging.disable(logging.CRITICAL)  # the libraries warn of every bad page; the reason is recorded with the article
    statm = Path("/proc/self/statm")
    if memory and statm.exists():
        size = int(statm.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _lower(resource.RLIMIT_AS, size + memory)


def call(function: Callable[..., T], args: tuple[object, ...], seconds: float) -> T:
    """Call a function with a limit on the CPU time that it may use."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, math.ceil(usage.ru_utime + usage.ru_stime + seconds) + _GRACE)
    return function(*args)


def _lower(limit: int, value: int) -> None:
    """Set a soft limit within the hard one, which stays, so that the next call can have its own."""
    hard = resource.getrlimit(limit)[1]
    resource.setrlimit(limit, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
