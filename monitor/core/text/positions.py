"""Where the tokens of a paragraph are in its text, computed when the first one is looked up."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, count
from operator import add

from monitor.core.text.chunks import CHUNK_TOKENS, FOLDED, Token

_CHUNK = re.compile(r"\S+")


class TokenPositions:
    """The chunks of a paragraph: where each starts, and how many tokens are before it."""

    __slots__ = ("_chunks", "_starts", "_tokens", "_tokens_before")

    def __init__(self, text: str, start: int, end: int) -> None:
        self._chunks = text[start:end].split()
        self._starts = _chunk_starts(self._chunks, text, start, end)
        self._tokens_before = list(accumulate(map(len, map(FOLDED.__getitem__, self._chunks)), initial=0))
        self._tokens: dict[int, list[Token]] = {}

    def find(self, index: int) -> tuple[int, Token]:
        """Return where the chunk of a token starts in the text, and the token; IndexError if there is no such token."""
        chunk = bisect_right(self._tokens_before, index) - 1
        if chunk not in self._tokens:
            self._tokens[chunk] = CHUNK_TOKENS[self._chunks[chunk]]
        return self._starts[chunk], self._tokens[chunk][index - self._tokens_before[chunk]]

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Return the start and end in the text of the tokens from `first` up to, not including, `after`."""
        offset, token = self.find(first)
        last_offset, last = (offset, token) if after - first == 1 else self.find(after - 1)
        return offset + token.start, last_offset + last.end


def _chunk_starts(chunks: list[str], text: str, start: int, end: int) -> list[int]:
    """Return where each chunk starts; with one space after each, as in most texts, only their lengths are added."""
    lengths_before = list(accumulate(map(len, chunks), initial=0))
    if lengths_before[-1] + len(chunks) - 1 == end - start:
        return list(map(add, lengths_before, count(start)))
    return [chunk.start() for chunk in _CHUNK.finditer(text, start, end)]
