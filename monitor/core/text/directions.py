"""Names in scripts that run from right to left, within lines that run from left to right."""

from __future__ import annotations

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
