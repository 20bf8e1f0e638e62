"""What runs in each process of a scan: the function that was compiled there once, called with batch after batch."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

# Loaded here so that the server which processes are forked from has them already.
from monitor.core import scans  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.core.model import StoredArticle
    from monitor.lab.scanning import Recipe

_prepared: list[Callable[[Sequence[StoredArticle]], Any]] = []


def prepare(recipe: Recipe[Any]) -> None:
    """Compile what will be called; the rules are never collected, so that looking for garbage passes them over."""
    _prepared[:] = [recipe.compile()]
    gc.collect()
    gc.freeze()


def call(batch: Sequence[StoredArticle]) -> Any:  # noqa: ANN401 - whatever the recipe makes of a batch
    """Look through one batch."""
    return _prepared[0](batch)
