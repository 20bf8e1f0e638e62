"""A pool of worker processes that call core.articles and core.feeds, with a deadline for each call.

Publishers' input may hang or crash a parser, or exhaust memory: this costs one worker, never the daemon. `extract`
always returns an article: from the whole page, else from its plain text, else from the feed's text, with the reason.
Workers are forked from a server process that has the libraries loaded (the main process never loads them), and are
replaced after MAX_TASKS calls. Cancelling a call kills its worker.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import pebble

from monitor.core import articles
from monitor.core.errors import MonitorError, ResourceLimitError
from monitor.core.model import Article, Entry, Failed, Feed, Response, Severity
from monitor.core.newsletters import mail_batch
from monitor.extraction import process_limits
from monitor.extraction.cpu_priority import lower_cpu_priority
from monitor.extraction.feed_cache_store import FeedCaches
from monitor.runtime import descriptors, threads, timings, working_folder

if TYPE_CHECKING:
    from monitor.core.sources import ParsedSource

T = TypeVar("T")
WARMUP = ["monitor.extraction.warmup"]
MAX_TASKS = 4_000
"""Calls after which a worker is replaced, in case a library leaks; a page takes two, for extraction and matching. A
new worker is half again as slow for its first hundred calls. Measured memory growth: 65 MB over the first 750 pages,
8 MB over the next 3,000."""
MAX_WORKER_MEMORY_BYTES = 1 << 30
"""Memory that a worker may use in addition to what it starts with."""
PLAIN_TIMEOUT_SECONDS = 10.0
"""Time limit for the plain text of a page, which takes one pass."""
MAX_INLINE_CHARS = 10_000
"""Longest text of a feed that is parsed in the main process, which takes milliseconds."""
CALLS_PER_WORKER = 3
"""Calls per worker that the pool has at once; further calls wait, and their arguments are not copied yet."""

_CLOSED = "closed: the program is ending"
_BROKEN = "crash: the pool broke"


def prepare_fork_server() -> None:
    """Have the server that processes are forked from load the libraries of workers, and run at batch priority.

    It must be called before anything starts the server.
    """
    lower_cpu_priority()
    multiprocessing.get_context("forkserver").set_forkserver_preload(WARMUP)


class TaskError(Exception):
    """A call had no result; the message is the reason that is stored with the article or the poll."""


class ExtractionPool:
    """`workers` processes (None: one per CPU), each call limited to `timeout` seconds and `memory` bytes."""

    def __init__(
        self,
        workers: int | None = None,
        timeout: float = 20.0,
        *,
        memory: int = MAX_WORKER_MEMORY_BYTES,
        max_tasks: int = MAX_TASKS,
    ) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.timeout = timeout
        self._memory = memory
        self._max_tasks = max_tasks
        self._pool: pebble.ProcessPool | None = None
        self._closed = False
        self._cache = FeedCaches()
        self._running_calls: set[pebble.ProcessFuture[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = asyncio.Semaphore()
        self._starting = asyncio.Lock()

    async def extract(self, page: bytes, content_type: str, entry: Entry, select: str = "") -> Article:
        """Extract the article of a page; on failure its plain text, else the feed's text."""
        with timings.EXTRACTION.time():
            return await self._extract(page, content_type, entry, select)

    async def _extract(self, page: bytes, content_type: str, entry: Entry, select: str) -> Article:
        try:
            return await self.run(articles.extract, page, content_type, entry, select)
        except TaskError as error:
            reason = f"extraction {error}"
        try:
            seconds = min(self.timeout, PLAIN_TIMEOUT_SECONDS)
            return await self.run(articles.extract_plain, page, content_type, entry, reason, seconds=seconds)
        except TaskError as error:
            return articles.from_feed(entry, f"{reason}; plain text {error}")

    async def from_feed(self, entry: Entry, reason: str) -> Article:
        """Make an article of the feed's text: a long one in a worker, truncated to MAX_INLINE_CHARS if that fails."""
        if len(entry.summary) <= MAX_INLINE_CHARS:
            return articles.from_feed(entry, reason)
        try:
            return await self.run(articles.from_feed, entry, reason)
        except TaskError as error:
            cut = replace(entry, summary=entry.summary[:MAX_INLINE_CHARS])
            why = "; ".join(filter(None, (reason, f"the feed's text {error}")))
            return replace(articles.from_feed(cut, why), truncated=True)

    async def parse_source(self, feed: Feed, response: Response, now: datetime) -> ParsedSource:
        """Parse the response of a source by its kind; a timeout or crash is returned as a Failed outcome.

        The cache of the source is stored here for the next call, and left out of the result.
        """
        from monitor.core import sources

        kind = sources.kind_of(feed)
        key = f"{kind.name} {feed.id}"  # a kind must not see the cache of another one
        cached = self._cache.get(key)
        self._cache.put(key, b"")  # a state that makes parsing fail must not be used again
        parsed = await self._parse(feed, response, now, cached)
        self._cache.put(key, parsed.cache)
        return parsed._replace(cache=b"")

    async def parse_part(self, feed: Feed, response: Response, now: datetime, list_fingerprint: str) -> ParsedSource:
        """Parse a further response of a poll; `list_fingerprint`: where the first page of the list has its items."""
        return await self._parse(feed, response, now, list_fingerprint.encode())

    async def _parse(self, feed: Feed, response: Response, now: datetime, state: bytes) -> ParsedSource:
        """Parse in a worker by the kind of the source, and keep the entries that pass the filters of the feed."""
        from monitor.core import sources

        try:
            parsed = await self.run(sources.kind_of(feed).parse, feed, response, now, state)
        except TaskError as error:
            if plain := mail_batch.to_plain(response.body, f"parse {error}"):
                return await self._parse(feed, replace(response, body=plain), now, state)
            failure = Failed(reason=f"parse {error}", severity=Severity.SOFT, status=response.status, response=response)
            return sources.ParsedSource(failure)
        return parsed._replace(outcome=sources.keep_matching(feed, parsed.outcome))

    def drop_cache(self, feed: Feed) -> None:
        """Drop the cache of a feed, so that the next response is parsed as if it were the first."""
        from monitor.core import sources

        self._cache.put(f"{sources.kind_of(feed).name} {feed.id}", b"")

    async def run(self, function: Callable[..., T], *args: object, seconds: float | None = None) -> T:
        """Call a function in a worker; TaskError if it has no result, MonitorError if no worker can start."""
        limit = seconds or self.timeout
        async with self._slots_of_loop():
            try:
                return await self._result(function, args, limit)
            except TimeoutError:
                raise TaskError(f"timeout: over {limit:g} s") from None
            except pebble.ProcessExpired as error:
                if error.exitcode == -signal.SIGALRM:  # the deadline of matching, set inside the worker
                    raise TaskError("timeout: the worker took too long") from None
                raise TaskError(f"crash: the worker died of {_signal_name(error.exitcode)}") from None
            except BrokenProcessPool as error:
                self._stop()
                working_folder.check()
                raise TaskError(f"{_BROKEN}: {error}") from None
            except MemoryError:
                raise TaskError("out of memory") from None
            except (TaskError, MonitorError):
                raise
            except OSError as error:
                if descriptors.is_exhaustion_error(error):  # not the page's fault: the caller may retry
                    raise ResourceLimitError from error
                raise TaskError(f"error: {type(error).__name__}: {error}") from error
            except Exception as error:  # parsers raise anything, and one page must not stop the others
                raise TaskError(f"error: {type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Kill all workers; calls under way and later ones raise TaskError."""
        self._closed = True
        self._stop()

    def _slots_of_loop(self) -> asyncio.Semaphore:
        """Return the semaphore of the running event loop: a semaphore cannot be reused by another loop."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._slots = loop, asyncio.Semaphore(self.workers * CALLS_PER_WORKER)
            self._starting = asyncio.Lock()
        return self._slots

    async def _result(self, function: Callable[..., T], args: tuple[object, ...], seconds: float) -> T:
        pool = await self._started_pool()
        future = pool.schedule(process_limits.run_limited, args=(function, args, seconds), timeout=seconds)
        self._running_calls.add(future)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise TaskError(_CLOSED if self._closed else _BROKEN) from None  # the worker was stopped, not the caller
        finally:
            self._running_calls.discard(future)

    async def _started_pool(self) -> pebble.ProcessPool:
        """Return the pool; start it on a thread if needed, as the fork server takes seconds to load its libraries."""
        async with self._starting:
            pool = self._pool
            if not self._closed and (pool is None or not pool.active):
                self._stop()
                self._pool = pool = self._start()
                await threads.call(getattr, pool, "active")  # pebble starts its processes on the first access
        if self._closed or pool is None:
            raise TaskError(_CLOSED)
        return pool

    def _start(self) -> pebble.ProcessPool:
        working_folder.check()
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(WARMUP)
        return pebble.ProcessPool(
            max_workers=self.workers,
            max_tasks=self._max_tasks,
            initializer=process_limits.set_up_worker,
            initargs=(self._memory,),
            context=context,
        )

    def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            for future in tuple(self._running_calls):
                future.cancel()  # type: ignore[no-untyped-call]  # pebble is only partly typed
            pool.stop()  # type: ignore[no-untyped-call]  # as above
            pool.join()


def _signal_name(exitcode: int) -> str:
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"exit code {exitcode}"
