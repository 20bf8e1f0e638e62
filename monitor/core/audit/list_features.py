"""The named lists of the rules as features: which lists have terms that a text has.

What the ranker learns of a list holds for all of its terms, also for those that no example has, as in languages of
which few articles are known. Words are looked up alone and in pairs: less exact than matching, in a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.core.matching.alternatives import NamedList
from monitor.core.matching.expressions import terms_of, walk_expressions
from monitor.core.matching.rulebook import Rule
from monitor.core.matching.terms import MIN_STEM_LETTERS, Term
from monitor.core.text import is_cjk
from monitor.core.text import words as folded_words

_MAX_CACHED_WORDS = 50_000
_PREFIX = 2
"""Characters by which terms of scripts without spaces are looked up."""


class ListFeatures:
    """The lists in some rules, as numbers from 1 on, by their terms."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._single = _Endings()
        self._pairs: dict[str, _Endings] = {}
        self._unspaced: dict[str, dict[str, set[int]]] = {}
        lists = [
            each
            for each in walk_expressions(expression for rule in rules for expression in rule.expressions)
            if isinstance(each, NamedList)
        ]
        numbers = {name: number for number, name in enumerate(sorted({each.name for each in lists}), 1)}
        terms: dict[str, Term] = {}
        lists_of: dict[str, set[int]] = {}
        for each in lists:
            for term in terms_of([each]):
                terms[term.key] = term
                lists_of.setdefault(term.key, set()).add(numbers[each.name])
        for key, term in terms.items():
            self._add(term, lists_of[key])

    def begins_with(self, word: str) -> bool:
        """Return True if a word is a term of a list, or the first word of one."""
        folded = _folded(word)
        return folded in self._pairs or bool(self._single.find(folded))

    def of_words(self, word: str, following: str) -> tuple[int, ...]:
        """Return the lists with a word as a term, or with it and the following one; of longer terms two are enough."""
        longer = self._pairs.get(_folded(word))
        return self._single[word] + (longer[following] if longer is not None else ())

    def beginnings(self) -> set[str]:
        """Return the first two characters of the terms of scripts without spaces."""
        return set(self._unspaced)

    def of_unspaced(self, text: str, start: int) -> Iterator[int]:
        """Yield the lists with such a term at a place of a text, which has no spaces either."""
        for term, numbers in self._unspaced.get(text[start : start + _PREFIX], {}).items():
            if text.startswith(term, start):
                yield from sorted(numbers)

    def _add(self, term: Term, numbers: set[int]) -> None:
        joined = "".join(term.words)
        if any(map(is_cjk, joined)):
            if len(joined) >= _PREFIX:
                self._unspaced.setdefault(joined[:_PREFIX], {}).setdefault(joined, set()).update(numbers)
            return
        before, *rest = term.words
        endings = self._pairs.setdefault(before, _Endings()) if rest else self._single
        if term.wildcard and len(term.words) <= 2:
            endings.stems.setdefault(term.words[-1], set()).update(numbers)
        else:
            for word in {rest[0]} if len(rest) > 1 else term.last_forms:
                endings.whole.setdefault(word, set()).update(numbers)


class _Endings(dict[str, tuple[int, ...]]):
    """By word: the lists with a term that ends with it. Filled on demand."""

    def __init__(self) -> None:
        self.whole: dict[str, set[int]] = {}
        self.stems: dict[str, set[int]] = {}

    def __missing__(self, word: str) -> tuple[int, ...]:
        if len(self) >= _MAX_CACHED_WORDS:
            self.clear()
        self[word] = self.find(_folded(word))
        return self[word]

    def find(self, folded: str) -> tuple[int, ...]:
        """Return the lists with a term that ends with a word, given as rules look it up."""
        stems = (folded[:end] for end in range(MIN_STEM_LETTERS, len(folded) + 1))
        names = set(self.whole.get(folded, ())).union(*(self.stems.get(stem, ()) for stem in stems))
        return tuple(sorted(names))


def _folded(word: str) -> str:
    return "".join(folded_words(word))
