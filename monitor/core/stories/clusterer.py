"""Groups a stream of articles into stories in memory, with the same candidates and decisions as the store.

Articles come in the order in which they were stored. Those older than the window are dropped, so that memory holds a
week. Stories are numbered in the order of their first articles.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.model import NO_TERMS, StoryTerms
from monitor.core.stories.candidates import MAX_GAP, IndexKeys, NewestByKey, index_keys
from monitor.core.stories.events import FIRST_ARTICLES
from monitor.core.stories.frequencies import DocumentFrequencies
from monitor.core.stories.joining import find_story
from monitor.core.stories.weighted_terms import weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from monitor.core.stories.fingerprints import StoryFingerprint


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
        self._newest = NewestByKey()
        self._by_story: dict[int, list[_Member]] = defaultdict(list)
        self._added = 0
        self.frequencies = DocumentFrequencies()
        """Counts of the terms of all articles that were added; a caller may count those of others before."""
        self.stories = 0
        """Number of stories so far."""

    def add(self, at: datetime, fingerprint: StoryFingerprint, terms: StoryTerms = NO_TERMS) -> int:
        """Return the number of the story that an article joins, or of a new one; `at` is when it was stored."""
        weighted = weigh(terms, self.frequencies.counts)
        self.frequencies.count(terms.hashes)
        fingerprint = replace(fingerprint, terms=weighted.to_bytes())
        self._drop_before(at - MAX_GAP)
        keys = index_keys(fingerprint, weighted)
        compared = [(member.story, member.fingerprint) for member in self._find_candidates(keys)]
        story = find_story(fingerprint, weighted, compared, self._first_articles)
        if story is None:
            story, self.stories = self.stories, self.stories + 1
        self._index(_Member(self._added, at, story, fingerprint, keys))
        self._added += 1
        return story

    def candidates(self, keys: IndexKeys) -> list[int]:
        """Return the articles that one would be compared with, as the number of articles added before each."""
        return [member.number for member in self._find_candidates(keys)]

    def _first_articles(self, stories: Iterable[int]) -> Iterator[tuple[int, StoryFingerprint]]:
        for story in stories:
            for member in self._by_story[story][:FIRST_ARTICLES]:
                yield story, member.fingerprint

    def _find_candidates(self, keys: IndexKeys) -> list[_Member]:
        """Return candidates, earliest first."""
        first = self._members[0].number if self._members else 0
        return [self._members[number - first] for number in sorted(self._newest.find(keys))]

    def _index(self, member: _Member) -> None:
        self._members.append(member)
        self._by_story[member.story].append(member)
        self._newest.add(member.keys, member.number)

    def _drop_before(self, instant: datetime) -> None:
        while self._members and self._members[0].at < instant:
            oldest = self._members.popleft()
            self._newest.drop(oldest.keys, oldest.number + 1)
            self._by_story[oldest.story].pop(0)
            if not self._by_story[oldest.story]:
                del self._by_story[oldest.story]
