# ruff: noqa: RUF001 - quotes and full stops of all scripts are what this file is about
"""Splits a chunk of text without white space into normalized tokens; rules and articles use the same normalization.

A token is a run of letters, marks and digits; every other character separates tokens. Each token is folded by itself
(case, accents, widths, digits, the dots of U.S., a final 's), so that its position in the chunk is known. Nothing is
stemmed. The tokens of chunks are stored in bounded caches, since most words recur.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import accumulate, chain
from sys import intern
from typing import Literal, NamedTuple, TypeVar

from monitor.core.text.devanagari import fold_devanagari

NORM = "norm_v3"
"""Version of the normalization, part of each rule's hash: a change of what terms match changes every rule."""
_CACHED_CHUNKS = 200_000
_MAX_CACHED_CHARS = 40
_ENDS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
Value = TypeVar("Value")


class Token(NamedTuple):
    """One token with its position in characters."""

    folded: str
    """The text as rules look it up."""
    cased: str
    """The text as written, but without accents and in normal width."""
    start: int
    end: int


def is_cjk(token: str) -> bool:
    """Return True for one character of a script without spaces; such a token counts half in distances."""
    return _CJK.match(token) is not None


class _Bounded(dict[str, Value]):
    """A cache of the results for short texts; cleared when it is full."""

    def store(self, text: str, value: Value) -> Value:
        """Cache a value, unless its text is so long that it is unlikely to recur."""
        if len(text) <= _MAX_CACHED_CHARS:
            if len(self) >= _CACHED_CHUNKS:
                self.clear()
            self[text] = value
        return value


class ChunkTokens(_Bounded[list[Token]]):
    """The tokens of each chunk, with positions from its start."""

    def __missing__(self, chunk: str) -> list[Token]:
        return self.store(chunk, _tokens_of(chunk))


class _FoldedLetters(dict[int, str]):
    """The form of each of the _SEPARATE_LETTERS, for str.translate."""

    def __init__(self, form: Literal["folded", "cased"]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, letter: int) -> str:
        ((folded, cased),) = _FORMS[chr(letter)]
        self[letter] = form = folded if self._form == "folded" else cased
        return form


class ChunkWords(_Bounded[tuple[str, ...]]):
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
        elif len(chunk) > 1 and _ALL_PLAIN.fullmatch(chunk):
            return tuple(chain.from_iterable(map(self.__getitem__, _PLAIN_PIECE.findall(chunk))))
        elif len(chunk) > _MAX_CACHED_CHARS and len(pieces := _BETWEEN.split(chunk)) > 1:
            return tuple(chain.from_iterable(map(self.__getitem__, pieces)))
        return tuple([intern(getattr(token, self._form)) for token in CHUNK_TOKENS[chunk]])


CHUNK_TOKENS, FOLDED, CASED = ChunkTokens(), ChunkWords("folded"), ChunkWords("cased")
TERM_FOLDED, TERM_CASED = ChunkWords("folded"), ChunkWords("cased")
"""For terms of rules. Few articles have most of their words: beside these, looking up the words of an article took half
as long again, since less of the cache fits in the processor's."""


def _marks() -> str:
    r"""Return the combining marks as ranges of a character class; `\w` lacks them, which would split हिन्दी."""
    ranges: list[list[int]] = []
    for code in (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0)):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARK = _marks()
