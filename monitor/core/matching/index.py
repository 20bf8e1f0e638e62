"""An index of all terms of a rule set; one pass over an article finds every occurrence of each term.

Single words are looked up directly. Phrases are looked up by their first two words, which rarely occur beside each
other by chance, and then along a trie. Plural forms are additional paths to the same term; wildcards are looked up by
each prefix of a word. Case and language are checked last, for the few terms that depend on them.

With most words of an article no term begins. So the kind of each word is looked up first (`words.WordKinds`), and terms
are looked up only where the kinds of the words allow one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from sys import intern
from typing import Any

from monitor.core.matching.context import SpansByTerm
from monitor.core.matching.joined_words import PhraseStarts, TermOrder
from monitor.core.matching.proclitics import spellings
from monitor.core.matching.terms import Term
from monitor.core.matching.tokenized_document import TokenizedDocument
from monitor.core.matching.words import ArticleWordKinds, SingleWords, TrieNode, WildcardNode, WordKinds
from monitor.core.text.acronyms import is_always_word, is_word_in_capitals
from monitor.core.text.languages import language_code

_ENDS = ""
"""What cannot be a word: in a TrieNode, the keys of the terms that end there."""
_Found = tuple[int, int, str]
"""The index of the first word of a term that was found, the one after its last, and the key of the term."""


class TermIndex:
    """The terms of a rule set. Immutable except for caches of words."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._order = TermOrder()
        self._phrase_starts = PhraseStarts()
        self._single_words = SingleWords(self._order)
        self._kinds = WordKinds(self._single_words, self._phrase_starts)
        self._pairs: dict[Any, TrieNode] = {}
        """Tries of phrases, by the first two words."""
        self._two_word_wildcards: dict[str, WildcardNode] = {}
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
        self._order.add(term)
        for words, last_forms in spellings(term):
            if len(words) > 1 and words is not term.words:
                self._phrase_starts.marked.add(words[0])
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
            self._two_word_wildcards.setdefault(first, WildcardNode({})).add(term, words[1])
            self._kinds.add_before_stem(first)
        else:
            for last in last_forms:
                self._kinds.add_pair(pair := (first, intern(last)))
                _add_end(self._pairs, pair, term)

    def _add_phrase(self, term: Term, words: tuple[str, ...], last_forms: frozenset[str]) -> None:
        above = self._pairs
        self._kinds.add_pair(pair := (intern(words[0]), intern(words[1])))
        *before, last = pair, *map(intern, words[2:-1])
        for step in before:
            above = above.setdefault(step, {})
        branch = above.setdefault(last, {})
        if not term.wildcard:
            for word in last_forms:
                _add_end(branch, intern(word), term)
            return
        if not isinstance(branch, WildcardNode):
            branch = above[last] = WildcardNode(branch)
        branch.add(term, words[-1])

    def scan(self, document: TokenizedDocument) -> SpansByTerm:
        """Return all spans of all terms, overlapping ones included, each term's in the order of the text."""
        spans: SpansByTerm = {}
        words = document.words
        kinds = self._kinds.of(words)
        for at in kinds.terms():
            for key in self._single_words[words[at]]:
                spans.setdefault(key, []).append((at, at + 1))
        phrases, wildcards = self._phrases(document, kinds)
        if joined := kinds.joined():
            firsts = [(at, first) for at in joined for first in self._phrase_starts[words[at]]]
            phrases = self._with_joined(phrases, self._joined_phrases(words, firsts), document)
            wildcards = self._with_joined(wildcards, self._joined_wildcards(words, firsts), document)
        spans.update(phrases)
        spans.update(wildcards)
        for key in spans.keys() & self._conditional.keys():
            self._drop_wrong_form(self._conditional[key], document, spans)
        return spans

    def _phrases(self, document: TokenizedDocument, kinds: ArticleWordKinds) -> tuple[SpansByTerm, SpansByTerm]:
        """Return the spans of phrases as written, and those of wildcards of two words."""
        words = document.words
        phrases: SpansByTerm = {}
        for at in kinds.pairs():
            branch = self._pairs.get((words[at], words[at + 1]))
            for after, key in _follow(branch, words, at + 2) if branch is not None else ():
                if document.is_unbroken(at, after) or key in self._crossing:
                    phrases.setdefault(key, []).append((at, after))
        wildcards: SpansByTerm = {}
        for at in kinds.before_stems():
            for key in self._two_word_wildcards[words[at]].completed_by(words[at + 1]):
                if document.is_unbroken(at, at + 2) or key in self._crossing:
                    wildcards.setdefault(key, []).append((at, at + 2))
        return phrases, wildcards

    def _joined_phrases(self, words: list[str], firsts: list[tuple[int, str]]) -> list[_Found]:
        """Return the phrases that begin with marked words at these places."""
        pairs = self._pairs
        begun = [(at, pair) for at, first in firsts if (pair := (first, words[at + 1])) in pairs]
        return [(at, after, key) for at, pair in begun for after, key in _follow(pairs[pair], words, at + 2)]

    def _joined_wildcards(self, words: list[str], firsts: list[tuple[int, str]]) -> list[_Found]:
        """Return the wildcards of two words that begin with marked words at these places."""
        begun = [(at, node) for at, first in firsts if (node := self._two_word_wildcards.get(first)) is not None]
        return [(at, at + 2, key) for at, node in begun for key in node.completed_by(words[at + 1])]

    def _with_joined(self, spans: SpansByTerm, joined: list[_Found], document: TokenizedDocument) -> SpansByTerm:
        """Add what was found after joined words; sort spans, each once, and terms by their first one, as elsewhere."""
        for at, after, key in joined:
            if document.is_unbroken(at, after) or key in self._crossing:
                spans.setdefault(key, []).append((at, after))
        if not joined:
            return spans
        in_order = {key: sorted(set(each)) for key, each in spans.items()}
        return dict(sorted(in_order.items(), key=lambda item: (item[1][0], self._order.rank(item[0]))))

    def _drop_wrong_form(self, term: Term, document: TokenizedDocument, spans: SpansByTerm) -> None:
        """Remove the spans where the article does not have the language, the case or the Korean word of a term."""
        kept = spans[term.key]
        if term.lang and not language_matches(document.article.language, term.lang):
            kept = []
        elif term.cased:
            kept = [span for span in kept if _case_matches(term, document, *span)]
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
        if isinstance(branch, WildcardNode):
            for key in branch.completed_by(word):
                yield at, key
        branch = branch.get(word)


def language_matches(language: str, accepted: Collection[str]) -> bool:
    """Return True if the article's language is accepted; an unknown language is always accepted."""
    code = language_code(language)
    return not code or code in accepted


def _case_matches(term: Term, document: TokenizedDocument, first: int, after: int) -> bool:
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
