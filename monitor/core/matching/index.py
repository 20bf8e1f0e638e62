"""An index of all terms of a rule set; one pass over an article finds every occurrence of each term.

Single words are looked up directly. Phrases are looked up by their first two words, which rarely occur beside each
other by chance, and then along a trie. Plural forms are additional paths to the same term; wildcards are looked up by
each prefix of a word. Case and language are checked last, for the few terms that depend on them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import compress, pairwise
from sys import intern
from typing import Any

from monitor.core.matching.context import SpansByTerm
from monitor.core.matching.proclitics import spellings
from monitor.core.matching.terms import MIN_INNER_LETTERS, MIN_STEM_LETTERS, Term
from monitor.core.matching.tokenized_document import TokenizedDocument
from monitor.core.text.acronyms import is_always_word, is_word_in_capitals
from monitor.core.text.languages import language_code

TrieNode = dict[str, Any]
"""Children by word; under _ENDS, which cannot be a word, the keys of the terms that end here."""
_ENDS = ""
_CACHED_WORDS = 200_000


class TermIndex:
    """The terms of a rule set. Immutable except for a cache of at most _CACHED_WORDS words."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._single_words = _SingleWords()
        self._pairs: dict[Any, TrieNode] = {}
        """Tries of phrases, by the first two words."""
        self._two_word_wildcards: dict[str, _WildcardNode] = {}
        """By the first word."""
        self._conditional: dict[str, Term] = {}
        """Terms whose occurrences depend on case, language or the spaces of Korean, by key."""
        self._crossing: set[str] = set()
        """Keys of phrases that may cross the end of a sentence or clause, since they contain one."""
        keys: set[str] = set()
        for term in terms:
            if term.key not in keys:
                keys.add(term.key)
                self._add(term)

    def _add(self, term: Term) -> None:
        for words, last_forms in spellings(term):
            if len(words) == 1:
                self._single_words.add(term, words[0], last_forms)
            elif len(words) == 2:
                self._add_pair(term, words, last_forms)
            else:
                self._add_phrase(term, words, last_forms)
        if term.crosses:
            self._crossing.add(term.key)
        if term.cased or term.lang or term.short_korean:
            self._conditional[term.key] = term

    def _add_pair(self, term: Term, words: tuple[str, ...], last_forms: frozenset[str]) -> None:
        first = intern(words[0])
        if term.wildcard:
            self._two_word_wildcards.setdefault(first, _WildcardNode({})).add(term, words[1])
        else:
            for last in last_forms:
                _add_end(self._pairs, (first, intern(last)), term)

    def _add_phrase(self, term: Term, words: tuple[str, ...], last_forms: frozenset[str]) -> None:
        above = self._pairs
        *before, last = (intern(words[0]), intern(words[1])), *map(intern, words[2:-1])
        for step in before:
            above = above.setdefault(step, {})
        branch = above.setdefault(last, {})
        if not term.wildcard:
            for word in last_forms:
                _add_end(branch, intern(word), term)
            return
        if not isinstance(branch, _WildcardNode):
            branch = above[last] = _WildcardNode(branch)
        branch.add(term, words[-1])

    def scan(self, document: TokenizedDocument) -> SpansByTerm:
        """Return all spans of all terms, overlapping ones included, each term's in the order of the text."""
        spans: SpansByTerm = {}
        words = document.words
        indices = range(len(words))
        for at in compress(indices, map(self._single_words.__getitem__, words)):
            for key in self._single_words[words[at]]:
                spans.setdefault(key, []).append((at, at + 1))
        for at in compress(indices, map(self._pairs.__contains__, pairwise(words))):
            for after, key in _follow(self._pairs[words[at], words[at + 1]], words, at + 2):
                if document.is_unbroken(at, after) or key in self._crossing:
                    spans.setdefault(key, []).append((at, after))
        wildcards = self._two_word_wildcards
        for at in compress(indices, map(wildcards.__contains__, words)) if wildcards else ():
            for key in wildcards[words[at]].completed_by(words[at + 1]):
                if document.is_unbroken(at, at + 2) or key in self._crossing:
                    spans.setdefault(key, []).append((at, at + 2))
        for key in spans.keys() & self._conditional.keys():
            self._drop_wrong_form(self._conditional[key], document, spans)
        return spans

    def _drop_wrong_form(self, term: Term, document: TokenizedDocument, spans: SpansByTerm) -> None:
        """Remove the spans where the article does not have the language, the case or the Korean word of a term."""
        kept = spans[term.key]
        if term.lang and not language_matches(document.article.language, term.lang):
            kept = []
        elif term.cased:
            kept = [span for span in kept if case_matches(term, document, *span)]
        elif term.short_korean:
            kept = [span for span in kept if document.is_korean_word(*span)]
        if kept:
            spans[term.key] = kept
        else:
            del spans[term.key]