_IGNORED = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
_LETTER = rf"(?:(?!\u02bc)[^\W_]|[{_MARK}{_IGNORED}])"
_TOKEN = re.compile(
    rf"(?:(?P<dotted>(?:[A-Z]\.)+[A-Z](?!{_LETTER})\.?)|(?P<plain>{_LETTER}+))(?:['’‘ʼ＇][sS](?!{_LETTER}))?"
)
_NOT_IN_TOKEN = re.compile(rf"(?:(?!{_LETTER}).)+", re.DOTALL)
_DROP = re.compile(f"[{_IGNORED}]")
_ONE_EACH = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)
"""Thai, Lao, Burmese, Khmer, kana, Hangul, Han: written without spaces, so each character is a token."""
_CJK = re.compile(f"[{_ONE_EACH}]")
_AM, _HO = "\u0e4d\u0e32|\u0ecd\u0eb2", "\u0eab\u0e99|\u0eab\u0ea1"
"""Thai and Lao am, Lao ho no and ho mo as two characters: NFKC decomposes the single characters into these."""
_JAMO = r"[\u1100-\u115e][\u1161-\u11a7][\u11a8-\u11ff]?"
_CLUSTER = re.compile(rf"(?:{_AM}|{_HO}|{_JAMO}|.)(?:(?!{_AM}|\u0345)[{_MARK}{_IGNORED}\uff9e\uff9f])*", re.DOTALL)
"""A character with its marks, except the Greek iota subscript, which folds to the letter iota."""
_NO_DECOMPOSITION = str.maketrans("øłđıØŁĐ", "oldiOLD")
_VOWEL_SIGNS = re.compile(
    "[\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"
)
"""Arabic harakat and tatweel (which only stretches a word), and Hebrew points: mostly not written."""
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66)
_DIGITS = {zero + value: str(value) for zero in _ZEROS for value in range(10)}
"""Digits of Arabic, Persian and the scripts of India."""
_GREEK = re.compile("[\u0370-\u03ff]")
_DIAERESIS = "\u0308"
_PLAIN = "\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
_BETWEEN = re.compile(f"(?<=[{_PLAIN}])(?=[{_PLAIN}])")
"""Positions between two characters that are always tokens of their own; long texts are split there for the cache."""
_PLAIN_PIECE = re.compile(f"[{_PLAIN}]|[0-9A-Za-z]+")
_ALL_PLAIN = re.compile(f"[{_PLAIN}0-9A-Za-z]+")
_SEPARATE_LETTERS = re.compile(
    "[0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u013e\u0141-\u0148\u014a-\u024f\u0386\u0388-\u038a\u038c\u038e-\u03a1"
    "\u03a3-\u03ce\u0400-\u0481\u048a-\u052f\u05d0-\u05ea\u0621-\u063a\u0641-\u064a]+"
)
"""Latin, Greek, Cyrillic, Hebrew and Arabic letters, each folded whatever stands beside it. A word of them is folded
letter by letter, ten times faster than by normalizing it."""

_DOTS_BESIDE = re.compile(
    rf"(?<=[{_ONE_EACH}])(?=[A-Z]\.[A-Z])|(?<=[A-Z]\.[A-Z])(?=[{_ONE_EACH}])|(?<=[A-Z]\.[A-Z]\.)(?=[{_ONE_EACH}])"
)
"""Positions between such a character and A.I. or U.S., which is an acronym there as it is after a space."""


def _tokens_of(chunk: str) -> list[Token]:
    if chunk.isascii():
        return [Token(chunk.lower(), chunk, 0, len(chunk))] if chunk.isalnum() else _find_in_chunk(chunk)
    between = _BETWEEN if len(chunk) > _MAX_CACHED_CHARS else _DOTS_BESIDE
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
        for start, end in _runs(raw)
        for folded, cased in _FORMS[raw[start:end]]
    ]


class _Forms(_Bounded[list[tuple[str, str]]]):
    """The (folded, cased) tokens of each run of letters."""

    def __missing__(self, run: str) -> list[tuple[str, str]]:
        composed = unicodedata.normalize("NFKC", _DROP.sub("", run).replace("\u0345", "ι"))
        bare = _remove_accents(fold_devanagari(_VOWEL_SIGNS.sub("", composed).translate(_DIGITS)))
        tokens = [
            (folded, cased)
            for piece in _NOT_IN_TOKEN.split(bare)
            for cased in _letters(piece)
            if (folded := _remove_accents(cased.casefold())) and any(map(str.isalnum, folded))
        ]
        return self.store(run, tokens)


_FORMS = _Forms()


def _letters(run: str) -> list[str]:
    """Split what a ligature was normalized to, if each result is a token: yori becomes the kana yo and ri."""
    if run.isascii() or len(run) == 1:
        return [run]
    clusters = _CLUSTER.findall(run)
    return clusters if all(map(_stands_alone, clusters)) else [run]


def _runs(raw: str) -> list[tuple[int, int]]:
    """Return the spans of a token's runs: in scripts without spaces one per character with its marks."""
    if not _CJK.search(unicodedata.normalize("NFKC", raw)):
        return [(0, len(raw))]
    runs: list[tuple[int, int]] = []
    joined = False
    for cluster in _CLUSTER.finditer(raw):
        alone = _stands_alone(cluster[0])
        if joined and not alone:
            runs[-1] = (runs[-1][0], cluster.end())
        else:
            runs.append(cluster.span())
        joined = not alone
    return runs


@lru_cache(maxsize=_CACHED_CHUNKS)
def _stands_alone(cluster: str) -> bool:
    return is_cjk(unicodedata.normalize("NFKC", _DROP.sub("", cluster)))


def _remove_accents(text: str) -> str:
    """Remove marks from ASCII and Greek letters, and those of ё; が and й are letters of their own."""
    if text.isascii():
        return text
    kept: list[str] = []
    base = ""
    for char in unicodedata.normalize("NFD", text.translate(_NO_DECOMPOSITION)):
        if not unicodedata.combining(char) and unicodedata.category(char) not in {"Mn", "Me"}:
            base = char
        elif base and _is_accent(char, base):
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def _is_accent(mark: str, base: str) -> bool:
    return base.isascii() or _GREEK.match(base) is not None or (mark == _DIAERESIS and base in "еЕ")
