"""Groups a stream of articles into stories in memory, with the same candidates and decisions as the store.

Articles come in the order in which they were stored. Those older than the window are dropped, so that memory holds a
week. Stories are numbered in the order of their first articles.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.stories import (
    COMMON_TEXTS,
    COMMON_TITLES,
    MIN_SHARED_WORDS,
    WINDOW,
    StoryFingerprint,
    same_story,
    title_key,
    title_words,
)
from monitor.core.stories.candidates import MAX_CANDIDATES, MIN_SHARED_HASHES, choose_indexed_hashes

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable
    from datetime import datetime


class _Member(NamedTuple):
    number: int
    at: datetime
    story: int
    fingerprint: StoryFingerprint
    keys: tuple[Hashable, ...]


class StoryClusterer:
    """The stories of the last week."""

    def __init__(self) -> None:
        self._members: deque[_Member] = deque()
        self._by_key: dict[Hashable, list[_Member]] = defaultdict(list)
        self._added = 0
        self.stories = 0
        """Number of stories so far."""

    def add(self, at: datetime, fingerprint: StoryFingerprint) -> int:
        """Return the number of the story that an article joins, or of a new one."""
        self._drop_before(at - WINDOW)
        common = self._common_words(fingerprint)
        best, story = 0.0, None
        for member in self._find_candidates(fingerprint, common):
            verdict = same_story(fingerprint, member.fingerprint, common)
            if verdict is not None and verdict.score > best:
                best, story = verdict.score, member.story
        if story is None:
            story, self.stories = self.stories, self.stories + 1
        self._index(_Member(self._added, at, story, fingerprint, tuple(_keys(fingerprint))))
        self._added += 1
        return story

    def candidates(self, fingerprint: StoryFingerprint) -> list[int]:
        """Return the articles that one would be compared with, as the number of articles added before each."""
        return [member.number for member in self._find_candidates(fingerprint, self._common_words(fingerprint))]

    def _common_words(self, fingerprint: StoryFingerprint) -> frozenset[str]:
        words = title_words(fingerprint.title)
        return frozenset(word for word in words if len(self._by_key.get(word, ())) > COMMON_TITLES)

    def _find_candidates(self, fingerprint: StoryFingerprint, common: Collection[str]) -> list[_Member]:
        """Return candidates, earliest first: `add` takes the earlier one of two with equal scores."""
        title = ("title", title_key(fingerprint.title))
        numbers = {
            *self._by_text(choose_indexed_hashes(fingerprint.shingle_hashes)),
            *(member.number for member in self._by_key.get(title, [])[-MAX_CANDIDATES:]),
            *self._by_words(title_words(fingerprint.title).difference(common)),
        }
        first = self._members[0].number if self._members else 0
        return [self._members[number - first] for number in sorted(numbers)]

    def _by_text(self, hashes: Iterable[int]) -> list[int]:
        """Return article numbers, ranked by shared rare hashes, then by all shared hashes."""
        shared: Counter[int] = Counter()
        rare: Counter[int] = Counter()
        for value in hashes:
            members = self._by_key.get(value, [])
            for member in members[-COMMON_TEXTS:]:
                shared[member.number] += 1
                rare[member.number] += len(members) < COMMON_TEXTS
        enough = (number for number, count in shared.items() if count >= MIN_SHARED_HASHES)
        return sorted(enough, key=lambda number: (rare[number], shared[number], number), reverse=True)[:MAX_CANDIDATES]

    def _by_words(self, words: Iterable[str]) -> list[int]:
        shared = Counter(member.number for word in words for member in self._by_key.get(word, ()))
        enough = (number for number, count in shared.items() if count >= MIN_SHARED_WORDS)
        return sorted(enough, key=lambda number: (shared[number], number), reverse=True)[:MAX_CANDIDATES]

    def _index(self, member: _Member) -> None:
        self._members.append(member)
        for key in member.keys:
            self._by_key[key].append(member)

    def _drop_before(self, instant: datetime) -> None:
        while self._members and self._members[0].at < instant:
            for key in self._members.popleft().keys:
                self._by_key[key].pop(0)
                if not self._by_key[key]:
                    del self._by_key[key]


def _keys(fingerprint: StoryFingerprint) -> Iterable[Hashable]:
    """Return what an article is indexed under: hashes of its text, its title, the words of its title."""
    yield from choose_indexed_hashes(fingerprint.shingle_hashes)
    if (key := title_key(fingerprint.title)) is not None:
        yield ("title", key)
    yield from sorted(title_words(fingerprint.title))
