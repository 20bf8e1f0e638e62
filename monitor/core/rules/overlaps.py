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


_TermsByWords = dict[tuple[str, ...], Term]


class ContainedTerms:
    """Terms by their words, so that those contained in a longer term are found without comparing all pairs."""

    def __init__(self, terms: Iterable[Term], further: Iterable[ContainedTerms] = ()) -> None:
        """Index some terms; where several have the same words, the first counts, and those of `further` come last."""
        whole: _TermsByWords = {}
        stems: _TermsByWords = {}
        self.lengths: set[int] = set()
        self.shared_forms: set[tuple[str, ...]] = set()
        """The words that two of `terms` look for."""
        for term in terms:
            self.lengths.add(len(term.words))
            by_words = stems if term.wildcard else whole
            for words in _forms(term):
                if by_words.setdefault(words, term) is not term:
                    self.shared_forms.add(words)
        others = [*further][::-1]
        self.lengths.update(*(each.lengths for each in others))
        self.whole: _TermsByWords = _merge([*(each.whole for each in others), whole])
        self.stems: _TermsByWords = _merge([*(each.stems for each in others), stems])
        self._beginnings = {_beginning(words) for words in self.stems}

    def shares_form(self, term: Term) -> bool:
        """Return True if the term looks for the same words as another of `terms`."""
        return not self.shared_forms.isdisjoint(_forms(term))

    def within(self, term: Term) -> Term | None:
        """Return a term that occurs wherever this longer one does; None if there is none."""
        for words in self._find_sequences(term.words):
            for other in self._at(words):
                is_longer = len(term.words) > len(other.words) or (other.wildcard and not term.wildcard)
                if other.key != term.key and is_longer and contains(term, other):
                    return other
        return None

    def _find_sequences(self, words: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Return the word sequences within a term that one of these terms may find; all of it only for a wildcard."""
        lengths = [length for length in sorted(self.lengths) if length < len(words)]
        shorter = [words[at : at + length] for length in lengths for at in range(len(words) - length + 1)]
        whole, beginnings = self.whole, self._beginnings
        if not beginnings:
            return [each for each in shorter if each in whole]
        found = [each for each in shorter if each in whole or _beginning(each) in beginnings]
        return [*found, words] if _beginning(words) in beginnings else found

    def _at(self, words: tuple[str, ...]) -> Iterator[Term]:
        if words in self.whole:
            yield self.whole[words]
        for length in range(MIN_STEM_LETTERS, len(words[-1]) + 1) if self.stems else ():
            if (stem := (*words[:-1], words[-1][:length])) in self.stems:
                yield self.stems[stem]


def _forms(term: Term) -> list[tuple[str, ...]]:
    """Return the words of a term with each form of the last."""
    before = term.words[:-1]
    return [(*before, last) for last in term.last_forms]


def _merge(indexes: list[_TermsByWords]) -> _TermsByWords:
    """Merge some indexes; the later ones count where several have the same words."""
    merged: _TermsByWords = {}
    for index in indexes:
        merged |= index
    return merged


def _beginning(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words with only the first letters of the last, which decide whether a wildcard may find it."""
    return *words[:-1], words[-1][:MIN_STEM_LETTERS]


class TermsByWord:
    """Terms by one of their words, which any text that contains them has: few pairs of a long rule are compared."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms = list(terms)
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        self._by_start: defaultdict[str, list[int]] = defaultdict(list)
        """Wildcards of one word by their first MIN_STEM_LETTERS letters."""
        for index, term in enumerate(self._terms):
            if len(term.words) == 1 and term.wildcard:
                self._by_start[term.words[0][:MIN_STEM_LETTERS]].append(index)
            else:
                for word in term.last_forms if len(term.words) == 1 else [max(term.words[:-1], key=len)]:
                    self._by_word[word].append(index)
        self._of_word: dict[str, list[int]] = {}
        """The indexes of the terms that a word may contain, except those of unrelated words."""
        self._unrelated: set[str] = set()
        """Words that are in none of these terms; most words of most terms are."""

    def contained_in(self, longer: Term) -> list[Term]:
        """Return the terms of which every occurrence of this one contains one, in their order."""
        words = {*longer.words, *longer.last_forms} - self._unrelated
        if not words:
            return []
        indexes = {index for word in words for index in self._of_word.get(word) or self._find(word)}
        return [term for index in sorted(indexes) if contains(longer, term := self._terms[index])]

    def _find(self, word: str) -> list[int]:
        found = self._by_word.get(word, []) + self._by_start.get(word[:MIN_STEM_LETTERS], [])
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
