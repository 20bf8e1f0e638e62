"""`did you mean`: the nearest of the words that would have been right."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Find the known word that was most likely meant, or None when nothing is near."""
    folded = {name.casefold(): name for name in sorted(known)}
    found = get_close_matches(word[:100].casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Phrase the suggestion, empty when there is none."""
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else ""
