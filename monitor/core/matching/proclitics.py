"""Words that Arabic and Hebrew write joined to the next one: "and", "in", "to", "the". A term is found after them.

Arabic terms are also found with the final alif of the indefinite accusative, which the noun and its adjectives have.

Only the first word of a term may have prepositions and conjunctions before it. The other words may all have the
article before them, since adjectives repeat it ("the law the new"). The index has such forms under marked words, which
no article contains: `marked_words` returns those under which a word of an article, without what is joined to it, may
be found.
"""

# ruff: noqa: RUF001 - letters of Arabic and Hebrew
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from monitor.core.matching.terms import Term

_MIN_WORD_LETTERS = 3
"""Letters of a word before which a prefix is taken off: with shorter ones, other words would be found."""


class Proclitics(NamedTuple):
    """The joined words of one language."""

    script: re.Pattern[str]
    article: str
    prefixes: tuple[str, ...]
    """Proclitics before a word with or without its article."""
    merged: tuple[str, ...] = ()
    """Proclitics before a word whose article they contain, changed or unwritten."""
    before_accusatives: tuple[str, ...] = ()
    """Joined words before an indefinite accusative, none included; prepositions govern the genitive, written without
    the alif."""


_PREFIXED = "+"
"""Marks a word that is found after one of `prefixes`."""
_WITH_ARTICLE = "="
"""Marks a word that is found after the article, or after one of `merged`."""
_MERGED = "-"
"""Marks a word, less its article, that is found after one of `merged`."""
_ACCUSATIVE = "^"
"""Marks a word that is found after one of `before_accusatives`."""
_ALIF = "\u0627"
_NO_FINAL_ALIF = ("ة", "ى", _ALIF, _ALIF + "ء")
"""Endings that take no alif in the accusative."""
_ARABIC = Proclitics(
    re.compile("[\u0620-\u064a\u066e-\u06d3]+"),
    _ALIF + "\u0644",
    ("و", "ف", "ب", "ك", "ل", "وب", "ول", "وك", "فب", "فل", "فك"),
    ("لل", "ولل", "فلل"),
    ("", "و", "ف"),
)
_FIRST_LETTER, _AFTER_LAST_LETTER = "\u05d0", "\u06d4"
"""The letters of both scripts are between these, among others."""
_HEBREW = Proclitics(
    re.compile("[\u05d0-\u05ea]+"),
    "ה",
    (
        *("ו", "ב", "כ", "ל", "מ", "ש", "כש", "לכש", "וכש"),
        *("וב", "וכ", "ול", "ומ", "וש", "שב", "שכ", "של", "שמ", "ושב", "ושל", "ושמ"),
    ),
)


def spellings(term: Term) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """Yield the words of a term and the forms of its last: as written, and with a marked first word.

    A case-sensitive term is found as written only.
    """
    yield term.words, term.last_forms
    first = term.words[0]
    if first.isascii() or term.cased or len(first) < _MIN_WORD_LETTERS:
        return
    for language in (_ARABIC, _HEBREW):
        if language.script.fullmatch(first):
            for words in _marked_forms(language, *term.words):
                yield words, frozenset(words[-1:])


def is_joinable(word: str) -> bool:
    """Return True if a word begins with a letter of the languages that join words."""
    return _FIRST_LETTER <= word < _AFTER_LAST_LETTER


def marked_words(word: str) -> Iterator[str]:
    """Yield the marked words under which a word of an article may be found; none in other scripts."""
    for language in (_ARABIC, _HEBREW):
        if not language.script.match(word):
            continue
        for prefix, rest in _remainders(language, word, ("", *language.prefixes)):
            if prefix:
                yield _PREFIXED + rest
            for _, bare in _remainders(language, rest, (language.article,)):
                yield _WITH_ARTICLE + bare
        for _, rest in _remainders(language, word, language.merged):
            yield _WITH_ARTICLE + rest
            yield _MERGED + rest
        for _, rest in _remainders(language, word, language.before_accusatives):
            yield _ACCUSATIVE + rest


def _remainders(language: Proclitics, word: str, prefixes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each prefix of a word with what follows it in the same script."""
    for prefix in prefixes:
        if word.startswith(prefix) and language.script.match(word, len(prefix)):
            yield prefix, word[len(prefix) :]


def _marked_forms(language: Proclitics, first: str, *others: str) -> Iterator[tuple[str, ...]]:
    has_article = first.startswith(language.article) and len(first) > len(language.article) + 1
    yield (_PREFIXED + first, *others)
    if has_article:
        yield (_MERGED + first.removeprefix(language.article), *others)
    else:
        definite = tuple(_with_article(language, word) for word in others)
        yield (_WITH_ARTICLE + first, *others)
        if definite != others:
            yield (_WITH_ARTICLE + first, *definite)
    if language.before_accusatives and not any(word.startswith(language.article) for word in (first, *others)):
        accusative = tuple(map(_with_alif, (first, *others)))
        if accusative != (first, *others):
            yield (_ACCUSATIVE + accusative[0], *accusative[1:])


def _with_article(language: Proclitics, word: str) -> str:
    in_script = language.script.fullmatch(word) and not word.startswith(language.article)
    return language.article + word if in_script else word


def _with_alif(word: str) -> str:
    return word + _ALIF if _ARABIC.script.fullmatch(word) and not word.endswith(_NO_FINAL_ALIF) else word
