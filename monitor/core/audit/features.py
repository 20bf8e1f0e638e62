"""The words and pairs of words of an article, from which the ranker learns.

Where words have no spaces between them, pairs of characters take their place.
"""

from __future__ import annotations

import re
from itertools import pairwise

MAX_CHARACTERS = 3_000
"""Characters of title and text together that are read; the subject of a report is at its beginning."""
_LONGEST = 40
"""Characters of a word; longer ones are addresses or noise."""
_UNSPACED = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff"
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(r"[^\W_]{2,}")
_RUN = re.compile(f"[{_UNSPACED}]+|[^\\W_{_UNSPACED}]{{2,}}")


def beginning(title: str, text: str) -> str:
    """Return the part of an article that the ranker reads."""
    return f"{title[:MAX_CHARACTERS]}\n{text[: max(0, MAX_CHARACTERS - len(title))]}"


def features(text: str) -> list[str]:
    """Return the words of a text in lower case and the pairs of neighbours, with a space between."""
    if _HAS_UNSPACED.search(text):
        return _mixed(text)
    words = [word for word in _WORD.findall(text.lower()) if len(word) <= _LONGEST]
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def _mixed(text: str) -> list[str]:
    """Return the features of a text in which some words have no spaces between them."""
    found: list[str] = []
    before = ""
    for run in _RUN.findall(text.lower()):
        if _HAS_UNSPACED.match(run):
            found += [run[start : start + 2] for start in range(len(run) - 1)]
            before = ""
        elif len(run) <= _LONGEST:
            found += [run, f"{before} {run}"] if before else [run]
            before = run
    return found
