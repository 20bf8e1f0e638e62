"""All terms of a rule set in one trie of words, and one walk over an article that finds every place of each of them.

Plural forms are further edges to the same end; wildcards sit in buckets by their first four letters. Case and language
are checked at the end of a walk, for the few terms that ask for it. Anything with this `scan` can take its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.core.terms import STEM

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from monitor.core.reading import Reading
    from monitor.core.sight import Found
    from monitor.core.terms import Term

Branch = dict[str, Any]
"""Words lead to further branches; two keys that no word can be lead to ends here and to wildcards from here."""
_ENDS = ""
_STEMS = "*"
_CACHED_WORDS = 200_000


class TermIndex:
    """The terms, ready to be found. Immutable but for a bounded cache of words already seen."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._root: Branch = {}
        self._checked: dict[str, Term] = {}
        known: set[str] = set()
        for term in terms:
            if term.key not in known:
                known.add(term.key)
                self._add(term)
        self._first = _FirstWords(self._root)

    def _add(self, term: Term) -> None:
        branch = self._root
        for word in term.words[:-1]:
            branch = branch.setdefault(word, {})
        if term.wildcard:
            stem = term.words[-1]
            branch.setdefault(_STEMS, {}).setdefault(stem[:STEM], []).append((stem, term.key))
        else:
            for word in term.lasts:
                end = branch.setdefault(word, {})
                end[_ENDS] = (*end.get(_ENDS, ()), term.key)
        if term.cased or term.lang:
            self._checked[term.key] = term

    def scan(self, reading: Reading) -> Found:
        """Find all places of all terms, overlapping ones too, each term's in order."""
        found: Found = {}
        words = reading.words
        for at, branch in enumerate(map(self._first.__getitem__, words)):
            after = at + 1
            while branch is not None:
                for key in branch.get(_ENDS, ()):
                    found.setdefault(key, []).append((at, after))
                word = words[after]  # the row ends with a break, which no branch leads past
                if _STEMS in branch:
                    for key in _stemmed(branch[_STEMS], word):
                        found.setdefault(key, []).append((at, after + 1))
                branch = branch.get(word)
                after += 1
        for key in found.keys() & self._checked.keys():
            self._check(self._checked[key], reading, found)
        return found

    def _check(self, term: Term, reading: Reading, found: Found) -> None:
        if term.lang and not speaks(reading.article.language, term.lang):
            del found[term.key]
        elif term.cased:
            found[term.key] = [place for place in found[term.key] if cased_alike(term, reading, *place)]
            if not found[term.key]:
                del found[term.key]


class _FirstWords(dict[str, Branch | None]):
    """Where each first word leads, wildcards of one word worked in; None for the many words that lead nowhere."""

    def __init__(self, root: Branch) -> None:
        super().__init__()
        self._root = root

    def __missing__(self, word: str) -> Branch | None:
        branch: Branch | None = self._root.get(word)
        if stemmed := _stemmed(self._root.get(_STEMS, {}), word):
            branch = {**(branch or {})}
            branch[_ENDS] = (*branch.get(_ENDS, ()), *stemmed)
        if len(self) >= _CACHED_WORDS:
            self.clear()
        self[word] = branch
        return branch


def _stemmed(buckets: dict[str, list[tuple[str, str]]], word: str) -> list[str]:
    return [key for stem, key in buckets.get(word[:STEM], ()) if word.startswith(stem)]


def speaks(language: str, wanted: Collection[str]) -> bool:
    """Say whether an article's language is among those wanted; one whose language is not known is never left out."""
    return not language or primary(language) in wanted


def primary(language: str) -> str:
    """Cut a language tag to its first part: `pt-BR` is `pt`."""
    return language.replace("_", "-").split("-", 1)[0].strip().lower()


def cased_alike(term: Term, reading: Reading, first: int, after: int) -> bool:
    """Say whether an occurrence has the case that the term asks for."""
    cased = [reading.part(index).cased for index in range(first, after)]
    if cased[:-1] != list(term.cased[:-1]):
        return False
    if term.spells_a_word and reading.in_capitals(first):
        return False
    if term.wildcard:
        return cased[-1].startswith(term.cased[-1])
    return cased[-1] in term.cased_lasts or (
        cased[-1].isupper()
        and term.cased[-1].isupper()
        and reading.in_capitals(first)
        and len(cased[-1]) > len(term.cased[-1])
    )
