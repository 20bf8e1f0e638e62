"""The numbers of words as characters, so that the words of an article are one short text.

The search index numbers each different word of an archive, and writes an article as one character for each of its
words. That takes a third of the text's size, and a phrase is found as a piece of text.

Characters that take fewer bytes in UTF-8 are kept for words in many articles. Past a million words two characters stand
for one word: the first is of `_FIRST_OF_TWO`, the second of `_SECOND_OF_TWO`, and neither is used for anything else,
so that no word begins within another one.
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
_SHARES = (0.5, 0.02)
"""The share of articles with a word from which on its number takes one byte, and two."""
_ENOUGH_ARTICLES = 5
"""Articles in which shares say anything."""
BREAK_CODE, TITLE_END = "\n", "\t"
"""What is not a word: the end of a paragraph, and of the title."""


def code(number: int) -> str:
    """Return the character, or two, of the word with this number."""
    for end, shift in _SHIFTS:
        if number < end:
            return chr(number + shift)
    first, second = divmod(number - _SHIFTS[-1][0], len(_SECOND_OF_TWO))
    return chr(_FIRST_OF_TWO[first]) + chr(_SECOND_OF_TWO[second])


def length_class(holding: int, articles: int) -> int:
    """Return the class of numbers for a new word that so many of some new articles hold: 0 for the shortest."""
    if articles < _ENOUGH_ARTICLES:
        return len(_SHARES)
    return next((place for place, share in enumerate(_SHARES) if holding >= max(2, share * articles)), len(_SHARES))


class Numbers:
    """Numbers that are not given to a word yet, by class."""

    def __init__(self, following: Sequence[int]) -> None:
        self.following = list(following)

    def take(self, wanted: int) -> int:
        """Return the next free number of a class, or of a longer one if it is used up."""
        place = wanted
        while place + 1 < len(self.following) and self.following[place] >= FIRST_NUMBERS[place + 1]:
            place += 1
        self.following[place] += 1
        return self.following[place] - 1

    def holds(self, number: int) -> bool:
        """Return True if a number was given to a word."""
        _, middle, long = FIRST_NUMBERS
        return number < self.following[0 if number < middle else 1 if number < long else 2]
