"""Ends a process whose event loop is stalled, so that Docker or systemd starts it again, and reports to systemd.

A thread counts the seconds in which the loop did not run a task that ticks once a second. It counts its own checks and
not the clock, so that a process that was stopped (SIGSTOP) or a machine that was suspended is not ended when it goes
on. What the loop was doing is logged before the process ends with STALLED_EXIT_CODE. Nothing is lost: a poll is stored
whole or not at all, and the next sender sends the deliveries.

Under systemd (`Type=notify`, `WatchdogSec=`) the ticks are passed on too.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import structlog

from monitor.daemon.stopping import log_and_exit

STALLED_EXIT_CODE = 70
"""Exit code of a process whose event loop was stalled: EX_SOFTWARE of sysexits.h."""
STALL_LIMIT_SECONDS = 300.0
"""Seconds without a tick after which the process is ended; no task holds the loop for more than a second or two."""
WATCHDOG_TICK_SECONDS = 1.0
"""Seconds between two ticks, and between two checks of them."""
_MAX_FRAMES = 8
"""Innermost frames of the loop's thread that are logged."""
log = structlog.get_logger("monitor.watchdog")


class SystemdNotifier:
    """Sends states to the socket that systemd names in the environment; does nothing without one."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        is_for_this = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        microseconds = environ.get("WATCHDOG_USEC", "")
        self.watchdog_interval = int(microseconds) / 2e6 if is_for_this and microseconds.isdecimal() else None
        """Seconds between two WATCHDOG=1: half of what systemd waits for; None if it expects none."""

    def send(self, state: str) -> None:
        """Send a state such as READY=1 without waiting; a missing or unread socket is ignored."""
        if not self._address:
            return
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as sender:
            sender.connect(self._address)
            sender.send(state.encode())


@dataclass(slots=True)
class _Ticks:
    """What the loop and the watching thread share."""

    count: int = 0
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def watch_loop(notifier: SystemdNotifier, limit: float | None) -> Iterator[None]:
    """Watch the running event loop while the block lasts; `limit` in seconds, None to never end the process."""
    ticks = _Ticks()
    ticker = asyncio.get_running_loop().create_task(_tick(ticks, notifier), name="watchdog")
    thread = None
    if limit is not None:
        thread = threading.Thread(
            target=_watch, args=(ticks, limit, threading.get_ident()), name="loop watchdog", daemon=True
        )
        thread.start()
    try:
        yield
    finally:
        ticker.cancel()
        ticks.ended.set()
        if thread is not None:
            thread.join(WATCHDOG_TICK_SECONDS)


async def _tick(ticks: _Ticks, notifier: SystemdNotifier) -> None:
    loop = asyncio.get_running_loop()
    interval = min(WATCHDOG_TICK_SECONDS, notifier.watchdog_interval or WATCHDOG_TICK_SECONDS)
    notify_at = loop.time()
    while True:
        ticks.count += 1
        if notifier.watchdog_interval and loop.time() >= notify_at:
            notifier.send("WATCHDOG=1")
            notify_at = loop.time() + notifier.watchdog_interval
        await asyncio.sleep(interval)


def _watch(ticks: _Ticks, limit: float, loop_thread: int) -> None:
    """Wait until the loop has not ticked during checks of `limit` seconds in all, then end the process."""
    interval = min(WATCHDOG_TICK_SECONDS, limit / 4)
    seen, stalled_for = ticks.count, 0.0
    while not ticks.ended.wait(interval):
        stalled_for = stalled_for + interval if ticks.count == seen else 0.0
        seen = ticks.count
        if stalled_for >= limit:
            log_and_exit(partial(_log_stall, limit, loop_thread), STALLED_EXIT_CODE)


def _log_stall(limit: float, loop_thread: int) -> None:
    frame = sys._current_frames().get(loop_thread)  # noqa: SLF001 - the documented way to see another thread's stack
    frames = traceback.extract_stack(frame)[-_MAX_FRAMES:] if frame else []
    where = [f"{each.filename}:{each.lineno} {each.name}" for each in frames]
    log.critical("event loop is stalled, the process ends", after_s=limit, exit_code=STALLED_EXIT_CODE, where=where)
