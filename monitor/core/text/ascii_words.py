# ruff: noqa: RUF001 - quotes as publishers print them
"""Splits paragraphs of plain English into folded words, without a look at each chunk.

Such text needs no folding but of case: all other characters than letters and digits separate words. This takes less
than half of the time of looking up each chunk (`chunks`), with the same words; any other paragraph is left to that.
"""

from __future__ import annotations

import re

_MARKS = {"’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": ".", "\xa0": " "}
"""Marks of English texts as publishers print them, with ASCII characters that separate words in the same way."""
_LETTERS = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_ACRONYM = re.compile(r"\.[A-Z]")
"""A full stop inside of U.S., which is one word."""
_POSSESSIVE = re.compile(r"'[sS](?<=[0-9A-Za-z]..)(?![0-9A-Za-z])")
_BETWEEN_QUOTES = re.compile("'[sS]'")
"""Whether such an s is a word depends on what is before it."""


def with_ascii_marks(text: str) -> str:
    """Return a text of the same length, with ASCII characters for the marks that English texts have."""
    if not text.isascii():
        for mark, plain in _MARKS.items():
            text = text.replace(mark, plain)
    return text


def ascii_words(text: str) -> list[str] | None:
    """Return the folded words of a text; None if they may be others than these."""
    if not text.isascii() or _ACRONYM.search(text):
        return None
    if "'" in text:
        if _BETWEEN_QUOTES.search(text):
            return None
        text = _POSSESSIVE.sub("", text)
    return text.translate(_LETTERS).split()
