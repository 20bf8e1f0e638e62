"""Encodes each word of an archive as one or two characters, so that an article is stored as a short string.

The search index numbers the different words of an archive, and each number has its code. The encoded words of an
article take a third of the size of its text, and a phrase is found in them as a substring.

Words that occur in many articles get the characters with the fewest bytes in UTF-8. Words that come after the first
45,000 are mostly rare, and there are millions of them: they get two characters, of which each stands in many codes, so
that an index of characters has few entries.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ONE_BYTE = [each for each in map(chr, range(0x21, 0x7F)) if each not in "'\"\\"]
"""Without the characters that a query of a database would have to escape."""
_TWO_BYTES = list(map(chr, range(0xA1, 0x800)))
_THREE_BYTES = list(map(chr, range(0x800, 0xB000)))
_SINGLE = [*_ONE_BYTE, *_TWO_BYTES, *_THREE_BYTES]
_FIRST, _SECOND = range(0xB000, 0xD800), range(0xE000, 0xFDCF)
"""The characters of codes of two. Their numbers have no common divisor, so each number below the product has its pair
of remainders."""
FIRST_NUMBERS = tuple(accumulate(map(len, (_ONE_BYTE, _TWO_BYTES)), initial=0))
"""The first number of one byte, of two, and of more."""
LAST_NUMBER = len(_SINGLE) + len(_FIRST) * len(_SECOND) - 1
"""78 million words; further ones share it, so that each is found, together with the others."""
_SHARES = (0.3, 0.02)
"""Shares of the articles: a word that occurs in at least so many gets a code of one byte, or of two bytes."""
_ENOUGH_ARTICLES = 5
"""With fewer articles the share of those with a word says nothing."""
BREAK_CODE, TITLE_END = "\n", "\t"
"""The codes of the end of a paragraph, and of the title."""


def code(number: int) -> str:
    """Return the character, or two, of the word with this number."""
    if number < len(_SINGLE):
        return _SINGLE[number]
    pair = number - len(_SINGLE)
    return chr(_FIRST[pair % len(_FIRST)]) + chr(_SECOND[pair % len(_SECOND)])


def split_key(key: str) -> tuple[str, ...]:
    """Return a key of the index, a code or a letter and a code, as the keys of each character of the code."""
    return (key[:-1], key[:-2] + key[-1]) if ord(key[-1]) in _SECOND else (key,)


def length_class(holding: int, articles: int) -> int:
    """Return the class of the code for a new word that `holding` of `articles` contain: 0 for the shortest codes."""
    if articles < _ENOUGH_ARTICLES:
        return len(_SHARES)
    return next((place for place, share in enumerate(_SHARES) if holding >= max(2, share * articles)), len(_SHARES))


class Numbers:
    """The unused numbers of words, by class."""

    def __init__(self, following: Sequence[int]) -> None:
        self.following = list(following)

    def take(self, wanted: int) -> int:
        """Return the next unused number of a class; of the next longer class if there is none."""
        place = wanted
        while place + 1 < len(self.following) and self.following[place] >= FIRST_NUMBERS[place + 1]:
            place += 1
        number = self.following[place]
        self.following[place] = min(number + 1, LAST_NUMBER)
        return number

    def holds(self, number: int) -> bool:
        """Return True if a number was given to a word."""
        _, middle, long = FIRST_NUMBERS
        return number < self.following[0 if number < middle else 1 if number < long else 2]
