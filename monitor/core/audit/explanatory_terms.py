"""Chooses the terms that explain why an article is ranked high, as the article writes them.

The ranker also weighs function words, numbers and pairs across the end of a sentence. They improve the score, and
explain nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from monitor.core.stories.headline_words import FUNCTION_WORDS, SHORT_FUNCTION_WORDS
from monitor.core.text import is_cjk

MAX_TERMS = 5
"""Terms of an article that are shown."""
_MAX_GAP_CHARS = 3
"""Characters between two words that are read as one term, such as a hyphen."""
_GAP = re.compile(rf"[ \t\u00a0\u2019'\u2010-\u2013/-]{{1,{_MAX_GAP_CHARS}}}")


def explanatory_terms(best_first: Iterable[str], text: str) -> tuple[str, ...]:
    """Return at most MAX_TERMS of the features of a text, as it writes them; none repeats a word of one before it."""
    lowered = text.lower()
    written = text if len(lowered) == len(text) else lowered
    shown: list[str] = []
    known: set[str] = set()
    for feature in best_first:
        words = feature.split()
        if known.isdisjoint(words) and all(map(is_content_word, words)) and (span := _find(words, lowered)):
            shown.append(" ".join(written[slice(*span)].split()))
            known.update(words)
            if len(shown) == MAX_TERMS:
                break
    return tuple(shown)


@lru_cache(maxsize=100_000)
def is_content_word(word: str) -> bool:
    """Return True for a word, in lower case, that is neither a function word nor a number."""
    if any(map(is_cjk, word)):
        return True
    folded = "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))
    return any(map(str.isalpha, word)) and folded not in FUNCTION_WORDS and folded not in SHORT_FUNCTION_WORDS


def _find(words: list[str], lowered: str) -> tuple[int, int] | None:
    """Return the place of a word, or of two that stand together in one clause; None if there is none."""
    first, rest = words[0], words[1:]
    start = lowered.find(first)
    while start >= 0:
        end = start + len(first)
        if _is_free(lowered, start, end):
            if not rest:
                return start, end
            gap = _GAP.match(lowered, end)
            if gap and lowered.startswith(rest[0], gap.end()):
                last = gap.end() + len(rest[0])
                if _is_free(lowered, gap.end(), last):
                    return start, last
        start = lowered.find(first, start + 1)
    return None


def _is_free(text: str, start: int, end: int) -> bool:
    """Return True if a word is not a part of a longer one; words of scripts without spaces always are."""
    if is_cjk(text[start]):
        return True
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (_continues_word(before) or _continues_word(after))


def _continues_word(character: str) -> bool:
    return character.isalnum() and not is_cjk(character)
