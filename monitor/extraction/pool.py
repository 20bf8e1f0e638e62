"""A pool of processes around core.articles and core.feeds, each page and feed under a deadline.

What a publisher sent may hang a parser, crash it or eat the memory: here that costs one worker, never the daemon.
`extract` always gives an article: of the whole page, else of its plain words, else of the feed's own text, and it says
why. Workers are forked from a clean server that has the libraries loaded (the main process never loads them), and are
replaced after a while. Its one surprise: cancelling a call kills the worker that is at it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import pebble

from monitor.core import articles
from monitor.core.errors import ShortageError
from monitor.core.model import Article, Failed, Severity
from monitor.extraction import worker
from monitor.extraction.memories import Memories
from monitor.runtime import descriptors, threads

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monitor.core.model import Changed, Entry, Feed, Response

T = TypeVar("T")
PRELOAD = ["monitor.extraction.preload"]
MAX_TASKS = 4_000
"""Calls after which a worker is replaced, in case a library leaks; a page takes two, one to be read and one to be
matched. A new worker takes half again as long for its first
hundred; its memory was measured to grow over the first 750 pages (by 65 MB) and by 8 MB in the next 3,000."""
MEMORY = 1 << 30  # bytes that a worker may add to what it starts with
PLAIN_TIMEOUT = 10.0  # seconds for the plain words of a page, which are found in one pass
SHORT = 10_000  # characters of a text that the main process may read itself: milliseconds of work
WAITING = 3  # calls for each worker that are handed over ahead of time; the others wait here and are not copied

_CLOSED = "closed: the program is ending"


class TaskError(Exception):
    """A call had no result; says why in the words that are recorded."""


class ExtractionPool:
    """`workers` processes (None: one a CPU) that read pages and feeds, each within `timeout` seconds."""

    def __init__(
        self, workers: int | None = None, timeout: float = 20.0, *, memory: int = MEMORY, max_tasks: int = MAX_TASKS
    ) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.timeout = timeout
        self._memory = memory
        self._max_tasks = max_tasks
        self._pool: pebble.ProcessPool | None = None
        self._closed = False
        self._memories = Memories()
        self._at_work: set[pebble.ProcessFuture[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._room = asyncio.Semaphore()
        self._starting = asyncio.Lock()

    async def extract(self, page: bytes, content_type: str, entry: Entry) -> Article:
        """Read the article of a page; one that kills its worker gives its plain words, else the feed's own text."""
        try:
            return await self.run(articles.extract, page, content_type, entry)
        except TaskError as error:
            reason = f"extraction {error}"
        try:
            seconds = min(self.timeout, PLAIN_TIMEOUT)
            return await self.run(articles.extract_plain, page, content_type, entry, reason, seconds=seconds)
        except TaskError as error:
            return articles.from_feed(entry, f"{reason}; plain text {error}")

    async def from_feed(self, entry: Entry, reason: str) -> Article:
        """Make an article of the feed's own text: of a long one in a worker, of its beginning if that fails."""
        if len(entry.summary) <= SHORT:
            return articles.from_feed(entry, reason)
        try:
            return await self.run(articles.from_feed, entry, reason)
        except TaskError as error:
            cut = replace(entry, summary=entry.summary[:SHORT])
            why = "; ".join(filter(None, (reason, f"the feed's text {error}")))
            return replace(articles.from_feed(cut, why), truncated=True)

    async def parse(self, feed: Feed, response: Response, now: datetime) -> Changed | Failed:
        """Parse a feed; one that cannot be parsed in time has failed like any other."""
        from monitor.core import feeds

        remembered = self._memories.of(feed.id)
        self._memories.keep(feed.id, b"")  # what a document cannot be parsed with is not tried twice
        try:
            outcome, memory = await self.run(feeds.parse_again, feed, response, now, remembered)
        except TaskError as error:
            return Failed(reason=f"parse {error}", severity=Severity.SOFT, status=response.status, response=response)
        self._memories.keep(feed.id, memory)
        return outcome

    async def run(self, function: Callable[..., T], *args: object, seconds: float | None = None) -> T:
        """Call a function in a worker; TaskError when it has no result, ShortageError when no worker can be started."""
        limit = seconds or self.timeout
        async with self._room_here():
            try:
                return await self._result(function, args, limit)
            except TimeoutError:
                raise TaskError(f"timeout: over {limit:g} s") from None
            except pebble.ProcessExpired as error:
                if error.exitcode == -signal.SIGALRM:  # a deadline that the worker set for itself
                    raise TaskError("timeout: the worker was at it for too long") from None
                raise TaskError(f"crash: the worker died of {_how(error.exitcode)}") from None
            except BrokenProcessPool as error:
                self._stop()
                raise TaskError(f"crash: the pool broke: {error}") from None
            except MemoryError:
                raise TaskError("out of memory") from None
            except TaskError:
                raise
            except OSError as error:
                if descriptors.is_exhaustion(error):  # says nothing about the page: whoever asked may ask again
                    raise ShortageError from error
                raise TaskError(f"error: {type(error).__name__}: {error}") from error
            except Exception as error:  # parsers let anything escape, and one page must not stop the others
                raise TaskError(f"error: {type(error).__name__}: {error}") from error

    def close(self) -> None:
        """End all workers, whatever they are at; calls that wait have no result, and later ones are refused."""
        self._closed = True
        self._stop()

    def _room_here(self) -> asyncio.Semaphore:
        """Give the semaphore of the running loop: one that has waited in a loop is of no use to the next."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._room = loop, asyncio.Semaphore(self.workers * WAITING)
            self._starting = asyncio.Lock()
        return self._room

    async def _result(self, function: Callable[..., T], args: tuple[object, ...], seconds: float) -> T:
        pool = await self._running()
        future = pool.schedule(worker.call, args=(function, args, seconds), timeout=seconds)
        self._at_work.add(future)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise TaskError(_CLOSED) from None  # the worker was stopped, not the caller
        finally:
            self._at_work.discard(future)

    async def _running(self) -> pebble.ProcessPool:
        """Give the pool, or start one: on a thread, as the first process takes seconds to load its libraries."""
        async with self._starting:
            pool = self._pool
            if not self._closed and (pool is None or not pool.active):
                self._stop()
                self._pool = pool = self._start()
                await threads.call(getattr, pool, "active")  # it starts when it is first asked for anything
        if self._closed or pool is None:
            raise TaskError(_CLOSED)
        return pool

    def _start(self) -> pebble.ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOAD)
        return pebble.ProcessPool(
            max_workers=self.workers,
            max_tasks=self._max_tasks,
            initializer=worker.prepare,
            initargs=(self._memory,),
            context=context,
        )

    def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            for future in tuple(self._at_work):
                future.cancel()  # type: ignore[no-untyped-call]  # pebble types only half of itself
            pool.stop()  # type: ignore[no-untyped-call]  # as above
            pool.join()


def _how(exitcode: int) -> str:
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"exit code {exitcode}"
