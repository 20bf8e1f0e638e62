"""Names in scripts that run from right to left, within lines that run from left to right."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import bidirectional

_LEFT_TO_RIGHT_MARK = "\u200e"
_STRONG = frozenset({"L", "R", "AL"})
"""Classes of characters that have a direction of their own, unlike digits and punctuation (UAX 9)."""


def before_number(name: str) -> str:
    """Append an invisible mark to a name whose last letter runs from right to left.

    Without it, a number that follows is shown on the other side of the name: the day of a date before it, for instance.
    """
    last = next((each for char in reversed(name) if (each := bidirectional(char)) in _STRONG), "L")
    return name if last == "L" else name + _LEFT_TO_RIGHT_MARK


def mark_names(text: str, names: Iterable[str]) -> str:
    """Append the mark to names within a text, which has them in this order; one that it lacks is passed over."""
    parts: list[str] = []
    at = 0
    for name in names:
        if (start := text.find(name, at)) >= 0:
            parts += text[at:start], before_number(name)
            at = start + len(name)
    return "".join([*parts, text[at:]])
