"""How a process that runs until it is told to stop is stopped: gracefully at first, and in any case in time.

The first SIGTERM or SIGINT asks for a graceful end. The second ends the process at once. If the process still runs
some time after the first, it is ended whatever its threads do. Nothing is lost by that: what was stored is stored, and
a delivery that was under way is taken up when its lease has run out, marked as a possible repeat.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

FORCED = 1
"""Exit code of a process that had to be ended."""
LIMIT = 28.0
"""Seconds from the first signal until the process is ended: service managers often kill after 30."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LAST_LOG = 1.0
"""Seconds for the last line of the log, which may go to a pipe that nobody reads."""
_WATCHDOG = "stop watchdog"
_ENDING = 0.5
"""Seconds that threads get to end by themselves before the process goes without them."""

log = structlog.get_logger("monitor.stopping")


@contextmanager
def stop_signals(stop: Callable[[], None], limit: float | None = None) -> Iterator[Callable[[], None]]:
    """Call `stop` on the running event loop at the first SIGTERM or SIGINT, and end the process at the second.

    `limit` is in seconds from the first signal, and holds after the block is left too; None for no limit. What is given
    starts the limit without a signal. The handlers are Python's, as a loop that is blocked calls none of its own.
    """
    loop = asyncio.get_running_loop()
    asked = threading.Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            os._exit(128 + number)
        asked.set()
        loop.call_soon_threadsafe(stop)

    if limit is not None:
        threading.Thread(target=_end_after, args=(asked, limit), name=_WATCHDOG, daemon=True).start()
    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield asked.set
    finally:
        if limit is None or not asked.is_set():  # else a second signal still ends a process that is on its way out
            for number, handler in before.items():
                signal.signal(number, handler)


def _end_after(asked: threading.Event, limit: float) -> None:
    asked.wait()
    time.sleep(limit)
    last = threading.Thread(target=_tell, args=(limit,), daemon=True)
    last.start()
    last.join(_LAST_LOG)
    os._exit(FORCED)


def _tell(limit: float) -> None:
    log.error("ended by force", after_s=limit, threads=sorted(thread.name for thread in threading.enumerate()))


def leave(code: int) -> NoReturn:
    """End the process with this exit code, without waiting for threads that still block.

    The interpreter would join those that are no daemons, and abort when a daemon holds the lock of a standard stream.
    """
    ends = time.monotonic() + _ENDING
    for thread in _others():
        thread.join(max(0.0, ends - time.monotonic()))
    if _others():
        os._exit(code)
    sys.exit(code)


def _others() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each is not threading.main_thread() and each.name != _WATCHDOG]
