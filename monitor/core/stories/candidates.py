"""Limits of the search for earlier articles to compare with, shared by the store and the rule lab.

Candidates are found in three ways: by hashes of their text, by their whole title, by terms of title and lead
(`terms.choose_indexed_terms`). `same_story` and `events` then decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_INDEXED_HASHES = 32
"""Hashes of a text that are indexed; two texts of which one contains half of the other share several of them."""
MIN_SHARED_HASHES = 2
"""Minimum number of indexed hashes that a candidate shares."""
MIN_SHARED_TERMS = 2
"""Minimum number of indexed terms that a candidate shares."""
MAX_CANDIDATES = 20
"""Maximum number of candidates from each of the three ways."""
THINNING = 4
"""Of a long text only hashes that are divisible by this are kept (`hash_shingles`)."""


def choose_indexed_hashes(hashes: Iterable[int]) -> list[int]:
    """Return the hashes under which a text is indexed and looked up: the lowest, so that copies share them.

    Hashes that long texts keep too come first, so that a short and a long text have some in common.
    """
    ordered = sorted(hashes)
    chosen = [value for value in ordered if value % THINNING == 0][:MAX_INDEXED_HASHES]
    if len(chosen) < MAX_INDEXED_HASHES:
        chosen += [value for value in ordered if value % THINNING][: MAX_INDEXED_HASHES - len(chosen)]
    return chosen
