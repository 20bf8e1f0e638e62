"""Keeping Python's garbage collector from looking at large rule sets, and at what forked processes share.

Rules are trees without reference cycles, so collections during loading and compiling find nothing. They cost two fifths
of the time for 10,000 rules (`python -m benchmarks matching`).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_keeps_objects_frozen = False


def freeze_objects() -> None:
    """Exclude all objects that exist now from collections, for as long as this process and its forks last."""
    global _keeps_objects_frozen  # noqa: PLW0603 - the collector is one for the process, and asking it takes linear time
    gc.freeze()
    _keeps_objects_frozen = True


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
    if not _keeps_objects_frozen:
        gc.freeze()
        gc.unfreeze()
