"""The worker process of an archive scan: compiles a job once and calls it with batch after batch."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

# Loaded here so that the server which processes are forked from has them already.
from monitor.core.lab import batch_matches  # noqa: F401
from monitor.core.model import StoredArticle
from monitor.runtime.garbage_collection import collection_paused, freeze_objects
from monitor.store import ArchiveSection, Store

T_co = TypeVar("T_co", covariant=True)


class ScanJob(Protocol[T_co]):
    """A job as it is sent to each process, which compiles it to a function of articles."""

    def compile(self) -> Callable[[Sequence[StoredArticle]], T_co]:
        """Return the function."""
        ...


class _WorkerState(NamedTuple):
    store: Store
    function: Callable[[Sequence[StoredArticle]], Any]


_state: list[_WorkerState] = []


def initialize(job: ScanJob[Any], store: Store) -> None:
    """Compile the job, and exempt its rules from garbage collection: they live as long as the process."""
    freeze_objects()  # a collection would write to all that is shared with the fork server, and so copy it
    with collection_paused():
        _state[:] = [_WorkerState(store, job.compile())]
    gc.collect()
    freeze_objects()


def scan_section(section: ArchiveSection) -> tuple[Any, int]:
    """Return the result of one batch, and its number of articles."""
    state = _state[0]
    articles = state.store.articles_of(section)
    return state.function(articles), len(articles)
