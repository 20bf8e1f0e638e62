"""The index in which earlier articles are found that may report the same news as a new one.

The store and the rule lab keep the same index: candidates share at least MIN_SHARED_HASHES hashes of the text, or the
title, or at least MIN_SHARED_TERMS terms of title and lead, and were found within WINDOW.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.stories.fingerprints import THINNING, title_key
from monitor.core.stories.terms import choose_indexed_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


class NewestByKey:
    """The newest articles that have each key: their ids, sorted, at most `most` of them."""

    def __init__(self, newest: dict[int, list[int]], most: int) -> None:
        self._newest = newest
        self._most = most

    def of(self, keys: Iterable[int]) -> list[list[int]]:
        """Return the articles of each of these keys that has any."""
        return [found for key in keys if (found := self._newest.get(key))]

    def add(self, keys: Iterable[int], article_id: int) -> None:
        """Add an article under these keys."""
        for key in keys:
            found = self._newest.setdefault(key, [])
            if article_id not in found:
                insort(found, article_id)
                del found[: -self._most]


class IndexKeys(NamedTuple):
    """Under what an article is indexed and looked up."""

    hashes: list[int]
    titles: list[int]
    """The title, unless it is too general."""
    terms: list[int]


def index_keys(fingerprint: StoryFingerprint, terms: WeightedTerms) -> IndexKeys:
    """Return the keys of an article with these terms."""
    title = title_key(fingerprint.title, fingerprint.url)
    return IndexKeys(
        hashes=choose_indexed_hashes(fingerprint.shingle_hashes),
        titles=[] if title is None else [title],
        terms=choose_indexed_terms(terms),
    )


def most_shared(newest: Iterable[Sequence[int]], least: int) -> list[int]:
    """Return the articles that share at least this many keys, given the newest COMMON_TEXTS articles of each key.

    Of more than MAX_CANDIDATES, those are returned that share the most keys that are not common; common keys decide
    among the rest.
    """
    lists = list(newest)
    shared = Counter(chain.from_iterable(lists))
    enough = [article_id for article_id, count in shared.items() if count >= least]
    if len(enough) > MAX_CANDIDATES:
        rare = Counter(chain.from_iterable(each for each in lists if len(each) < COMMON_TEXTS))
        enough.sort(key=lambda article_id: (rare[article_id], shared[article_id], article_id), reverse=True)
    return enough[:MAX_CANDIDATES]


def choose_indexed_hashes(hashes: Iterable[int]) -> list[int]:
    """Return the hashes under which a text is indexed: the lowest, so that copies share them.

    Hashes that long texts keep too come first, so that a short and a long text have some in common.
    """
    ordered = sorted(hashes)
    chosen = [value for value in ordered if value % THINNING == 0][:MAX_INDEXED_HASHES]
    if len(chosen) < MAX_INDEXED_HASHES:
        chosen += [value for value in ordered if value % THINNING][: MAX_INDEXED_HASHES - len(chosen)]
    return chosen
