"""Words of terms: those that are terms, stems of wildcards, and the kinds of words with which terms begin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from sys import intern
from typing import Any

from monitor.core.matching.joined_words import PhraseStarts, TermOrder
from monitor.core.matching.proclitics import is_joinable, marked_words
from monitor.core.matching.terms import MIN_INNER_LETTERS, MIN_STEM_LETTERS, Term

TrieNode = dict[str, Any]
"""Children by word."""
_CACHED_WORDS = 200_000
_TERM, _FIRST_OF_PAIR, _SECOND_OF_PAIR, _BEFORE_STEM, _JOINED = 1, 2, 4, 8, 16
"""Flags: the word is a term; a phrase begins with it; it is the second word of one; a final wildcard may follow it; a
phrase begins with it, less what is joined to it."""


def _of_kind(flag: int) -> bytes:
    return b"[%s]" % re.escape(bytes(kinds for kinds in range(32) if kinds & flag))


_TERMS, _BEFORE_STEMS, _JOINED_STARTS = (re.compile(_of_kind(flag)) for flag in (_TERM, _BEFORE_STEM, _JOINED))
_PAIRS = re.compile(_of_kind(_FIRST_OF_PAIR) + b"(?=" + _of_kind(_SECOND_OF_PAIR) + b")")
"""To search the kinds of the words of an article, one byte for each word."""


class WildcardNode(dict[str, Any]):
    """A trie node below which wildcards end; they are looked up by each prefix of a word."""

    def __init__(self, branch: TrieNode) -> None:
        super().__init__(branch)
        self._stems: dict[str, tuple[str, ...]] = {}
        self._shortest, self._longest = MIN_STEM_LETTERS, 0
        """A marked stem without its article may have fewer letters than one as written."""

    def add(self, term: Term, stem: str) -> None:
        """Add a wildcard by its last word."""
        self._stems[stem] = (*self._stems.get(stem, ()), term.key)
        self._shortest, self._longest = min(self._shortest, len(stem)), max(self._longest, len(stem))

    def completed_by(self, word: str) -> list[str]:
        """Return the keys of the wildcards whose stem a word begins with."""
        lengths = range(self._shortest, min(len(word), self._longest) + 1)
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


class SingleWords(dict[str, tuple[str, ...]]):
    """Keys of the one-word terms that a word matches: a cache, over exact forms and wildcards, of words with a key."""

    def __init__(self, order: TermOrder) -> None:
        super().__init__()
        self._order = order
        self._exact: dict[str, tuple[str, ...]] = {}
        self._wildcards = WildcardNode({})
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
        found = self._joined(word) if is_joinable(word) else self._as_written(word)
        keys = (*found, *self._inner.inside(word))
        if keys:
            if len(self) >= _CACHED_WORDS:
                self.clear()
            self[word] = keys
        return keys

    def _as_written(self, word: str) -> tuple[str, ...]:
        return (*self._exact.get(word, ()), *self._wildcards.completed_by(word))

    def _joined(self, word: str) -> list[str]:
        """Return the keys of the terms that a word is, as written or after joined words."""
        keys = {key for each in (word, *marked_words(word)) for key in self._as_written(each)}
        return sorted(keys, key=self._order.rank)


class ArticleWordKinds:
    """The kinds of the words of an article, one byte for each: where terms may begin."""

    def __init__(self, kinds: bytes) -> None:
        self._kinds = kinds

    def terms(self) -> list[int]:
        """Return the indices of the words that are terms."""
        return self._found(_TERMS)

    def pairs(self) -> list[int]:
        """Return the indices of words with which a phrase begins, if the next word is the second of one."""
        return self._found(_PAIRS)

    def before_stems(self) -> list[int]:
        """Return the indices of the words after which a wildcard may end a phrase of two words."""
        return self._found(_BEFORE_STEMS)

    def joined(self) -> list[int]:
        """Return the indices of the words with which a phrase may begin, less what is joined to them."""
        return self._found(_JOINED_STARTS)

    def _found(self, pattern: re.Pattern[bytes]) -> list[int]:
        return [match.start() for match in pattern.finditer(self._kinds)]


class WordKinds(dict[str, int]):
    """The kinds of each word: a cache over the words of the index and its wildcards of one word."""

    def __init__(self, single_words: SingleWords, phrase_starts: PhraseStarts) -> None:
        super().__init__()
        self._phrase_starts = phrase_starts
        self._single_words = single_words
        self._in_phrases: dict[str, int] = {}

    def add_pair(self, pair: tuple[str, str]) -> None:
        """Add the first two words of a phrase."""
        self._add(pair[0], _FIRST_OF_PAIR)
        self._add(pair[1], _SECOND_OF_PAIR)

    def add_before_stem(self, word: str) -> None:
        """Add the first word of a phrase of two of which the second is a wildcard."""
        self._add(word, _BEFORE_STEM)

    def _add(self, word: str, kind: int) -> None:
        self._in_phrases[word] = self._in_phrases.get(word, 0) | kind

    def of(self, words: Sequence[str]) -> ArticleWordKinds:
        """Return the kinds of the words of an article."""
        return ArticleWordKinds(bytes(map(self.__getitem__, words)))

    def __missing__(self, word: str) -> int:
        kinds = self._in_phrases.get(word, 0) | (_TERM if self._single_words[word] else 0)
        if is_joinable(word) and self._phrase_starts[word]:
            kinds |= _JOINED
        if len(self) >= _CACHED_WORDS:
            self.clear()
        self[word] = kinds
        return kinds
