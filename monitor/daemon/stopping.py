"""Stopping a long-running process: gracefully on the first signal, and within a time limit in any case.

The first SIGTERM or SIGINT starts a graceful stop, the second ends the process at once. A process that still runs
STOP_LIMIT_SECONDS after the first is ended, whatever its threads do. Nothing is lost: transactions are complete or
rolled back, and the next sender repeats a delivery under way, marked as a possible repeat.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import NoReturn

import structlog

FORCED_EXIT_CODE = 1
"""Exit code of a process that was ended at the limit."""
STOP_LIMIT_SECONDS = 28.0
"""Seconds from the first signal until the process is ended; service managers often kill after 30."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LAST_LOG_SECONDS = 1.0
"""Seconds to write the last log line, which may block on a full pipe."""
_WATCHDOG = "stop watchdog"
_JOIN_TIMEOUT_SECONDS = 0.5
"""Seconds to wait for threads before the process ends without them."""

log = structlog.get_logger("monitor.stopping")


@contextmanager
def handle_stop_signals(stop: Callable[[], None], limit: float | None) -> Iterator[Callable[[], None]]:
    """Call `stop` on the running event loop at the first SIGTERM or SIGINT, and end the process at the second.

    `limit` is in seconds from the first signal, and holds after the block is left too; None for no limit. The yielded
    function counts as the first signal. The handlers are Python's: a blocked event loop would not call its own.
    """
    loop = asyncio.get_running_loop()
    stopping = threading.Event()

    def handle(signum: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(128 + signum)
        stopping.set()
        loop.call_soon_threadsafe(stop)

    if limit is not None:
        threading.Thread(target=_end_after, args=(stopping, limit), name=_WATCHDOG, daemon=True).start()
    before = {signum: signal.signal(signum, handle) for signum in _SIGNALS}
    try:
        yield stopping.set
    finally:
        if limit is None or not stopping.is_set():  # else a second signal must still end the process
            for signum, handler in before.items():
                signal.signal(signum, handler)


def _end_after(stopping: threading.Event, limit: float) -> None:
    stopping.wait()
    time.sleep(limit)
    log_and_exit(partial(_log_forced_end, limit), FORCED_EXIT_CODE)


def log_and_exit(write_log: Callable[[], None], code: int) -> NoReturn:
    """End the process at once after a last line in the log, or without it where the log cannot be written."""
    last = threading.Thread(target=write_log, daemon=True)
    last.start()
    last.join(_LAST_LOG_SECONDS)
    os._exit(code)


def _log_forced_end(limit: float) -> None:
    log.error("ended by force", after_s=limit, threads=sorted(thread.name for thread in threading.enumerate()))


def exit_process(code: int) -> NoReturn:
    """End the process with this exit code, without waiting for blocked threads.

    The interpreter would join non-daemon threads, and abort if a daemon thread holds the lock of a standard stream.
    """
    ends = time.monotonic() + _JOIN_TIMEOUT_SECONDS
    for thread in _other_threads():
        thread.join(max(0.0, ends - time.monotonic()))
    if _other_threads():
        os._exit(code)
    sys.exit(code)


def _other_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each is not threading.main_thread() and each.name != _WATCHDOG]
