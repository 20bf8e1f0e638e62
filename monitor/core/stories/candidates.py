"""The index in which earlier articles are found that may report the same news as a new one.

The store and the rule lab keep the same index: candidates share at least MIN_SHARED_HASHES hashes of the text, or the
title, or at least MIN_SHARED_TERMS terms of title and lead, and were found within WINDOW.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.stories.fingerprints import THINNING, title_key
from monitor.core.stories.terms import choose_indexed_terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.stories.fingerprints import StoryFingerprint
    from monitor.core.stories.terms import WeightedTerms

WINDOW = timedelta(days=7)
COMMON_TEXTS = 50
"""Articles with one hash or term at which it counts as boilerplate, or as a common word. Only the newest of these
articles are looked up, after those that share a rarer one."""
MAX_INDEXED_HASHES = 32
"""Hashes of a text that are indexed; two texts of which one contains half of the other share several of them."""
MIN_SHARED_HASHES = 2
MIN_SHARED_TERMS = 2
MAX_CANDIDATES = 20
"""Maximum number of candidates by hashes, by title and by terms each."""


class IndexKeys(NamedTuple):
    """Under what an article is indexed and looked up."""

    hashes: list[int]
    title: int | None
    terms: list[int]


def index_keys(fingerprint: StoryFingerprint, terms: WeightedTerms) -> IndexKeys:
    """Return the keys of an article with these terms."""
    return IndexKeys(
        hashes=choose_indexed_hashes(fingerprint.shingle_hashes),
        title=title_key(fingerprint.title, fingerprint.url),
        terms=choose_indexed_terms(terms),
    )


def choose_indexed_hashes(hashes: Iterable[int]) -> list[int]:
    """Return the hashes under which a text is indexed: the lowest, so that copies share them.

    Hashes that long texts keep too come first, so that a short and a long text have some in common.
    """
    ordered = sorted(hashes)
    chosen = [value for value in ordered if value % THINNING == 0][:MAX_INDEXED_HASHES]
    if len(chosen) < MAX_INDEXED_HASHES:
        chosen += [value for value in ordered if value % THINNING][: MAX_INDEXED_HASHES - len(chosen)]
    return chosen