def _add_end(branches: dict[Any, TrieNode], step: object, term: Term) -> None:
    end = branches.setdefault(step, {})
    end[_ENDS] = (*end.get(_ENDS, ()), term.key)


def _follow(branch: TrieNode | None, words: list[str], at: int) -> Iterator[tuple[int, str]]:
    """Follow the trie along the words from `at`. Documents end with a BREAK, at which every phrase ends."""
    while branch is not None:
        for key in branch.get(_ENDS, ()):
            yield at, key
        word = words[at]
        at += 1
        if isinstance(branch, _WildcardNode):
            for key in branch.completed_by(word):
                yield at, key
        branch = branch.get(word)


class _WildcardNode(dict[str, Any]):
    """A trie node below which wildcards end; they are looked up by each prefix of a word."""

    def __init__(self, branch: TrieNode) -> None:
        super().__init__(branch)
        self._stems: dict[str, tuple[str, ...]] = {}
        self._longest = 0

    def add(self, term: Term, stem: str) -> None:
        """Add a wildcard by its last word."""
        self._stems[stem] = (*self._stems.get(stem, ()), term.key)
        self._longest = max(self._longest, len(stem))

    def completed_by(self, word: str) -> list[str]:
        """Return the keys of the wildcards whose stem a word begins with."""
        lengths = range(MIN_STEM_LETTERS, min(len(word), self._longest) + 1)
        return [key for length in lengths for key in self._stems.get(word[:length], ())]


class _InnerTerms:
    """Terms that are found inside longer words, by their first letters."""

    def __init__(self) -> None:
        self._terms: dict[str, tuple[Term, ...]] = {}

    def add(self, term: Term) -> None:
        """Add a term of one word."""
        start = term.words[0][:MIN_INNER_LETTERS]
        self._terms[start] = (*self._terms.get(start, ()), term)

    def inside(self, word: str) -> list[str]:
        """Return the keys of the terms that a word contains, each once."""
        if not self._terms:
            return []
        inner = {
            term.key: None
            for at in range(len(word) - MIN_INNER_LETTERS + 1)
            for term in self._terms.get(word[at : at + MIN_INNER_LETTERS], ())
            if word.startswith(term.words[0], at)
        }
        return list(inner)


class _SingleWords(dict[str, tuple[str, ...]]):
    """Keys of the one-word terms that a word matches: a cache over exact forms and wildcards."""

    def __init__(self) -> None:
        super().__init__()
        self._exact: dict[str, tuple[str, ...]] = {}
        self._wildcards = _WildcardNode({})
        self._inner = _InnerTerms()

    def add(self, term: Term, stem: str, forms: frozenset[str]) -> None:
        """Add a term of one word."""
        if term.within:
            self._inner.add(term)
        elif term.wildcard:
            self._wildcards.add(term, stem)
        else:
            for word in forms:
                self._exact[intern(word)] = (*self._exact.get(word, ()), term.key)

    def __missing__(self, word: str) -> tuple[str, ...]:
        keys = (*self._exact.get(word, ()), *self._wildcards.completed_by(word), *self._inner.inside(word))
        if len(self) >= _CACHED_WORDS:
            self.clear()
        self[word] = keys
        return keys


def language_matches(language: str, accepted: Collection[str]) -> bool:
    """Return True if the article's language is accepted; an unknown language is always accepted."""
    code = language_code(language)
    return not code or code in accepted


def case_matches(term: Term, document: TokenizedDocument, first: int, after: int) -> bool:
    """Return True if an occurrence has the case of the term."""
    if not _ending_matches(term, document, document.cased(after - 1), first):
        return False
    if any(document.cased(first + offset) != word for offset, word in enumerate(term.cased[:-1])):
        return False
    return not (term.spells_a_word and is_ordinary_word(term, document, first))


def is_ordinary_word(term: Term, document: TokenizedDocument, first: int) -> bool:
    """Return True if an acronym is a word of the article's language at this place; never with dots (`U.S.`).

    In a zone in capitals it may be any word. `lang` of the term settles the others (`UN` in French).
    """
    language, word = language_code(document.article.language), term.words[0]
    always = not term.lang and is_always_word(word, language)
    if not (always or (is_word_in_capitals(word, language) and document.is_all_caps(first))):
        return False
    start, end = document.char_span(first, first + 1)
    return "." not in document.zone_text(first)[start:end]


def _ending_matches(term: Term, document: TokenizedDocument, last: str, first: int) -> bool:
    if term.wildcard:
        return last.startswith(term.cased[-1])
    return last in term.cased_last_forms or (
        last.isupper() and term.cased[-1].isupper() and document.is_all_caps(first) and len(last) > len(term.cased[-1])
    )
