"""The process that trains the ranker: at the lowest priority, with a deadline and a limit of memory."""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy loads: one thread is enough, and each reserves memory

import multiprocessing
from typing import TYPE_CHECKING

import pebble

from monitor.audit.training import train
from monitor.core.errors import MonitorError
from monitor.extraction import process_limits

if TYPE_CHECKING:
    from monitor.audit.training import TrainingRequest, TrainingResult
    from monitor.store import Store

DEADLINE_SECONDS = 900.0
"""100,000 articles take less than 60 seconds."""
MAX_EXTRA_MEMORY_BYTES = 1 << 30
"""Bytes of address space in addition to what the process starts with; it uses half of that."""
_LOWEST_PRIORITY = 19


def train_in_process(store: Store, request: TrainingRequest) -> TrainingResult:
    """Train in a process that ends afterwards; MonitorError if it takes too long or dies."""
    context = multiprocessing.get_context("forkserver")
    pool = pebble.ProcessPool(max_workers=1, initializer=_prepare, context=context)
    future = pool.schedule(train, args=(store, request), timeout=DEADLINE_SECONDS)
    try:
        return future.result()
    except TimeoutError:
        raise MonitorError(f"the ranking of unmatched articles took more than {DEADLINE_SECONDS:g} s") from None
    except (pebble.ProcessExpired, MemoryError) as error:
        raise MonitorError(f"the ranking of unmatched articles failed: {type(error).__name__}: {error}") from None
    finally:
        pool.stop()  # type: ignore[no-untyped-call]  # pebble types only half of itself
        pool.join()


def _prepare() -> None:
    os.nice(_LOWEST_PRIORITY)
    process_limits.set_up_worker(MAX_EXTRA_MEMORY_BYTES)
