"""The functions that take publishers' text, each as a call of one argument: the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.text_functions import articles, matching, outputs, sources, texts

if TYPE_CHECKING:
    from collections.abc import Callable


def calls() -> dict[str, Callable[[str], object]]:
    """Return all of them by name."""
    return {
        name: call
        for module in (texts, matching, articles, sources, outputs)
        for name, call in module.functions().items()
    }
