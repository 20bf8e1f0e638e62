# ruff: noqa: RUF001 - quotes and full stops of all scripts are what this file is about
"""Splits a chunk of text without white space into folded tokens; rules and articles use the same normalization.

A token is a run of letters, marks and digits; every other character separates tokens. Each token is folded by itself
(`folding`), without the dots of U.S. and a final 's, so that its position in the chunk is known. The tokens of chunks
are stored in bounded caches, since most words recur.
"""

from __future__ import annotations

import re
from itertools import accumulate, chain
from sys import intern
from typing import Literal, NamedTuple

from monitor.core.text.folding import FORMS, LETTER, MAX_CACHED_CHARS, UNSPACED, BoundedCache, split_run

_ENDS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""Punctuation at the ends of a chunk."""
_TOKEN = re.compile(
    rf"(?:(?P<dotted>(?:[A-Z]\.)+[A-Z](?!{LETTER})\.?)|(?P<plain>{LETTER}+))(?:['’‘ʼ＇][sS](?!{LETTER}))?"
)
"""A token with the parts that do not belong to it: the last dot of an acronym, and a final 's."""
_UNMARKED = "\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
"""Kana, Han and Hangul without marks: each is a token, whatever stands beside it."""
_BETWEEN = re.compile(f"(?<=[{_UNMARKED}])(?=[{_UNMARKED}])")
"""Positions between two of these characters; long texts are split there for the cache."""
_UNMARKED_PIECE = re.compile(f"[{_UNMARKED}]|[0-9A-Za-z]+")
_ALL_UNMARKED = re.compile(f"[{_UNMARKED}0-9A-Za-z]+")
_SEPARATE_LETTERS = re.compile(
    "[0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u013e\u0141-\u0148\u014a-\u024f\u0386\u0388-\u038a\u038c\u038e-\u03a1"
    "\u03a3-\u03ce\u0400-\u0481\u048a-\u052f\u05d0-\u05ea\u0621-\u063a\u0641-\u064a]+"
)
"""Latin, Greek, Cyrillic, Hebrew and Arabic letters, each folded whatever stands beside it. A word of them is folded
letter by letter, ten times faster than by normalizing it."""

_DOTS_BESIDE = re.compile(
    rf"(?<=[{UNSPACED}])(?=[A-Z]\.[A-Z])|(?<=[A-Z]\.[A-Z])(?=[{UNSPACED}])|(?<=[A-Z]\.[A-Z]\.)(?=[{UNSPACED}])"
)
"""Positions between a character of a script without spaces and A.I. or U.S., which is an acronym there too."""


class Token(NamedTuple):
    """One token with its position in characters."""

    folded: str
    """The text as rules look it up."""
    cased: str
    """The text as written, but without accents and in normal width."""
    start: int
    end: int


class ChunkTokens(BoundedCache[list[Token]]):
    """The tokens of each chunk, with positions from its start."""

    def __missing__(self, chunk: str) -> list[Token]:
        return self.store(chunk, _tokens_of(chunk))


class _FoldedLetters(dict[int, str]):
    """The form of each of the _SEPARATE_LETTERS, for str.translate."""

    def __init__(self, form: Literal["folded", "cased"]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, letter: int) -> str:
        ((folded, cased),) = FORMS[chr(letter)]
        self[letter] = form = folded if self._form == "folded" else cased
        return form


class ChunkWords(BoundedCache[tuple[str, ...]]):
    """The tokens of each chunk, folded or as written; interned, which makes later dictionary lookups faster."""

    def __init__(self, form: Literal["folded", "cased"]) -> None:
        super().__init__()
        self._form = form
        self._letters = _FoldedLetters(form)

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        return self.store(chunk, self._tokenize(chunk))

    def _tokenize(self, chunk: str) -> tuple[str, ...]:
        if chunk.isascii():
            bare = chunk.strip(_ENDS)
            if bare.isalnum():
                return (intern(bare.lower() if self._form == "folded" else bare),)
        elif _SEPARATE_LETTERS.fullmatch(bare := chunk.strip(_ENDS)):
            return (intern(bare.translate(self._letters)),)
        elif len(chunk) > 1 and _ALL_UNMARKED.fullmatch(chunk):
            return tuple(chain.from_iterable(map(self.__getitem__, _UNMARKED_PIECE.findall(chunk))))
        elif len(chunk) > MAX_CACHED_CHARS and len(pieces := _BETWEEN.split(chunk)) > 1:
            return tuple(chain.from_iterable(map(self.__getitem__, pieces)))
        return tuple([intern(getattr(token, self._form)) for token in CHUNK_TOKENS[chunk]])


CHUNK_TOKENS, FOLDED = ChunkTokens(), ChunkWords("folded")
TERM_FOLDED, TERM_CASED = ChunkWords("folded"), ChunkWords("cased")
"""For terms of rules. Few articles have most of their words: beside these, looking up the words of an article took half
as long again, since less of the cache fits in the processor's."""


def _tokens_of(chunk: str) -> list[Token]:
    """Return the tokens of a chunk; a long chunk, and one with an acronym in it, is split first."""
    if chunk.isascii():
        return [Token(chunk.lower(), chunk, 0, len(chunk))] if chunk.isalnum() else _find_in_chunk(chunk)
    between = _BETWEEN if len(chunk) > MAX_CACHED_CHARS else _DOTS_BESIDE
    if len(pieces := between.split(chunk)) > 1:
        offsets = accumulate(map(len, pieces), initial=0)
        return [
            Token(folded, cased, start + offset, end + offset)
            for piece, offset in zip(pieces, offsets, strict=False)
            for folded, cased, start, end in CHUNK_TOKENS[piece]
        ]
    return _find_in_chunk(chunk)


def _find_in_chunk(chunk: str) -> list[Token]:
    tokens: list[Token] = []
    for token in _TOKEN.finditer(chunk):
        if dotted := token["dotted"]:
            letters = dotted.replace(".", "")
            tokens.append(Token(letters.lower(), letters, token.start(), token.end("dotted")))
        else:
            tokens += _fold_run(token["plain"], token.start())
    return tokens


def _fold_run(raw: str, offset: int) -> list[Token]:
    if raw.isascii():
        return [Token(raw.lower(), raw, offset, offset + len(raw))]
    return [
        Token(folded, cased, offset + start, offset + end)
        for start, end in split_run(raw)
        for folded, cased in FORMS[raw[start:end]]
    ]
