"""Limits of the search for earlier articles to compare with, shared by the store and the rule lab.

Candidates are found in three ways: by hashes of their text, by their whole title, by words of their title.
`same_story` then decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_INDEXED_HASHES = 32
"""Hashes of a text that are indexed: two texts of which one holds half of the other still share several of these."""
MIN_SHARED_HASHES = 2
"""Minimum number of indexed hashes that a candidate shares."""
MAX_CANDIDATES = 20
"""Maximum number of candidates from each of the three ways."""
_KEPT_OF_LONG_TEXTS = 4
"""`hash_shingles` keeps only hashes of a long text that are divisible by this."""


def choose_indexed_hashes(hashes: Iterable[int]) -> list[int]:
    """Return the hashes under which a text is indexed and looked up: the lowest, so that copies share them.

    Hashes that long texts keep too come first, so that a short and a long text have some in common.
    """
    ordered = sorted(hashes)
    chosen = [value for value in ordered if value % _KEPT_OF_LONG_TEXTS == 0][:MAX_INDEXED_HASHES]
    if len(chosen) < MAX_INDEXED_HASHES:
        chosen += [value for value in ordered if value % _KEPT_OF_LONG_TEXTS][: MAX_INDEXED_HASHES - len(chosen)]
    return chosen
