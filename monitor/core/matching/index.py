"""All terms of a rule set in one index, and one walk over an article that finds every place of each of them.

Single words are looked up by themselves; phrases by their first two words together (which hardly ever stand beside each
other by chance) and then along a trie. Plural forms are further ways to the same end; wildcards are looked up by each
beginning of a word. Case and language are checked at the end, for the few terms that ask for it. Anything with this
`scan` can take its place.
"""

from __future__ import annotations

from itertools import compress, pairwise
from sys import intern
from typing import TYPE_CHECKING, Any

from monitor.core.matching.terms import STEM

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from monitor.core.matching.context import SpansByTerm
    from monitor.core.matching.terms import Term
    from monitor.core.matching.tokenized_document import TokenizedDocument

Branch = dict[str, Any]
"""Words lead to further branches; a key that no word can be holds the terms that end here."""
_ENDS = ""
_CACHED_WORDS = 200_000


class TermIndex:
    """The terms, ready to be found. Immutable but for a bounded cache of words already seen."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._single = _Singles()
        self._pairs: dict[Any, Branch] = {}
        """From the first two words of phrases on."""
        self._open: dict[str, _Stemmed] = {}
        """Wildcards of two words, by the first."""
        self._checked: dict[str, Term] = {}
        known: set[str] = set()
        for term in terms:
            if term.key not in known:
                known.add(term.key)
                self._add(term)

    def _add(self, term: Term) -> None:
        if len(term.words) == 1:
            self._single.add(term)
        elif len(term.words) == 2:
            self._add_pair(term)
        else:
            self._add_phrase(term)
        if term.cased or term.lang:
            self._checked[term.key] = term

    def _add_pair(self, term: Term) -> None:
        first = intern(term.words[0])
        if term.wildcard:
            self._open.setdefault(first, _Stemmed({})).add(term)
        else:
            for last in term.lasts:
                _end(self._pairs, (first, intern(last)), term)

    def _add_phrase(self, term: Term) -> None:
        above = self._pairs
        *before, last = (intern(term.words[0]), intern(term.words[1])), *map(intern, term.words[2:-1])
        for step in before:
            above = above.setdefault(step, {})
        branch = above.setdefault(last, {})
        if not term.wildcard:
            for word in term.lasts:
                _end(branch, intern(word), term)
            return
        if not isinstance(branch, _Stemmed):
            branch = above[last] = _Stemmed(branch)
        branch.add(term)

    def scan(self, document: TokenizedDocument) -> SpansByTerm:
        """Find all places of all terms, overlapping ones too, each term's in order."""
        found: SpansByTerm = {}
        words = document.words
        places = range(len(words))
        for at in compress(places, map(self._single.__getitem__, words)):
            for key in self._single[words[at]]:
                found.setdefault(key, []).append((at, at + 1))
        for at in compress(places, map(self._pairs.__contains__, pairwise(words))):
            for after, key in _walk(self._pairs[words[at], words[at + 1]], words, at + 2):
                found.setdefault(key, []).append((at, after))
        for at in compress(places, map(self._open.__contains__, words)) if self._open else ():
            for key in self._open[words[at]].stemmed(words[at + 1]):
                found.setdefault(key, []).append((at, at + 2))
        for key in found.keys() & self._checked.keys():
            self._check(self._checked[key], document, found)
        return found

    def _check(self, term: Term, document: TokenizedDocument, found: SpansByTerm) -> None:
        if term.lang and not language_matches(document.article.language, term.lang):
            del found[term.key]
        elif term.cased:
            found[term.key] = [place for place in found[term.key] if case_matches(term, document, *place)]
            if not found[term.key]:
                del found[term.key]


def _end(branches: dict[Any, Branch], step: object, term: Term) -> None:
    end = branches.setdefault(step, {})
    end[_ENDS] = (*end.get(_ENDS, ()), term.key)


def _walk(branch: Branch | None, words: list[str], at: int) -> Iterator[tuple[int, str]]:
    """Follow the words as far as phrases lead; no branch leads past a break, and a row ends with one."""
    while branch is not None:
        for key in branch.get(_ENDS, ()):
            yield at, key
        word = words[at]
        at += 1
        if isinstance(branch, _Stemmed):
            for key in branch.stemmed(word):
                yield at, key
        branch = branch.get(word)


class _Stemmed(dict[str, Any]):
    """A branch from which wildcards lead on, too: they are looked up by each beginning of a word."""

    def __init__(self, branch: Branch) -> None:
        super().__init__(branch)
        self._stems: dict[str, tuple[str, ...]] = {}
        self._longest = 0

    def add(self, term: Term) -> None:
        """Take in a wildcard, by its last word."""
        stem = term.words[-1]
        self._stems[stem] = (*self._stems.get(stem, ()), term.key)
        self._longest = max(self._longest, len(stem))

    def stemmed(self, word: str) -> list[str]:
        """Give the wildcards that a word completes."""
        lengths = range(STEM, min(len(word), self._longest) + 1)
        return [key for length in lengths for key in self._stems.get(word[:length], ())]


class _Singles(dict[str, tuple[str, ...]]):
    """The terms of one word that each word completes; a cache over exact forms and wildcards."""

    def __init__(self) -> None:
        super().__init__()
        self._exact: dict[str, tuple[str, ...]] = {}
        self._wild = _Stemmed({})

    def add(self, term: Term) -> None:
        """Take in a term of one word."""
        if term.wildcard:
            self._wild.add(term)
        else:
            for word in term.lasts:
                self._exact[intern(word)] = (*self._exact.get(word, ()), term.key)

    def __missing__(self, word: str) -> tuple[str, ...]:
        keys = (*self._exact.get(word, ()), *self._wild.stemmed(word))
        if len(self) >= _CACHED_WORDS:
            self.clear()
        self[word] = keys
        return keys


def language_matches(language: str, wanted: Collection[str]) -> bool:
    """Say whether an article's language is among those wanted; one whose language is not known is never left out."""
    return not language or primary_language(language) in wanted


def primary_language(language: str) -> str:
    """Cut a language tag to its first part: `pt-BR` is `pt`."""
    return language.replace("_", "-").split("-", 1)[0].strip().lower()


def case_matches(term: Term, document: TokenizedDocument, first: int, after: int) -> bool:
    """Say whether an occurrence has the case that the term asks for."""
    if not _ends_alike(term, document, document.cased(after - 1), first):
        return False
    if any(document.cased(first + number) != word for number, word in enumerate(term.cased[:-1])):
        return False
    return not (term.spells_a_word and document.in_capitals(first))


def _ends_alike(term: Term, document: TokenizedDocument, last: str, first: int) -> bool:
    if term.wildcard:
        return last.startswith(term.cased[-1])
    return last in term.cased_lasts or (
        last.isupper() and term.cased[-1].isupper() and document.in_capitals(first) and len(last) > len(term.cased[-1])
    )
