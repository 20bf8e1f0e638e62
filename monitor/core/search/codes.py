"""Encodes each word of an archive as one to four bytes, so that an article is stored as a short string of bytes.

The search index numbers the different words of an archive, and each number has its code: the fewer bytes, the smaller
it is. The encoded words of an article take a third of the size of its text. A byte that begins a code is in no other
place of one, so a phrase is found in encoded words as a substring. In the program a character stands for each byte.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BREAK_CODE, TITLE_END = "\n", "\t"
"""The codes of the end of a paragraph, and of the title."""
_FOLLOWING = 100
"""Different bytes that follow the first one of a code."""
_FIRST_FOLLOWING = 256 - _FOLLOWING
_FIRSTS = [chr(each) for each in range(1, _FIRST_FOLLOWING) if chr(each) not in f"{BREAK_CODE}{TITLE_END} "]
"""Bytes that begin a code; not the space, which stands between keys."""
_NUMBER_OF_FIRSTS = (64, 62, 12, 14)
"""How many of them begin codes of one byte, of two, of three and of four: so articles are about the shortest."""
_STARTS = tuple(accumulate(_NUMBER_OF_FIRSTS, initial=0))
_FIRST_OF_LENGTH: tuple[int, ...] = tuple(
    accumulate((firsts * _FOLLOWING**length for length, firsts in enumerate(_NUMBER_OF_FIRSTS)), initial=0)
)
"""The first number of each length."""
_OFFSETS = {
    each: place - _STARTS[length]
    for length in range(len(_NUMBER_OF_FIRSTS))
    for place, each in enumerate(_FIRSTS)
    if _STARTS[length] <= place < _STARTS[length + 1]
}
_CODE = re.compile(f"[^{chr(_FIRST_FOLLOWING)}-\xff{BREAK_CODE}{TITLE_END}][{chr(_FIRST_FOLLOWING)}-\xff]*")
FIRST_NUMBERS = _FIRST_OF_LENGTH[:3]
"""The first number of one byte, of two, and of more."""
LAST_NUMBER = _FIRST_OF_LENGTH[-1] - 1
"""14 million words; further ones share it, so that each is found, together with the others."""
_SHARES = (0.3, 0.005)
"""Shares of the articles: a word that occurs in at least so many gets a code of one byte, or of two bytes."""
_ENOUGH_ARTICLES = 5
"""With fewer articles the share of those with a word says nothing."""


def code(number: int) -> str:
    """Return the code of the word with this number."""
    length = bisect_right(_FIRST_OF_LENGTH, number) - 1
    number -= _FIRST_OF_LENGTH[length]
    following = ""
    for _ in range(length):
        number, place = divmod(number, _FOLLOWING)
        following = chr(_FIRST_FOLLOWING + place) + following
    return _FIRSTS[_STARTS[length] + number] + following


def number_of(code: str) -> int:
    """Return the number of the word with this code."""
    number = _OFFSETS[code[0]]
    for each in code[1:]:
        number = number * _FOLLOWING + ord(each) - _FIRST_FOLLOWING
    return _FIRST_OF_LENGTH[len(code) - 1] + number


def codes_in(words: str) -> set[str]:
    """Return the different codes of encoded words."""
    return set(_CODE.findall(words))


def to_bytes(codes: str) -> bytes:
    """Write codes as they are stored."""
    return codes.encode("latin-1")


def from_bytes(stored: bytes) -> str:
    """Read what `to_bytes` wrote."""
    return stored.decode("latin-1")


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
