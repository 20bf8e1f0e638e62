"""Encodes each word of an archive as one to four bytes, so that an article is stored as a short string of bytes.

The search index gives each different word of an archive an id, and each id has its code: the fewer bytes, the smaller
it is. The encoded words of an article take a third of the size of its text. A lead byte never occurs later in a code,
so a phrase is found as a substring. In the program a character stands for each byte.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

BREAK_CODE, TITLE_END = "\n", "\t"
"""The codes of the end of a paragraph, and of the title."""
_CONTINUATION_COUNT = 100
"""Different bytes that follow the lead byte of a code."""
_FIRST_CONTINUATION = 256 - _CONTINUATION_COUNT
_LEAD_BYTES = [chr(each) for each in range(1, _FIRST_CONTINUATION) if chr(each) not in f"{BREAK_CODE}{TITLE_END} "]
"""Bytes that begin a code; not the space, which stands between keys."""
_LEAD_BYTE_COUNTS = (64, 62, 12, 14)
"""How many of them begin codes of one byte, of two, of three and of four: so articles are about the shortest."""
_STARTS = tuple(accumulate(_LEAD_BYTE_COUNTS, initial=0))
_FIRST_OF_LENGTH: tuple[int, ...] = tuple(
    accumulate((firsts * _CONTINUATION_COUNT**length for length, firsts in enumerate(_LEAD_BYTE_COUNTS)), initial=0)
)
"""The first id of each length."""
_OFFSETS = {
    each: index - _STARTS[length]
    for length in range(len(_LEAD_BYTE_COUNTS))
    for index, each in enumerate(_LEAD_BYTES)
    if _STARTS[length] <= index < _STARTS[length + 1]
}
_ONE_BYTE_CODES, _LONGER_LEADS = _LEAD_BYTES[: _LEAD_BYTE_COUNTS[0]], _LEAD_BYTES[_LEAD_BYTE_COUNTS[0] :]
_LONGER_CODE = re.compile(
    f"[{re.escape(_LONGER_LEADS[0])}-{re.escape(_LONGER_LEADS[-1])}][{chr(_FIRST_CONTINUATION)}-\xff]+"
)
FIRST_IDS = _FIRST_OF_LENGTH[:3]
"""The first id of one byte, of two, and of more."""
LAST_ID = _FIRST_OF_LENGTH[-1] - 1
"""About 14 million words; further ones share this id, so a search for one also finds the others."""
_SHARES = (0.3, 0.005)
"""Shares of the articles: a word that occurs in at least so many gets a code of one byte, or of two bytes."""
_MIN_ARTICLES_FOR_SHARES = 5
"""With fewer articles the share of those with a word says nothing."""


def encode_id(word_id: int) -> str:
    """Return the code of the word with this id."""
    length = bisect_right(_FIRST_OF_LENGTH, word_id) - 1
    rest = word_id - _FIRST_OF_LENGTH[length]
    following = ""
    for _ in range(length):
        rest, byte = divmod(rest, _CONTINUATION_COUNT)
        following = chr(_FIRST_CONTINUATION + byte) + following
    return _LEAD_BYTES[_STARTS[length] + rest] + following


def decode_id(code: str) -> int:
    """Return the id of the word with this code."""
    word_id = _OFFSETS[code[0]]
    for each in code[1:]:
        word_id = word_id * _CONTINUATION_COUNT + ord(each) - _FIRST_CONTINUATION
    return _FIRST_OF_LENGTH[len(code) - 1] + word_id


def codes_in(words: str) -> set[str]:
    """Return the different codes of encoded words."""
    found = {each for each in _ONE_BYTE_CODES if each in words}
    found.update(_LONGER_CODE.findall(words))
    return found


def to_bytes(codes: str) -> bytes:
    """Write codes as they are stored."""
    return codes.encode("latin-1")


def from_bytes(stored: bytes) -> str:
    """Read what `to_bytes` wrote."""
    return stored.decode("latin-1")


def length_class(count: int, articles: int) -> int:
    """Return the class of the code for a new word that `count` of `articles` contain: 0 for the shortest codes."""
    if articles < _MIN_ARTICLES_FOR_SHARES:
        return len(_SHARES)
    return next((index for index, share in enumerate(_SHARES) if count >= max(2, share * articles)), len(_SHARES))


class WordIds:
    """The unused ids of words, by class."""

    def __init__(self, next_ids: Sequence[int]) -> None:
        self.next_ids = list(next_ids)

    def allocate(self, wanted: int) -> int:
        """Return the next unused id of a class; of the next longer class if there is none."""
        index = wanted
        while index + 1 < len(self.next_ids) and self.next_ids[index] >= FIRST_IDS[index + 1]:
            index += 1
        word_id = self.next_ids[index]
        self.next_ids[index] = min(word_id + 1, LAST_ID)
        return word_id

    def is_allocated(self, word_id: int) -> bool:
        """Return True if an id was given to a word."""
        _, middle, long = FIRST_IDS
        return word_id < self.next_ids[0 if word_id < middle else 1 if word_id < long else 2]
