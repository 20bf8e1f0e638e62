"""The features of an article, from which the ranker learns: words, those of the title again, and parts of words.

Words come alone and in pairs. Where words have no spaces between them, pairs of characters take their place. Parts of
words recognize a word in another form, or in a related language; they are of the lead, which keeps them cheap.
"""

from __future__ import annotations

import re
from itertools import pairwise

MAX_CHARACTERS = 3_000
"""Characters of title and text together that are read; the subject of a report is at its beginning."""
LEAD_CHARACTERS = 600
"""Characters of title and text together of which parts of words are features."""
_PART = 4
"""Characters of a part of a word; the space before or after the word counts."""
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


def title_features(text: str) -> list[str]:
    """Return the features of the title, which is the first line of what `beginning` returns."""
    return features(text.partition("\n")[0])


def word_parts(text: str) -> list[str]:
    """Return each _PART successive characters of the words of the lead; none of words of scripts without spaces."""
    words = (f" {word} " for word in _WORD.findall(text[:LEAD_CHARACTERS].lower()) if not _HAS_UNSPACED.search(word))
    return [word[start : start + _PART] for word in words for start in range(len(word) - _PART + 1)]


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
