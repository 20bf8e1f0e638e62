"""The archive, read page by page and looked through in several processes; what they find comes back in order.

The rules are compiled once in each process. Only a few batches are on their way at any time, so that memory stays flat
however long the archive is. A short archive is looked through here: no process starts faster than it takes.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pebble

from monitor.core.errors import MonitorError
from monitor.lab import worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from monitor.core.model import StoredArticle

BATCH = 250
WAITING = 3
"""Batches handed to each process ahead of time."""
DEADLINE = 300.0
"""Seconds for one batch; it takes less than one."""
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Recipe(Protocol[T_co]):
    """What is sent to each process, and becomes a function of batches there."""

    def compile(self) -> Callable[[Sequence[StoredArticle]], T_co]:
        """Make the function."""
        ...


def scan(
    recipe: Recipe[T], articles: Iterable[StoredArticle], workers: int, tell: Callable[[int], None] = lambda _done: None
) -> Iterator[T]:
    """Look through articles with `workers` processes; `tell` hears how many are done."""
    batches = _batches(articles)
    first = list(islice(batches, 2))
    run = _in_processes if len(first) > 1 and workers > 1 else _here
    done = 0
    for result, count in run(recipe, chain(first, batches), workers):
        yield result
        done += count
        tell(done)


def _batches(articles: Iterable[StoredArticle]) -> Iterator[list[StoredArticle]]:
    source = iter(articles)
    while batch := list(islice(source, BATCH)):
        yield batch


def _here(recipe: Recipe[T], batches: Iterable[list[StoredArticle]], _workers: int) -> Iterator[tuple[T, int]]:
    function = recipe.compile()
    for batch in batches:
        yield function(batch), len(batch)


def _in_processes(recipe: Recipe[T], batches: Iterable[list[StoredArticle]], workers: int) -> Iterator[tuple[T, int]]:
    waiting: deque[tuple[pebble.ProcessFuture[T], int]] = deque()
    pool = _start(recipe, workers)
    try:
        for batch in batches:
            waiting.append((pool.schedule(worker.call, args=(batch,), timeout=DEADLINE), len(batch)))
            if len(waiting) > workers * WAITING:
                future, count = waiting.popleft()
                yield _result(future), count
        for future, count in waiting:
            yield _result(future), count
    finally:
        pool.stop()  # type: ignore[no-untyped-call]  # pebble types only half of itself
        pool.join()


def _start(recipe: Recipe[Any], workers: int) -> pebble.ProcessPool:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.lab.worker"])
    return pebble.ProcessPool(max_workers=workers, initializer=worker.prepare, initargs=(recipe,), context=context)


def _result(future: pebble.ProcessFuture[T]) -> T:
    try:
        return future.result()
    except TimeoutError:
        raise MonitorError(f"the scan of the archive was stopped: a batch took more than {DEADLINE:.0f} s") from None
    except pebble.ProcessExpired as error:
        raise MonitorError(
            f"the scan of the archive was stopped: a process died (exit code {error.exitcode})"
        ) from None
