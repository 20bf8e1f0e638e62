"""Runs previews of rules in a process that ends afterwards, one at a time, with a deadline and a limit of memory.

A text that somebody types can take any time and any memory; neither polls nor pages are to wait for it.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

import pebble

from monitor.core.errors import MonitorError
from monitor.extraction import process_limits
from monitor.lab.rule_preview import PreviewRequest, preview_rules

if TYPE_CHECKING:
    from monitor.core.lab.rule_previews import RulePreview

PREVIEW_SECONDS = 45.0
"""Seconds for one preview; the web page closes connections after a minute without a response."""
_MAX_EXTRA_MEMORY_BYTES = 1 << 30
"""Bytes of address space in addition to what the process starts with; the shipped rules take a fifth of it."""
_LOW_PRIORITY = 5


class PreviewBusyError(MonitorError):
    """Another preview is running."""


class PreviewProcess:
    """Runs one preview at a time."""

    def __init__(self, seconds: float = PREVIEW_SECONDS) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._running: pebble.ProcessFuture[RulePreview] | None = None
        self._closed = False

    @property
    def is_running(self) -> bool:
        """True while a preview runs."""
        return self._running is not None

    def run(self, request: PreviewRequest) -> RulePreview:
        """Return the preview; PreviewBusyError while another one runs, MonitorError if it has no result."""
        if not self._lock.acquire(blocking=False):
            raise PreviewBusyError("another text is being tried; wait some seconds, then try this one")
        try:
            return self._run(request)
        finally:
            self._running = None
            self._lock.release()

    def close(self) -> None:
        """End the preview that is running, and start no other."""
        self._closed = True
        if running := self._running:
            running.cancel()  # type: ignore[no-untyped-call]  # pebble types only half of itself

    def _run(self, request: PreviewRequest) -> RulePreview:
        context = multiprocessing.get_context("forkserver")
        pool = pebble.ProcessPool(max_workers=1, initializer=_prepare, context=context)
        try:
            self._running = pool.schedule(
                process_limits.run_limited, args=(preview_rules, (request,), self.seconds), timeout=self.seconds
            )
            if self._closed:
                self._running.cancel()  # type: ignore[no-untyped-call]  # as in close
            return self._running.result()
        except TimeoutError:
            raise MonitorError(
                f"it took more than {self.seconds:g} s and was stopped; try a shorter text or a shorter period"
            ) from None
        except MemoryError:
            raise MonitorError("it took too much memory and was stopped; try a shorter text") from None
        except CancelledError:
            raise MonitorError("it was stopped, since the program is ending") from None
        except (pebble.ProcessExpired, BrokenProcessPool, OSError) as error:
            raise MonitorError(f"its process ended without a result ({type(error).__name__}); try again") from None
        finally:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble types only half of itself
            pool.join()


def _prepare() -> None:
    os.nice(_LOW_PRIORITY)
    process_limits.set_up_worker(_MAX_EXTRA_MEMORY_BYTES)
