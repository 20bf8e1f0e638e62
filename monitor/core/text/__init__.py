"""Tokenizes text, and cleans the text of publishers.

Text is split at white space, and the tokens of each chunk are cached (core.text.chunks), which is several times faster
than a regular expression over the whole text; paragraphs of plain English are split without that (ascii_words).
Positions of tokens are computed on demand.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import chain

from monitor.core.control_characters import clean
from monitor.core.text.ascii_words import ascii_words, with_ascii_marks
from monitor.core.text.chunks import CHUNK_TOKENS, FOLDED, TERM_CASED, TERM_FOLDED, Token
from monitor.core.text.folding import NORM, is_cjk
from monitor.core.text.positions import TokenPositions

__all__ = [
    "BREAK",
    "CJK_RANGES",
    "MAX_TEXT_CHARS",
    "NORM",
    "Token",
    "Tokens",
    "cased_term",
    "clean",
    "clean_line",
    "find_tokens",
    "folded_term",
    "is_cjk",
    "mask_spans",
    "tokenize",
    "words",
]

MAX_TEXT_CHARS = 200_000
CJK_RANGES = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Kana, Han and Hangul, for a character class of a regular expression."""
BREAK = "¶"
"""The separator of paragraphs in `Tokens.words`; no token is equal to it."""
_CHUNK = re.compile(r"\S+")
_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")


class Tokens:
    """The tokens of a text. `words`: the folded tokens, with BREAK between paragraphs. Positions are in characters."""

    __slots__ = ("_bounds", "_positions", "firsts", "text", "words")

    def __init__(self, text: str, bounds: list[tuple[int, int]]) -> None:
        self.text = text
        self.words, self.firsts = _token_sequence(text, bounds)
        """`firsts`: the index of each paragraph's first token, or of the BREAK after a paragraph without tokens."""
        self._bounds = bounds
        self._positions: dict[int, TokenPositions] = {}
        """By paragraph."""

    def paragraph(self, index: int) -> int:
        """Return the number of the paragraph that contains a token."""
        return bisect_right(self.firsts, index) - 1 if len(self._bounds) > 1 else 0

    def bounds(self, paragraph: int) -> tuple[int, int]:
        """Return the start and end of a paragraph in the text."""
        return self._bounds[paragraph]

    def cased(self, index: int) -> str:
        """Return one token as written."""
        if self.words[index] == BREAK:
            return BREAK
        paragraph = self.paragraph(index)
        return self._positions_in(paragraph).find(index - self.firsts[paragraph])[1].cased

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Return the start and end in the text of the tokens from `first` to before `after`, of one paragraph."""
        paragraph = self.paragraph(first)
        before = self.firsts[paragraph]
        return self._positions_in(paragraph).span(first - before, after - before)

    def _positions_in(self, paragraph: int) -> TokenPositions:
        if paragraph not in self._positions:
            self._positions[paragraph] = TokenPositions(self.text, *self._bounds[paragraph])
        return self._positions[paragraph]


def tokenize(text: str) -> Tokens:
    """Tokenize a text; paragraphs are separated by blank lines."""
    bounds, start = [], 0
    if "\n" in text:
        for match in _PARAGRAPH_BREAK.finditer(text):
            bounds.append((start, match.start()))
            start = match.end()
    bounds.append((start, len(text)))
    return Tokens(text, bounds)


def words(text: str) -> list[str]:
    """Return the folded tokens of a text, without positions and paragraphs."""
    return _token_sequence(text, [(0, len(text))])[0]


def folded_term(text: str) -> tuple[str, ...]:
    """Return the folded tokens of a term of a rule; many are a single chunk."""
    chunks = text.split()
    folded = TERM_FOLDED
    return folded[chunks[0]] if len(chunks) == 1 else tuple(chain.from_iterable(map(folded.__getitem__, chunks)))


def cased_term(text: str) -> tuple[str, ...]:
    """Return the tokens of a term of a rule as written."""
    return tuple(chain.from_iterable(map(TERM_CASED.__getitem__, text.split())))


def find_tokens(text: str) -> list[Token]:
    """Return all tokens of a text with their positions."""
    return [
        Token(folded, cased, start + chunk.start(), end + chunk.start())
        for chunk in _CHUNK.finditer(text)
        for folded, cased, start, end in CHUNK_TOKENS[chunk[0]]
    ]


def mask_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Replace the spans by as many spaces, so that all other positions stay valid."""
    kept: list[str] = []
    at = 0
    for start, end in sorted(spans):
        first, after = max(start, at), min(end, len(text))
        if first < after:
            kept += text[at:first], " " * (after - first)
            at = after
    return "".join([*kept, text[at:]])


def _token_sequence(text: str, bounds: list[tuple[int, int]]) -> tuple[list[str], list[int]]:
    """Return the tokens of all paragraphs in one list, and the index at which each paragraph starts."""
    tokens: list[str] = []
    firsts: list[int] = []
    plain = with_ascii_marks(text)
    for start, end in bounds:
        firsts.append(len(tokens))
        words = ascii_words(plain[start:end])
        if words is None:
            tokens += chain.from_iterable(map(FOLDED.__getitem__, text[start:end].split()))
        else:
            tokens += words
        tokens.append(BREAK)
    tokens.pop()
    return tokens, firsts


def clean_line(text: str, limit: int | None = None) -> str:
    """Return a text as one clean line of at most `limit` characters, for titles, names and headers."""
    line = " ".join(clean(text).split())
    if limit is None or len(line) <= limit:
        return line
    return line[: max(limit - 1, 0)].rstrip() + "…"
