"""How long work reports its progress."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int | None], None]
"""Called with the number of items that are done, and of all items; None if that is not known."""


def no_progress(_done: int, _total: int | None) -> None:
    """Report nothing."""
