"""Pausing Python's garbage collector while large rule sets are built.

Rules are trees without reference cycles, so collections during loading and compiling find nothing. They cost two fifths
of the time for 10,000 rules (`python -m benchmarks matching`).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Switch the collector off for this process, and on again afterwards unless it was off before."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            _promote_new_objects()
            gc.enable()


def _promote_new_objects() -> None:
    """Move all objects to the oldest generation, so that the next collections of young ones do not look at them.

    Unfreezing does that with whatever was frozen. A process that keeps objects frozen is left as it is.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
