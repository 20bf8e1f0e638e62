"""Encodes each word of an archive as one character, so that an article is stored as a short string of characters.

The search index numbers the different words of an archive, and each number has its character. The encoded words of an
article take a third of the size of its text, and a phrase is found in them as a substring.

Words that occur in many articles get the characters with the fewest bytes in UTF-8. After a million words a code has
two characters: the first from `_FIRST_OF_TWO`, the second from `_SECOND_OF_TWO`, which are used for nothing else, so
that no code begins within another one.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ONE_BYTE = (range(ord("a"), ord("z") + 1), range(ord("0"), ord("9") + 1))
_TWO_BYTES = (range(0xA1, 0x800),)
_OTHERS = (range(0x800, 0xD800), range(0xE000, 0xFDD0), range(0x10000, 0xF0000))
"""Without surrogates and noncharacters."""
_FIRST_OF_TWO, _SECOND_OF_TWO = range(0xF0000, 0xF1000), range(0xF1000, 0xFF000)
FIRST_NUMBERS = (0, sum(map(len, _ONE_BYTE)), sum(map(len, (*_ONE_BYTE, *_TWO_BYTES))))
"""The first number of one byte, of two, and of more."""
_ENDS = list(accumulate(map(len, (*_ONE_BYTE, *_TWO_BYTES, *_OTHERS))))
_SHIFTS = [(end, each[-1] + 1 - end) for each, end in zip((*_ONE_BYTE, *_TWO_BYTES, *_OTHERS), _ENDS, strict=True)]
"""For each range, the number after those of its characters, and the difference between both."""
LAST_NUMBER = _SHIFTS[-1][0] + len(_FIRST_OF_TWO) * len(_SECOND_OF_TWO) - 1
"""More than 200 million words; further ones share it, so that each is found, together with the others."""
_SHARES = (0.5, 0.02)
"""Shares of the articles: a word that occurs in at least so many gets a code of one byte, or of two bytes."""
_ENOUGH_ARTICLES = 5
"""With fewer articles the share of those with a word says nothing."""
BREAK_CODE, TITLE_END = "\n", "\t"
"""The codes of the end of a paragraph, and of the title."""


def code(number: int) -> str:
    """Return the character, or two, of the word with this number."""
    for end, shift in _SHIFTS:
        if number < end:
            return chr(number + shift)
    first, second = divmod(number - _SHIFTS[-1][0], len(_SECOND_OF_TWO))
    return chr(_FIRST_OF_TWO[first]) + chr(_SECOND_OF_TWO[second])


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
