"""Holds the lock of the database in argv until it is killed."""

from __future__ import annotations

import signal
import sys

from monitor.store import Store

with Store(sys.argv[1]).lock():
    print("held", flush=True)
    signal.pause()
