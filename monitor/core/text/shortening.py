# ruff: noqa: RUF001 - punctuation of several scripts
"""Cuts a text to a number of characters, between words, in any script.

In scripts without spaces between words (Chinese, Japanese, Thai) a cut may fall between any two characters, but never
between a letter and the marks that belong to it, and never within a word of another script.
"""

from __future__ import annotations

import unicodedata

from monitor.core.text import clean_line

ELLIPSIS = "…"
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "IDEOGRAPHIC", "FULLWIDTH")
"""First words of the Unicode names of characters that are written without spaces between words."""
_FIRST_WIDE = "\u1100"
"""The first character that takes two columns."""
_LOOSE_END = " ,;:.…-–—(（[【「『“‘«·、，；：。।"


def shorten(text: str, limit: int) -> str:
    """Return a text as one line of at most `limit` columns; a cut is marked by an ellipsis.

    A word that alone is longer than the limit is cut within.
    """
    line = clean_line(text)
    limit = characters_in(line, limit)
    if len(line) <= limit:
        return line
    return line[: last_cut(line, limit - 1)].rstrip(_LOOSE_END) + ELLIPSIS


def characters_in(text: str, columns: int) -> int:
    """Return how many characters of a text fit into the columns: Chinese, Japanese and Korean ones take two each."""
    start = text[:columns]
    if not start or max(start) < _FIRST_WIDE:
        return columns
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in start)
    return columns - wide * columns // (2 * max(1, min(len(text), columns)))


def last_cut(text: str, at: int) -> int:
    """Return the last index at or before `at` that is not within a word; `at` itself if there is none."""
    index = next((index for index in range(at, 0, -1) if _is_between_words(text, index)), 0)
    return index or _after_marks(text, at)


def first_cut(text: str, at: int, end: int) -> int:
    """Return the first index from `at` to `end` that is not within a word; `at` itself if there is none."""
    return next((index for index in range(at, end + 1) if _is_between_words(text, index)), at)


def _is_between_words(text: str, at: int) -> bool:
    """Return True if a cut before the character `at` splits no word."""
    if not 0 < at < len(text):
        return True
    before, after = text[at - 1], text[at]
    if unicodedata.combining(after) or unicodedata.category(after) in {"Mn", "Mc", "Me", "Cf", "Sk"}:
        return False
    if before.isspace() or after.isspace():
        return True
    return _is_unspaced(before) or _is_unspaced(after)


def _is_unspaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_UNSPACED)


def _after_marks(text: str, at: int) -> int:
    while at > 1 and (unicodedata.combining(text[at]) or unicodedata.category(text[at]) in {"Mn", "Mc", "Me", "Cf"}):
        at -= 1
    return at
