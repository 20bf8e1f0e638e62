"""Tokenizes text, and cleans the text of publishers.

Text is split at white space, and the tokens of each chunk are cached (core.text.chunks), which is several times faster
than a regular expression over the whole text. Positions of tokens are computed on demand.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import chain

from monitor.core.control_characters import clean
from monitor.core.text.chunks import CASED, CHUNK_TOKENS, FOLDED, TERM_CASED, TERM_FOLDED, ChunkWords, Token
from monitor.core.text.folding import NORM, is_cjk

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
_LOOKUPS_BEFORE_ALL = 6
"""Lookups in one paragraph after which the positions of all its tokens are computed and cached."""
_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_CHUNK = re.compile(r"\S+")


class Tokens:
    """The tokens of a text. `words`: the folded tokens, with BREAK between paragraphs. Positions are in characters."""

    __slots__ = ("_bounds", "_cased", "_lookups", "_tokens", "firsts", "text", "words")

    def __init__(self, text: str, bounds: list[tuple[int, int]]) -> None:
        self.text = text
        self.words, self.firsts = _token_sequence(FOLDED, text, bounds)
        """`firsts`: the index of each paragraph's first token, or of the BREAK after a paragraph without tokens."""
        self._bounds = bounds
        self._tokens: dict[int, list[tuple[int, Token]]] = {}
        self._lookups: dict[int, int] = {}
        self._cased: dict[int, list[str]] = {}

    def paragraph(self, index: int) -> int:
        """Return the number of the paragraph that contains a token."""
        return bisect_right(self.firsts, index) - 1 if len(self._bounds) > 1 else 0

    def bounds(self, paragraph: int) -> tuple[int, int]:
        """Return the start and end of a paragraph in the text."""
        return self._bounds[paragraph]

    def cased(self, index: int) -> str:
        """Return one token as written, without computing its position; only its paragraph is tokenized again."""
        if self.words[index] == BREAK:
            return BREAK
        paragraph = self.paragraph(index)
        if paragraph not in self._cased:
            self._cased[paragraph], _ = _token_sequence(CASED, self.text, self._bounds[paragraph : paragraph + 1])
        return self._cased[paragraph][index - self.firsts[paragraph]]

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Return the start and end in the text of the tokens from `first` up to, not including, `after`."""
        offset, token = self._find(first)
        if after - first == 1:
            return offset + token.start, offset + token.end
        last_offset, last = self._following(first, offset, token, after - 1) or self._find(after - 1)
        return offset + token.start, last_offset + last.end

    def _following(self, first: int, offset: int, token: Token, index: int) -> tuple[int, Token] | None:
        """Find a token after the token `first`, if that one starts its chunk; else None."""
        paragraph = self.paragraph(first)
        end = self._bounds[paragraph][1]
        return (
            None if token.start or paragraph in self._tokens else _find_in_chunks(self.text, offset, end, index - first)
        )

    def _find(self, index: int) -> tuple[int, Token]:
        """Return the start of a token's chunk and the token; after several lookups, compute the whole paragraph."""
        paragraph = self.paragraph(index)
        number = index - self.firsts[paragraph]
        lookups = self._lookups[paragraph] = self._lookups.get(paragraph, 0) + 1
        if lookups <= _LOOKUPS_BEFORE_ALL and paragraph not in self._tokens:
            token = _find_in_chunks(self.text, *self._bounds[paragraph], number)
            if token is not None:
                return token
        if paragraph not in self._tokens:
            self._tokens[paragraph] = _all_tokens(self.text, *self._bounds[paragraph])
        return self._tokens[paragraph][number]


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
    return _token_sequence(FOLDED, text, [(0, len(text))])[0]


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
    tokens = _all_tokens(text, 0, len(text))
    return [Token(token.folded, token.cased, token.start + offset, token.end + offset) for offset, token in tokens]


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


def _token_sequence(chunks: ChunkWords, text: str, bounds: list[tuple[int, int]]) -> tuple[list[str], list[int]]:
    """Return the tokens of all paragraphs in one list, and the index at which each paragraph starts."""
    tokens: list[str] = []
    firsts: list[int] = []
    for start, end in bounds:
        firsts.append(len(tokens))
        tokens += chain.from_iterable(map(chunks.__getitem__, text[start:end].split()))
        tokens.append(BREAK)
    tokens.pop()
    return tokens, firsts


def _all_tokens(text: str, start: int, end: int) -> list[tuple[int, Token]]:
    """Return all tokens of a paragraph, each with the start of its chunk."""
    return [(chunk.start(), token) for chunk in _CHUNK.finditer(text, start, end) for token in CHUNK_TOKENS[chunk[0]]]


def _find_in_chunks(text: str, start: int, end: int, number: int) -> tuple[int, Token] | None:
    """Return one token with the start of its chunk, if each chunk before it is exactly one token; else None."""
    before = text[start:end].split(None, number)
    rest = before.pop() if len(before) > number else ""
    if len(before) == number == sum(map(len, map(FOLDED.__getitem__, before))) and rest:
        chunk_tokens = CHUNK_TOKENS[rest.split(None, 1)[0]]
        return (end - len(rest), chunk_tokens[0]) if chunk_tokens else None
    return None


def clean_line(text: str, limit: int | None = None) -> str:
    """Return a text as one clean line of at most `limit` characters, for titles, names and headers."""
    line = " ".join(clean(text).split())
    if limit is None or len(line) <= limit:
        return line
    return line[: max(limit - 1, 0)].rstrip() + "…"
