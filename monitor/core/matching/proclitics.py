"""Words that Arabic and Hebrew write joined to the next one: "and", "in", "to", "the". A term is found after them.

Arabic terms are also found with the final alif of the indefinite accusative, which the noun and its adjectives have.

Only the first word of a term may have prepositions and conjunctions before it. The article is also taken before
all of the other words, since adjectives repeat it ("the law the new"). The index adds these forms as paths to the term.
"""

# ruff: noqa: RUF001 - letters of Arabic and Hebrew
from __future__ import annotations

import re
from collections.abc import Iterator
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
    merged: tuple[str, ...]
    """Proclitics before a word whose article they contain, changed or unwritten."""


_ALIF = "\u0627"
_NO_FINAL_ALIF = ("ة", "ى", _ALIF, _ALIF + "ء")
"""Endings that take no alif in the accusative."""
_BEFORE_ACCUSATIVES = ("", "و", "ف")
"""Joined words before an indefinite accusative: "and". Prepositions govern the genitive, written without the alif."""
_ARABIC = Proclitics(
    re.compile("[\u0620-\u064a\u066e-\u06d3]+"),
    _ALIF + "\u0644",
    ("و", "ف", "ب", "ك", "ل", "وب", "ول", "وك", "فب", "فل", "فك"),
    ("لل", "ولل", "فلل"),
)
_HEBREW = Proclitics(
    re.compile("[\u05d0-\u05ea]+"),
    "ה",
    (
        *("ו", "ב", "כ", "ל", "מ", "ש", "כש", "לכש", "וכש"),
        *("וב", "וכ", "ול", "ומ", "וש", "שב", "שכ", "של", "שמ", "ושב", "ושל", "ושמ"),
    ),
    (),
)


def spellings(term: Term) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """Yield the words of a term and the forms of its last, as written and after joined words.

    A case-sensitive term is found as written only.
    """
    yield term.words, term.last_forms
    first = term.words[0]
    if first.isascii() or term.cased or len(first) < _MIN_WORD_LETTERS:
        return
    for language in (_ARABIC, _HEBREW):
        if language.script.fullmatch(first):
            for words in dict.fromkeys(_with_prefixes(language, term.words)):
                if words != term.words:
                    yield words, frozenset(words[-1:])
    if _ARABIC.script.fullmatch(first):
        for words in _accusatives(term.words):
            yield words, frozenset(words[-1:])


def _accusatives(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    endings = tuple(
        word + _ALIF if _ARABIC.script.fullmatch(word) and not word.endswith(_NO_FINAL_ALIF) else word for word in words
    )
    if endings == words or any(word.startswith(_ARABIC.article) for word in words):
        return
    for prefix in _BEFORE_ACCUSATIVES:
        yield (prefix + endings[0], *endings[1:])


def _with_prefixes(language: Proclitics, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    first, *others = words
    has_article = first.startswith(language.article) and len(first) > len(language.article) + 1
    for prefix in language.prefixes:
        yield (prefix + first, *others)
    bare = first.removeprefix(language.article) if has_article else first
    definite = others if has_article else [_with_article(language, word) for word in others]
    for prefix in language.merged:
        yield (prefix + bare, *others)
        yield (prefix + bare, *definite)
    if has_article:
        return
    for prefix in ("", *language.prefixes):
        yield (prefix + language.article + first, *others)
        yield (prefix + language.article + first, *definite)


def _with_article(language: Proclitics, word: str) -> str:
    in_script = language.script.fullmatch(word) and not word.startswith(language.article)
    return language.article + word if in_script else word
