"""CPU scheduling of this program's threads and processes, relative to each other and to other programs."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

SWITCH_INTERVAL_SECONDS = 0.05
"""Seconds a thread may run Python code while another thread waits; Python's default of 5 ms suits interactive programs.
A thread that waits for I/O still yields at once."""


def lower_cpu_priority() -> None:
    """Run this thread, and what it starts, at batch priority so that it does not preempt others.

    Hundreds of responses per second wake the polling thread. Each time it would preempt a worker in the middle of a
    page, and evict its caches. With SCHED_BATCH (sched(7)) it waits some milliseconds, then handles several responses
    at once (docs/decisions/0009). Does nothing where the system has no SCHED_BATCH or does not permit it. The switch
    interval does the same among the threads of this process.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
