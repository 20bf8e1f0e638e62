"""Where phrases begin after joined words, and in which order terms are found there."""

from __future__ import annotations

from monitor.core.matching.proclitics import is_joinable, marked_words
from monitor.core.matching.terms import Term

_CACHED_WORDS = 200_000
_UNRANKED = (False, 0, -1)


class TermOrder:
    """The order of the terms that are found at one place, some of them after joined words; others keep their order."""

    def __init__(self) -> None:
        self._ranks: dict[str, tuple[bool, int, int]] = {}

    def add(self, term: Term) -> None:
        """Add a term after all others."""
        if is_joinable(term.words[0]):
            is_last = term.wildcard == (len(term.words) == 1)  # as wildcards of one word are, and phrases without one
            self._ranks[term.key] = is_last, len(term.words[-1]) * term.wildcard, len(self._ranks)

    def rank(self, key: str) -> tuple[bool, int, int]:
        """Return the sort key of a term; an equal one for all terms that cannot be found at such a place."""
        return self._ranks.get(key, _UNRANKED)


class PhraseStarts(dict[str, tuple[str, ...]]):
    """The marked words under which phrases begin, by a word of an article: a cache."""

    def __init__(self) -> None:
        super().__init__()
        self.marked: set[str] = set()
        """The marked words that begin phrases."""

    def __missing__(self, word: str) -> tuple[str, ...]:
        starts = tuple(marked for marked in marked_words(word) if marked in self.marked)
        if len(self) >= _CACHED_WORDS:
            self.clear()
        self[word] = starts
        return starts
