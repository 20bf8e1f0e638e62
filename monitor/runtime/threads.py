"""Daemon threads for blocking calls: the end of the process does not wait for them.

asyncio.to_thread and ThreadPoolExecutor join their threads when the event loop or the interpreter ends, so one call
that never returns (name resolution, a full pipe, a mail server) would keep the process alive. These threads
are daemon threads: an abandoned call runs on, its result is dropped, and it ends with the process.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

CLOSE_TIMEOUT_SECONDS = 2.0
"""Seconds to wait for calls under way when an executor is closed."""


async def call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function on a new thread, as asyncio.to_thread does; cancellation abandons the thread."""
    future: Future[T] = Future()
    context = contextvars.copy_context()
    body = partial(_complete, future, partial(context.run, partial(function, *args, **kwargs)))
    threading.Thread(target=body, name=f"call {getattr(function, '__name__', '')}", daemon=True).start()
    return await asyncio.wrap_future(future)


class DaemonThreads(Executor):
    """An executor of at most `most` threads; closing it waits CLOSE_TIMEOUT_SECONDS for calls under way."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], object]] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a call; RuntimeError when the executor is closed."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the threads are closed")
            self._calls.put((future, partial(fn, *args, **kwargs)))
            if not self._idle.acquire(blocking=False) and len(self._threads) < self._most:
                self._start()
        return future

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function on one of the threads and await its result; cancellation abandons a call under way."""
        return await asyncio.wrap_future(self.submit(function, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls. `cancel_futures` drops calls that have not begun; `wait` lasts CLOSE_TIMEOUT_SECONDS."""
        with self._lock:
            self._closed = True
            if cancel_futures:
                self._cancel_queued()
            for _ in self._threads:
                self._calls.put(None)
        ends = time.monotonic() + CLOSE_TIMEOUT_SECONDS
        for thread in self._threads if wait else ():
            thread.join(max(0.0, ends - time.monotonic()))

    def _start(self) -> None:
        thread = threading.Thread(target=self._work, name=f"{self._name}-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (waiting := self._calls.get()) is not None:
            _complete(*waiting)
            del waiting  # it holds the result
            self._idle.release()

    def _cancel_queued(self) -> None:
        while True:
            try:
                waiting = self._calls.get_nowait()
            except Empty:
                return
            if waiting:
                waiting[0].cancel()


def _complete(future: Future[T], function: Callable[[], T]) -> None:
    """Run the function and set the future's result, unless the future was cancelled before."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - raised again by the future
        future.set_exception(error)
    else:
        future.set_result(result)
