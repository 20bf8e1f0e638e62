"""The named lists of the rules as features: which lists have terms that a text has.

What the ranker learns of a list holds for all of its terms, also for those that no example has, as in languages of
which few articles are known. Words are looked up alone and in pairs: less exact than matching, in a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.core.audit.features import has_unspaced, spaced_words
from monitor.core.matching.alternatives import NamedList
from monitor.core.matching.expressions import terms_of, walk
from monitor.core.matching.rulebook import Rule
from monitor.core.matching.terms import MIN_STEM_LETTERS, Term
from monitor.core.text import is_cjk
from monitor.core.text import words as folded_words

_MAX_CACHED_WORDS = 200_000
_MAX_UNSPACED_CHARS = 1_000
"""Characters of a text in which such terms are looked for; they say as much as three times as many of other scripts."""
_PREFIX = 2
"""Characters by which terms of scripts without spaces are looked up."""


class ListFeatures:
    """The names of the lists in some rules, by their terms."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._beginnings = _Beginnings()
        self._unspaced: dict[str, dict[str, set[str]]] = {}
        for expression in walk(each for rule in rules for each in rule.expressions):
            if isinstance(expression, NamedList):
                for term in terms_of([expression]):
                    self._add(term, expression.name)

    def __call__(self, text: str) -> list[str]:
        """Return the name of a list for each occurrence of a term; of a long term its first two words are enough."""
        read = spaced_words(text)
        found: list[str] = []
        for number, beginning in enumerate(map(self._beginnings.__getitem__, read), 1):
            if beginning is not None:  # None for most words: this loop takes most of the time
                names, following = beginning
                found += names
                if following is not None and number < len(read):
                    found += following[read[number]]
        if self._unspaced and has_unspaced(text):
            found += self._in_unspaced("".join(folded_words(text[:_MAX_UNSPACED_CHARS])))
        return found

    def _add(self, term: Term, name: str) -> None:
        joined = "".join(term.words)
        if any(map(is_cjk, joined)):
            self._unspaced.setdefault(joined[:_PREFIX], {}).setdefault(joined, set()).add(name)
            return
        before, *rest = term.words
        endings = self._beginnings.pairs.setdefault(before, _Endings()) if rest else self._beginnings.single
        if term.wildcard and len(term.words) <= 2:
            endings.stems.setdefault(term.words[-1], set()).add(name)
        else:
            for word in {rest[0]} if len(rest) > 1 else term.last_forms:
                endings.whole.setdefault(word, set()).add(name)

    def _in_unspaced(self, text: str) -> list[str]:
        found: list[str] = []
        for start in range(len(text) - 1):
            for term, names in self._unspaced.get(text[start : start + _PREFIX], {}).items():
                if text.startswith(term, start):
                    found += names
        return found


class _Endings(dict[str, tuple[str, ...]]):
    """By word: the names of the lists with a term that ends with it. Filled on demand."""

    def __init__(self) -> None:
        self.whole: dict[str, set[str]] = {}
        self.stems: dict[str, set[str]] = {}

    def __missing__(self, word: str) -> tuple[str, ...]:
        folded = _folded(word)
        stems = (folded[:end] for end in range(MIN_STEM_LETTERS, len(folded) + 1))
        names = set(self.whole.get(folded, ())).union(*(self.stems.get(stem, ()) for stem in stems))
        if len(self) >= _MAX_CACHED_WORDS:
            self.clear()
        self[word] = tuple(sorted(names))
        return self[word]


class _Beginnings(dict[str, tuple[tuple[str, ...], _Endings | None] | None]):
    """By word: the names of the lists with it as a term, and what follows it in terms of two words; None if neither."""

    def __init__(self) -> None:
        self.single = _Endings()
        self.pairs: dict[str, _Endings] = {}

    def __missing__(self, word: str) -> tuple[tuple[str, ...], _Endings | None] | None:
        names, following = self.single[word], self.pairs.get(_folded(word))
        if len(self) >= _MAX_CACHED_WORDS:
            self.clear()
        self[word] = (names, following) if names or following is not None else None
        return self[word]


def _folded(word: str) -> str:
    return "".join(folded_words(word))
