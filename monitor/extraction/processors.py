"""How this program's processes share the machine's processors among themselves and with others."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

TURN = 0.05
"""Seconds that a thread of ours may go on in Python while another one waits; Python's own 5 ms are for programs that a
user watches. Whoever waits for a disk or an answer gives way at once, as ever."""


def share_processors() -> None:
    """Let nobody be interrupted for this thread, nor for what it starts, each time that it has something to do.

    Hundreds of answers a second wake the one that polls, and each time a worker would lose its processor, and what it
    has in the caches, in the middle of a page. As a batch (sched(7): SCHED_BATCH) it waits its turn, which is
    milliseconds, and finds more to do at once (docs/decisions/0009). A system that knows no batches, or allows none,
    goes on as it was. The threads of this process do the same among themselves.
    """
    sys.setswitchinterval(TURN)
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
