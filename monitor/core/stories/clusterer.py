"""Groups a stream of articles into stories in memory, with the same candidates and decisions as the store.

Articles come in the order in which they were stored. Those older than the window are dropped, so that memory holds a
week. Stories are numbered in the order of their first articles.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from monitor.core.model import NO_TERMS, StoryTerms
from monitor.core.stories.candidates import (
    COMMON_TEXTS,
    MAX_CANDIDATES,
    MIN_SHARED_HASHES,
    MIN_SHARED_TERMS,
    WINDOW,
    IndexKeys,
    index_keys,
    most_shared,
)
from monitor.core.stories.copies import copied_story
from monitor.core.stories.events import FOUNDERS, choose_story, shortlist
from monitor.core.stories.frequencies import TermFrequencies
from monitor.core.stories.terms import WeightedTerms, weigh

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from datetime import datetime

    from monitor.core.stories.fingerprints import StoryFingerprint

Key = TypeVar("Key", bound="Hashable")
Value = TypeVar("Value")


class _Member(NamedTuple):
    number: int
    at: datetime
    story: int
    fingerprint: StoryFingerprint
    keys: IndexKeys


class StoryClusterer:
    """The stories of the last week."""

    def __init__(self) -> None:
        self._members: deque[_Member] = deque()
        self._by_key: dict[tuple[str, int], list[int]] = defaultdict(list)
        self._by_story: dict[int, list[_Member]] = defaultdict(list)
        self._added = 0
        self.frequencies = TermFrequencies()
        """Counts of the terms of all articles that were added; a caller may count those of others before."""
        self.stories = 0
        """Number of stories so far."""

    def add(self, at: datetime, fingerprint: StoryFingerprint, terms: StoryTerms = NO_TERMS) -> int:
        """Return the number of the story that an article joins, or of a new one; `at` is when it was stored."""
        weighted = weigh(terms, self.frequencies.counts)
        self.frequencies.count(terms.hashes)
        fingerprint = replace(fingerprint, terms=weighted.to_bytes())
        self._drop_before(at - WINDOW)
        keys = index_keys(fingerprint, weighted)
        story = self._find_story(fingerprint, weighted, keys)
        if story is None:
            story, self.stories = self.stories, self.stories + 1
        self._index(_Member(self._added, at, story, fingerprint, keys))
        self._added += 1
        return story

    def candidates(self, keys: IndexKeys) -> list[int]:
        """Return the articles that one would be compared with, as the number of articles added before each."""
        return [member.number for member in self._find_candidates(keys)]

    def _find_story(self, new: StoryFingerprint, terms: WeightedTerms, keys: IndexKeys) -> int | None:
        candidates = [(member.story, member.fingerprint) for member in self._find_candidates(keys)]
        copied = copied_story(new, terms, candidates)
        return self._find_event(new, candidates) if copied is None else copied

    def _find_event(self, new: StoryFingerprint, candidates: Iterable[tuple[int, StoryFingerprint]]) -> int | None:
        listed = shortlist(new, candidates)
        founders = ((story, member.fingerprint) for story in listed for member in self._by_story[story][:FOUNDERS])
        return choose_story(new, founders)

    def _find_candidates(self, keys: IndexKeys) -> list[_Member]:
        """Return candidates, earliest first."""
        with_title = self._newest("title", keys.titles, MAX_CANDIDATES)
        numbers = {
            *most_shared(self._newest("hash", keys.hashes, COMMON_TEXTS), MIN_SHARED_HASHES),
            *most_shared(self._newest("term", keys.terms, COMMON_TEXTS), MIN_SHARED_TERMS),
            *chain.from_iterable(with_title),
        }
        first = self._members[0].number if self._members else 0
        return [self._members[number - first] for number in sorted(numbers)]

    def _newest(self, kind: str, keys: Iterable[int], most: int) -> Iterable[list[int]]:
        return (found[-most:] for key in keys if (found := self._by_key.get((kind, key))))

    def _index(self, member: _Member) -> None:
        self._members.append(member)
        self._by_story[member.story].append(member)
        for key in _named(member.keys):
            self._by_key[key].append(member.number)

    def _drop_before(self, instant: datetime) -> None:
        while self._members and self._members[0].at < instant:
            oldest = self._members.popleft()
            _drop_first(self._by_story, oldest.story)
            for key in _named(oldest.keys):
                _drop_first(self._by_key, key)


def _drop_first(table: dict[Key, list[Value]], key: Key) -> None:
    table[key].pop(0)
    if not table[key]:
        del table[key]


def _named(keys: IndexKeys) -> Iterable[tuple[str, int]]:
    return ((kind, key) for kind, each in zip(("hash", "title", "term"), keys, strict=True) for key in each)
