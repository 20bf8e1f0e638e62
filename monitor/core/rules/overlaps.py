"""Finds terms that occur wherever another one does. Used by lint only, so cases in doubt count as no."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from monitor.core.matching.terms import MIN_STEM_LETTERS, Term
from monitor.core.text import find_tokens


def same_words(term: Term) -> Iterator[tuple[object, ...]]:
    """Yield a key for the term as written, then for each form of its last word.

    Two terms find the same if the first key of one is among the keys of the other. A common form alone does not make
    them the same: in Hindi, verbs and nouns share plurals.
    """
    for last in (term.words[-1], *term.last_forms):
        yield (
            term.words[:-1],
            last,
            term.wildcard,
            term.cased[:-1],
            bool(term.cased),
            term.lang,
            term.crosses,
            term.within,
            term.short_korean,
        )


class ContainedTerms:
    """Terms by their words, so that those contained in a longer term are found without comparing all pairs."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._whole: dict[tuple[str, ...], Term] = {}
        self._stems: dict[tuple[str, ...], Term] = {}
        self._lengths: set[int] = set()
        for term in terms:
            self._lengths.add(len(term.words))
            if term.wildcard:
                self._stems.setdefault(term.words, term)
            for last in () if term.wildcard else term.last_forms:
                self._whole.setdefault((*term.words[:-1], last), term)

    def within(self, term: Term) -> Term | None:
        """Return a term that occurs wherever this longer one does; None if there is none."""
        for words in self._word_sequences(term.words):
            for other in self._at(words):
                is_longer = len(term.words) > len(other.words) or (other.wildcard and not term.wildcard)
                if other.key != term.key and is_longer and contains(term, other):
                    return other
        return None

    def _word_sequences(self, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Yield the word sequences within a term that are as long as some other term."""
        for length in self._lengths:
            if length < len(words) or (self._stems and length == len(words)):
                for first in range(len(words) - length + 1):
                    yield words[first : first + length]

    def _at(self, words: tuple[str, ...]) -> Iterator[Term]:
        if words in self._whole:
            yield self._whole[words]
        if self._stems:
            for length in range(MIN_STEM_LETTERS, len(words[-1]) + 1):
                if (stem := (*words[:-1], words[-1][:length])) in self._stems:
                    yield self._stems[stem]


class TermsByWord:
    """Terms by a word that whatever contains them has, so that only few pairs of a long rule are compared."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms = list(terms)
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        self._by_stem: defaultdict[str, list[int]] = defaultdict(list)
        for index, term in enumerate(self._terms):
            if len(term.words) == 1 and term.wildcard:
                self._by_stem[term.words[0]].append(index)
            else:
                for word in term.last_forms if len(term.words) == 1 else term.words[:1]:
                    self._by_word[word].append(index)
        self._stem_lengths = sorted({len(stem) for stem in self._by_stem})
        self._of_word: dict[str, list[int]] = {}
        """The indexes of the terms that a word may contain, except those of unrelated words."""
        self._unrelated: set[str] = set()
        """Words that are in none of these terms; most words of most terms are."""

    def contained_in(self, longer: Term) -> list[int]:
        """Return the positions of the terms of which every occurrence of this one contains one."""
        if self._unrelated.issuperset(longer.words) and self._unrelated.issuperset(longer.last_forms):
            return []
        words = {*longer.words, *longer.last_forms} - self._unrelated
        indexes = {index for word in words for index in self._of_word.get(word) or self._find(word)}
        return [index for index in sorted(indexes) if contains(longer, self._terms[index])]

    def _find(self, word: str) -> list[int]:
        stems = [word[:length] for length in self._stem_lengths if length <= len(word)]
        found = [*self._by_word.get(word, ()), *(index for stem in stems for index in self._by_stem.get(stem, ()))]
        if found:
            self._of_word[word] = found
        else:
            self._unrelated.add(word)
        return found


def contains(longer: Term, shorter: Term) -> bool:
    """Return True if every occurrence of the longer term contains one of the shorter."""
    if shorter.lang and not (longer.lang and set(longer.lang) <= set(shorter.lang)):
        return False
    width = len(shorter.words)
    if longer.within or shorter.within:
        return False
    if longer.crosses and width > 1 and not shorter.crosses:
        return False
    if shorter.short_korean and not longer.short_korean and shorter.text not in longer.text:
        return False
    starts = range(len(longer.words) - width + 1)
    return any(_words_fit(longer, shorter, at) and _case_fits(longer, shorter, at) for at in starts)


def _words_fit(longer: Term, shorter: Term, at: int) -> bool:
    width = len(shorter.words)
    if longer.words[at : at + width - 1] != shorter.words[:-1]:
        return False
    final = at + width == len(longer.words)
    ends = longer.last_forms if final else frozenset([longer.words[at + width - 1]])
    if shorter.wildcard:
        return all(end.startswith(shorter.words[-1]) for end in ends)
    return not (longer.wildcard and final) and ends <= shorter.last_forms


def _case_fits(longer: Term, shorter: Term, at: int) -> bool:
    """Return True if a case-sensitive term occurs in a longer one written with the same capitals."""
    if not shorter.cased:
        return True
    written = longer.cased or tuple(token.cased for token in find_tokens(longer.text.rstrip("*")))
    here = written[at : at + len(shorter.words)]
    return here[:-1] == shorter.cased[:-1] and here[-1] in shorter.cased_last_forms
