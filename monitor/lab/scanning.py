"""The archive, looked through in several processes; what they find comes back in order.

Each process reads its pieces of the archive itself, with rules that it compiled once: no text passes through this one.
Only a few pieces are on their way at any time, so that memory stays flat however long the archive is. A short archive
is looked through here: no process starts faster than it takes.
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
    from datetime import datetime

    from monitor.core.model import StoredArticle
    from monitor.store import Span, Store

PIECE = 250
"""Articles."""
WAITING = 3
"""Pieces handed to each process ahead of time."""
DEADLINE = 300.0
"""Seconds for one piece; it takes less than one."""
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Recipe(Protocol[T_co]):
    """What is sent to each process, and becomes a function of articles there."""

    def compile(self) -> Callable[[Sequence[StoredArticle]], T_co]:
        """Make the function."""
        ...


def scan(
    recipe: Recipe[T],
    store: Store,
    since: datetime,
    workers: int,
    tell: Callable[[int], None] = lambda _done: None,
    *,
    piece: int = PIECE,
    deadline: float = DEADLINE,
) -> Iterator[T]:
    """Look through the archive with so many processes; `tell` hears how many articles are done."""
    spans = store.spans(since, piece)
    first = list(islice(spans, 2))
    several = len(first) > 1 and workers > 1 and store.shareable
    every = chain(first, spans)
    results = _away(recipe, store, every, workers, deadline) if several else _here(recipe, store, every)
    done = 0
    for result, count in results:
        yield result
        done += count
        tell(done)


def _here(recipe: Recipe[T], store: Store, spans: Iterable[Span]) -> Iterator[tuple[T, int]]:
    function = recipe.compile()
    for span in spans:
        articles = store.articles_of(span)
        yield function(articles), len(articles)


def _away(
    recipe: Recipe[T], store: Store, spans: Iterable[Span], workers: int, deadline: float
) -> Iterator[tuple[T, int]]:
    """Deal out spans, a few ahead, and give what comes back in their order; the processes end with it."""
    waiting: deque[pebble.ProcessFuture[tuple[T, int]]] = deque()
    pool = _start(recipe, store, workers)
    try:
        for span in spans:
            waiting.append(pool.schedule(worker.call, args=(span,), timeout=deadline))
            if len(waiting) > workers * WAITING:
                yield _result(waiting.popleft(), deadline)
        while waiting:
            yield _result(waiting.popleft(), deadline)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]  # pebble types only half of itself
        pool.join()


def _start(recipe: Recipe[Any], store: Store, workers: int) -> pebble.ProcessPool:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.lab.worker"])
    return pebble.ProcessPool(
        max_workers=workers, initializer=worker.prepare, initargs=(recipe, store), context=context
    )


def _result(future: pebble.ProcessFuture[T], deadline: float) -> T:
    try:
        return future.result()
    except TimeoutError:
        raise MonitorError(f"the scan of the archive was stopped: a piece took more than {deadline:g} s") from None
    except pebble.ProcessExpired as error:
        raise MonitorError(
            f"the scan of the archive was stopped: a process died (exit code {error.exitcode})"
        ) from None
