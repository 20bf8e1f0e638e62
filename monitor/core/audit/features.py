"""The features of an article, from which the ranker learns: words, those of the title again, and parts of words.

Words come alone and in pairs. Where words have no spaces between them, pairs of characters take their place. Parts of
words recognize a word in another form, or in a related language; they are of the lead, which keeps them cheap.
"""

from __future__ import annotations

import re
from itertools import pairwise

MAX_READ_CHARS = 3_000
"""Characters of title and text together that are read; the subject of a report is at its beginning."""
LEAD_CHARS = 400
"""Characters of title and text together of which parts of words are features."""
_PART = 4
"""Characters of a part of a word; the space before or after the word counts."""
_MAX_WORD_CHARS = 40
"""Characters of a word; longer ones are addresses or noise."""
_UNSPACED = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff"
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(r"[^\W_]{2,}")
_RUN = re.compile(f"[{_UNSPACED}]+|[^\\W_{_UNSPACED}]{{2,}}")


def beginning(title: str, text: str) -> str:
    """Return the part of an article that the ranker reads."""
    return f"{title[:MAX_READ_CHARS]}\n{text[: max(0, MAX_READ_CHARS - len(title))]}"


def has_unspaced(text: str) -> bool:
    """Return True if a text has words with no spaces between them."""
    return not text.isascii() and _HAS_UNSPACED.search(text) is not None


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, and an empty one where neighbours make no pair.

    Where words have no spaces between them, pairs of characters take the place of words.
    """
    if has_unspaced(text):
        return _mixed(text)
    found = _WORD.findall(text.lower())
    if max(map(len, found), default=0) > _MAX_WORD_CHARS:
        return [word for word in found if len(word) <= _MAX_WORD_CHARS]
    return found


def spaced_words(text: str) -> list[str]:
    """Return the words of scripts with spaces, in lower case, and an empty one in the place of other scripts."""
    if not has_unspaced(text):
        return words(text)
    return ["" if _HAS_UNSPACED.match(run) else run for run in _RUN.findall(text.lower())]


def features(text: str) -> list[str]:
    """Return the words of a text, and the pairs of neighbours with a space between."""
    found = words(text)
    return [*filter(None, found), *(f"{one} {other}" for one, other in pairwise(found) if one and other)]


def title_words(text: str) -> list[str]:
    """Return the words of the title, which is the first line of what `beginning` returns."""
    return words(text.partition("\n")[0])


def word_parts(text: str) -> list[str]:
    """Return each _PART successive characters of the words of the lead; none of words of scripts without spaces."""
    lead = text[:LEAD_CHARS].lower()
    words = _WORD.findall(lead)
    if has_unspaced(lead):
        words = [word for word in words if not _HAS_UNSPACED.search(word)]
    return [f" {word} "[start : start + _PART] for word in words for start in range(len(word) - _PART + 3)]


def _mixed(text: str) -> list[str]:
    """Return the words of a text in which some have no spaces between them."""
    found: list[str] = []
    for run in _RUN.findall(text.lower()):
        if _HAS_UNSPACED.match(run):
            for start in range(len(run) - 1):
                found += ["", run[start : start + 2]]
            found.append("")
        elif len(run) <= _MAX_WORD_CHARS:
            found.append(run)
    return found
