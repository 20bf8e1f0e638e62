"""The index in which earlier articles are found that may report the same news as a new one.

The store and the rule lab keep the same index: candidates share at least MIN_SHARED_HASHES hashes of the text, or the
title, or at least MIN_SHARED_TERMS terms of title and lead, and were found at most MAX_GAP apart.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import Counter
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.stories.fingerprints import THINNING, title_key
from monitor.core.stories.weighted_terms import choose_indexed_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.core.stories.fingerprints import StoryFingerprint
    from monitor.core.stories.weighted_terms import WeightedTerms

MAX_GAP = timedelta(days=7)
MAX_ARTICLES_OF_KEY = 50
"""Number of the newest articles that are stored under a hash, a title or a term. A key with this number counts as
boilerplate or as a common word, and articles that share it come after those that share a rarer one."""
MAX_INDEXED_HASHES = 32
"""Hashes of a text that are indexed; two texts of which one contains half of the other share several of them."""
MIN_SHARED_HASHES = 2
MIN_SHARED_TERMS = 2
MAX_CANDIDATES = 20
"""Maximum number of candidates by hashes, by title and by terms each."""
_KINDS = 4
"""The lowest bits of a key are its kind: 0 for a hash of the text, 1 for a title, 2 for a term."""


class IndexKeys(NamedTuple):
    """Under what an article is indexed and looked up; signed 64-bit numbers, different ones for each kind."""

    hashes: list[int]
    titles: list[int]
    """The title, unless it is too general."""
    terms: list[int]


class NewestByKey:
    """The newest articles that have each key: their ids, sorted, at most MAX_ARTICLES_OF_KEY."""

    def __init__(self) -> None:
        self._newest: dict[int, array[int]] = {}

    def find(self, keys: IndexKeys) -> set[int]:
        """Return the candidates for an article with these keys."""
        return {
            *_most_shared(self._article_lists(keys.hashes), MIN_SHARED_HASHES),
            *_most_shared(self._article_lists(keys.terms), MIN_SHARED_TERMS),
            *chain.from_iterable(article_ids[-MAX_CANDIDATES:] for article_ids in self._article_lists(keys.titles)),
        }

    def missing(self, keys: set[int]) -> set[int]:
        """Return those of some keys that no article has."""
        return keys.difference(self._newest)

    def load(self, newest: Mapping[int, array[int]]) -> None:
        """Replace the articles of some keys."""
        self._newest.update(newest)

    def add(self, keys: Iterable[Iterable[int]], article_id: int) -> None:
        """Add an article under these keys."""
        for key in chain.from_iterable(keys):
            article_ids = self._newest.get(key)
            if article_ids is None:
                self._newest[key] = array("I", (article_id,))
            elif not article_ids or article_ids[-1] < article_id:
                article_ids.append(article_id)
                del article_ids[:-MAX_ARTICLES_OF_KEY]
            elif article_id not in article_ids:
                insort(article_ids, article_id)
                del article_ids[:-MAX_ARTICLES_OF_KEY]

    def drop(self, keys: IndexKeys, below: int) -> None:
        """Remove the articles with ids below this one from these keys."""
        for key in chain.from_iterable(keys):
            self._drop(key, below)

    def drop_all(self, below: int) -> None:
        """Remove the articles with ids below this one from all keys."""
        for key in list(self._newest):
            self._drop(key, below)

    def items(self) -> list[tuple[int, array[int]]]:
        """Return each key with its articles, sorted."""
        return sorted(self._newest.items())

    def _drop(self, key: int, below: int) -> None:
        if found := self._newest.get(key):
            del found[: bisect_left(found, below)]
            if not found:
                del self._newest[key]

    def _article_lists(self, keys: Iterable[int]) -> list[array[int]]:
        """Return the articles of each of these keys that has any."""
        return [found for key in keys if (found := self._newest.get(key))]


def index_keys(fingerprint: StoryFingerprint, terms: WeightedTerms) -> IndexKeys:
    """Return the keys of an article with these terms."""
    title = title_key(fingerprint.title, fingerprint.url)
    return IndexKeys(
        hashes=[value & -_KINDS for value in choose_indexed_hashes(fingerprint.shingle_hashes)],
        titles=[] if title is None else [title & -_KINDS | 1],
        terms=[term * _KINDS + 2 for term in choose_indexed_terms(terms)],
    )


def _most_shared(newest: Iterable[Sequence[int]], min_shared: int) -> list[int]:
    """Return the articles that share at least this many keys, given the newest articles of each key.

    Of more than MAX_CANDIDATES, those are returned that share the most keys that are not common; common keys decide
    among the rest.
    """
    lists = list(newest)
    shared = Counter(chain.from_iterable(lists))
    enough = [article_id for article_id, count in shared.items() if count >= min_shared]
    if len(enough) > MAX_CANDIDATES:
        rare = Counter(chain.from_iterable(each for each in lists if len(each) < MAX_ARTICLES_OF_KEY))
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
