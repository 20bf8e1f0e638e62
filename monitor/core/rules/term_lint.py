"""Lint of single terms: spellings that do not find what was meant, and terms that find too much."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from monitor.core.errors import Problem
from monitor.core.matching.terms import Term
from monitor.core.text import is_cjk
from monitor.core.text.english import KNOWN_ACRONYMS
from monitor.core.yaml_nodes import Mark

_SHORT_LETTERS = 3
"""Most letters of a word that is too broad by itself, unless its capitals are required."""
_SHORT_WITHOUT_CASE = 2
"""The same in scripts without capitals, vowel signs counted: एआई, "AI", has three."""
_ENUMERATING = ",;、，；"  # noqa: RUF001
_SEPARATORS = r"""\-‐‑‒–—―'’‘ʼ"“”„«»‹›/.:!?¡¿()·•。：！？（）「」『』《》〈〉【】…*"""  # noqa: RUF001
_SIGN = re.compile(rf"[^\w\s{_SEPARATORS}]|[_!?]")
"""Without one of these characters, as most terms are, `_lint_signs` finds nothing in a term."""
_UNUSUAL_CHARACTER = re.compile(rf"[^\w\s{_SEPARATORS}{_ENUMERATING}]|_")
_FOREIGN_WILDCARD = re.compile(r"(?<=\w)[?!](?=\w)|^\w+[?!]$")
"""A wildcard of other programs: within a word, or at the end of a single one."""
_LIST_WITHIN = re.compile(r"(?<!\w)\$[a-z_][a-z0-9_]*(?!\w)")
"""The name of a list; `$5` and `US$` are amounts."""
_ENUMERATION = re.compile(r"[;；、，]|^(?!.* and [A-Z])(?s:.*,\D.*,\D)|, (?!and [A-Z])[a-z]|^[^a-z,]+, [^a-z,]+$")  # noqa: RUF001
"""Signs that several terms were meant: a semicolon or a Chinese comma, two commas, or one before a small letter or
between acronyms.

Not the commas of numbers, nor those of a name such as *Committee on Commerce, Science, and Transportation*.
"""
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN")


def lint_spelling(term: Term, mark: Mark) -> list[Problem]:
    """Warn of characters and spellings with which a term probably does not find what was meant."""
    problems: list[Problem] = []
    if not term.text.isascii() or term.text in KNOWN_ACRONYMS:
        problems += _lint_letters(term, mark)
    if _SIGN.search(term.text):
        problems += _lint_signs(term, mark)
    return problems


def _lint_letters(term: Term, mark: Mark) -> Iterator[Problem]:
    if len(term.words) == 1 and not term.cased and term.text in KNOWN_ACRONYMS:
        upper = term.text.upper()
        yield mark.warning("W105", f"'{term.text}' in lower case also finds the word; for the acronym write {upper}")
    for word in () if term.text.isascii() else term.words:
        scripts = () if len(word) == 1 or word.isascii() else _scripts(word)
        if len(scripts) > 1:
            mixed = " and ".join(scripts)
            yield mark.warning("W106", f"'{term.text}' mixes {mixed} letters in one word; type it again")
            break


def _lint_signs(term: Term, mark: Mark) -> Iterator[Problem]:
    if _ENUMERATION.search(term.text):
        yield mark.warning("W121", f"'{term.text}' is one phrase; write each term as an entry of its own")
    if used := _LIST_WITHIN.search(term.text):
        lists = f"{{all: [..., {used[0]}]}} or {{near: 3, of: [..., {used[0]}]}}"
        message = f"{used[0]} within '{term.text}' is a word, not the list; a list stands alone: write {lists}"
        yield mark.warning("W115", message)
        return
    odd = _UNUSUAL_CHARACTER.findall(term.text)
    wild = _FOREIGN_WILDCARD.search(term.text)
    unmatched = "".join(dict.fromkeys(char for char in odd if unicodedata.category(char)[0] in "SP"))
    if unmatched or wild:
        words = " ".join(term.words)
        sign = unmatched or (wild and wild[0][-1])
        rest = "the only wildcard is a * at the end" if wild else "is that enough?"
        yield mark.warning("W115", f"'{term.text}' is looked for as '{words}': {sign} does not count; {rest}")


def _scripts(word: str) -> list[str]:
    names = {unicodedata.name(char, "").split(" ")[0] for char in word}
    return [script.title() for script in _SCRIPTS if script in names]


def lint_breadth(term: Term, where: Mark) -> Iterator[Problem]:
    """Warn of a term that finds too much where it is enough by itself; `where` stands for a term without a mark."""
    mark = term.mark or where
    if len(term.words) > 1 or term.wildcard:
        return
    if is_cjk(term.words[0]):
        yield mark.warning("W101", f"'{term.text}' alone is too broad: one character is found within other words")
    elif len(term.words[0]) <= _SHORT_LETTERS and not term.cased and any(char.isupper() for char in term.text[1:]):
        message = f"'{term.text}' also finds '{term.text.lower()}'; to find these capitals only write ={term.text}"
        yield mark.warning("W101", message)
    elif not _has_case(term.words[0]):
        if len(term.words[0]) <= _SHORT_WITHOUT_CASE:
            message = f"'{term.text}' alone is too broad: {_SHORT_WITHOUT_CASE} letters or fewer"
            yield mark.warning("W101", message)
    elif len(term.words[0]) <= _SHORT_LETTERS and not term.cased:
        yield mark.warning(
            "W101", f"'{term.text}' alone is too broad: {_SHORT_LETTERS} letters or fewer and no acronym"
        )


def _has_case(word: str) -> bool:
    """Return False for Hindi, Arabic and other scripts in which an acronym is written like any word."""
    return word.upper() != word.lower()
