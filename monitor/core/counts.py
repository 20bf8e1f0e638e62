"""Numbers with their nouns, and lists of names."""

from __future__ import annotations

from collections.abc import Sequence


def count(number: int, one: str, many: str = "") -> str:
    """Format a number with its noun: `1 story`, `1,200 stories`; `many` defaults to `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def join_names(names: Sequence[str], most: int) -> str:
    """Join names with commas; the names after the first `most` are counted: `A, B and 3 more`."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return ", ".join([*names[:-2], " and ".join(names[-2:])])
