"""Scans the archive with a compiled job in several processes; results come back in the order of the articles.

Each process reads its batches from the database itself, so that no text passes through this process. Few batches are
queued at a time, which bounds memory. A short archive is scanned in this process, faster than processes would start.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any, Generic, Literal, TypeVar

import pebble

from monitor.core.errors import MonitorError
from monitor.lab import scan_process
from monitor.lab.scan_process import ScanJob
from monitor.store import ArchiveSection, Store

BATCH = 250
"""Articles in a batch."""
SMALL_BATCH = 50
"""Articles in a batch of a scan that is to end at a certain time; they take a tenth of a second."""
QUEUED_PER_WORKER = 3
"""Batches handed to each process ahead of time."""
SCAN_DEADLINE_SECONDS = 300.0
"""Seconds for one batch; it takes less than one."""
T = TypeVar("T")


def scan_archive(
    job: ScanJob[T],
    store: Store,
    since: datetime,
    workers: int,
    progress: Callable[[int], None] = lambda _done: None,
    *,
    batch: int = BATCH,
    deadline: float = SCAN_DEADLINE_SECONDS,
) -> Iterator[T]:
    """Scan the archive in `workers` processes; `progress` is called with the number of articles done."""
    sections = store.sections(since, batch)
    first = list(islice(sections, 2))
    several = len(first) > 1 and workers > 1 and store.shareable
    every = chain(first, sections)
    results = _in_processes(job, store, every, workers, deadline) if several else _in_this_process(job, store, every)
    done = 0
    for result, count in results:
        yield result
        done += count
        progress(done)


@dataclass(frozen=True, slots=True)
class NewestScan(Generic[T]):
    """The results of a scan that begins with the newest articles, in the order of time."""

    results: tuple[T, ...]
    articles: int
    """The number of articles that were read."""
    oldest: datetime | None
    """When the oldest of them was stored; None without any."""
    end: Literal["period", "articles", "time"]
    """What ended the scan: it read the whole period, or as many articles as it may, or its time was over."""


def scan_newest(
    job: ScanJob[T], store: Store, since: datetime, *, most: int, ends_at: float, batch: int = SMALL_BATCH
) -> NewestScan[T]:
    """Scan the newest `most` articles in this process, the newest batch first.

    No further batch begins at `ends_at`, a value of `time.monotonic`; the first one is always read.
    """
    function = job.compile()
    sections = store.newest_sections(since, batch, most)
    results: list[T] = []
    count, oldest = 0, None
    for section in sections:
        if results and time.monotonic() > ends_at:
            return NewestScan(tuple(reversed(results)), count, oldest, "time")
        articles = store.articles_of(section)
        results.append(function(articles))
        count += len(articles)
        oldest = articles[0].stored_at if articles else oldest
    is_whole = not sections or sections[-1].after.stored_at == since
    return NewestScan(tuple(reversed(results)), count, oldest, "period" if is_whole else "articles")


def _in_this_process(job: ScanJob[T], store: Store, sections: Iterable[ArchiveSection]) -> Iterator[tuple[T, int]]:
    function = job.compile()
    for section in sections:
        articles = store.articles_of(section)
        yield function(articles), len(articles)


def _in_processes(
    job: ScanJob[T], store: Store, sections: Iterable[ArchiveSection], workers: int, deadline: float
) -> Iterator[tuple[T, int]]:
    """Give sections to the processes, a few ahead, and yield the results in order; end the processes at the end."""
    waiting: deque[pebble.ProcessFuture[tuple[T, int]]] = deque()
    pool = _start(job, store, workers)
    try:
        for section in sections:
            waiting.append(pool.schedule(scan_process.scan_section, args=(section,), timeout=deadline))
            if len(waiting) > workers * QUEUED_PER_WORKER:
                yield _result(waiting.popleft(), deadline)
        while waiting:
            yield _result(waiting.popleft(), deadline)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]  # pebble types only half of itself
        pool.join()


def _start(job: ScanJob[Any], store: Store, workers: int) -> pebble.ProcessPool:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.lab.scan_process"])
    return pebble.ProcessPool(workers, initializer=scan_process.initialize, initargs=(job, store), context=context)


def _result(future: pebble.ProcessFuture[T], deadline: float) -> T:
    try:
        return future.result()
    except TimeoutError:
        raise MonitorError(f"the scan of the archive was stopped: a batch took more than {deadline:g} s") from None
    except pebble.ProcessExpired as error:
        raise MonitorError(
            f"the scan of the archive was stopped: a process died (exit code {error.exitcode})"
        ) from None
