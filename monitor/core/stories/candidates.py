"""Which earlier articles a new one is compared with: limits that the store's index and the rule lab have in common.

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
"""Indexed hashes that a candidate shares at least."""
MAX_CANDIDATES = 20
"""Candidates at most, of each of the three ways to find them."""
_KEPT_OF_LONG_TEXTS = 4
"""`hash_shingles` keeps of a long text only hashes that are divisible by this."""


def choose_indexed_hashes(hashes: Iterable[int]) -> list[int]:
    """Choose the hashes under which a text is indexed and looked up: the lowest, the same ones in every text.

    Those that long texts keep too come first, so that a short text and a long one have some in common.
    """
    ordered = sorted(hashes)
    chosen = [value for value in ordered if value % _KEPT_OF_LONG_TEXTS == 0][:MAX_INDEXED_HASHES]
    if len(chosen) < MAX_INDEXED_HASHES:
        chosen += [value for value in ordered if value % _KEPT_OF_LONG_TEXTS][: MAX_INDEXED_HASHES - len(chosen)]
    return chosen
