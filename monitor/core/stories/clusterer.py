"""Stories gathered from a stream of articles, without a database: the same judgement as the store's, in memory.

Articles come in the order in which they were stored; those older than the window are forgotten, so that memory holds a
week and no more. Its surprise: a story is a number, in the order of the stories' first articles.
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

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from datetime import datetime

MOST_COMPARED = 20
"""Articles that one is compared with, at most."""
_MARKS = 32
"""Hashes of a text that it is found by, the lowest: two texts of which one holds half of the other share several."""
_SHARED = 2
"""Of these, how many two articles share at least to be compared."""
_KEPT_BY_ALL = 4
"""Long texts keep only hashes divisible by this (core.stories), so that these are what a short one shares with them."""


class _Member(NamedTuple):
    at: datetime
    story: int
    fingerprint: StoryFingerprint
    marks: tuple[Hashable, ...]


class StoryClusterer:
    """The stories of the last week."""

    def __init__(self) -> None:
        self._members: deque[_Member] = deque()
        self._by_mark: dict[Hashable, list[_Member]] = defaultdict(list)
        self.stories = 0
        """How many stories there were so far."""

    def add(self, at: datetime, fingerprint: StoryFingerprint) -> int:
        """Give the number of the story that an article belongs to; a new one where it is like no other."""
        self._forget(at - WINDOW)
        words = title_words(fingerprint.title)
        common = frozenset(word for word in words if len(self._by_mark.get(word, ())) > COMMON_TITLES)
        marks = tuple(_marks(fingerprint, words))
        best, story = 0.0, None
        for member in self._alike(marks, common):
            verdict = same_story(fingerprint, member.fingerprint, common)
            if verdict is not None and verdict.score > best:
                best, story = verdict.score, member.story
        if story is None:
            story, self.stories = self.stories, self.stories + 1
        self._keep(_Member(at, story, fingerprint, marks))
        return story

    def _alike(self, marks: Iterable[Hashable], common: frozenset[str]) -> list[_Member]:
        """Find those that share enough to be compared, those first that share most of what is not common."""
        members: dict[int, _Member] = {}
        shared: dict[int, Counter[str]] = defaultdict(Counter)
        for mark in marks:
            those = self._by_mark.get(mark, []) if mark not in common else []
            for member in those[-COMMON_TEXTS:]:
                members[id(member)] = member
                shared[id(member)][_kind(mark)] += 1
                shared[id(member)]["rare"] += len(those) < COMMON_TEXTS
        near = {each: (kinds["rare"], kinds.total()) for each, kinds in shared.items() if _near(kinds)}
        return [members[each] for each in sorted(near, key=near.__getitem__, reverse=True)[:MOST_COMPARED]]

    def _keep(self, member: _Member) -> None:
        self._members.append(member)
        for mark in member.marks:
            self._by_mark[mark].append(member)

    def _forget(self, before: datetime) -> None:
        while self._members and self._members[0].at < before:
            for mark in self._members.popleft().marks:
                self._by_mark[mark].pop(0)
                if not self._by_mark[mark]:
                    del self._by_mark[mark]


def _marks(fingerprint: StoryFingerprint, words: Iterable[str]) -> Iterable[Hashable]:
    """Give what an article is found by: hashes of its text, the hash of its title, the words of its title."""
    yield from sorted(value for value in fingerprint.shingle_hashes if value % _KEPT_BY_ALL == 0)[:_MARKS]
    if (key := title_key(fingerprint.title)) is not None:
        yield ("title", key)
    yield from sorted(words)


def _kind(mark: Hashable) -> str:
    return "text" if isinstance(mark, int) else "word" if isinstance(mark, str) else "title"


def _near(kinds: Counter[str]) -> bool:
    return kinds["text"] >= _SHARED or kinds["word"] >= MIN_SHARED_WORDS or kinds["title"] > 0
