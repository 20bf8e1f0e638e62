# ruff: noqa: RUF001 - quotes and full stops of all scripts are what this file is about
"""Text as tokens: one normalisation for rules and articles, and the one cleaning of publishers' text.

A token is a run of letters, marks and digits; everything else parts two tokens. Each token is folded (case, accents,
widths, the dots of U.S., a final 's) on its own, so that it keeps its place in the original text. Nothing is stemmed.
The surprise: text is split at white space first and each chunk is looked up in a cache, which is several times faster
than a regular expression over the whole text; places are worked out later, and only for paragraphs that are asked for.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import NamedTuple

NORM = "norm_v1"
"""Part of each rule's hash: a change of what `tokenize` does is a change of every rule."""
MAX_TEXT = 200_000
BREAK = "¶"
"""Stands between two paragraphs in `Tokens.words`; no token can look like it."""

_CACHED_CHUNKS = 200_000
_LONGEST_CACHED = 40
_ASKED_BEFORE_ALL = 4
_ENDS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def _marks() -> str:
    """List the combining marks as ranges of a character class; Python's own leaves them out, which would cut हिन्दी."""
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
    "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)
"""Thai, Lao, Burmese, Khmer, kana, Hangul, Han: written without spaces, so each character is a token."""
_CJK = re.compile(f"[{_ONE_EACH}]")
_CLUSTER = re.compile(
    rf"(?:[\u1100-\u115e][\u1161-\u11a7][\u11a8-\u11ff]?|.)[{_MARK}{_IGNORED}\uff9e\uff9f]*", re.DOTALL
)
_NO_DECOMPOSITION = str.maketrans("øłđıØŁĐ", "oldiOLD")
_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")


class Part(NamedTuple):
    """One token: as looked up, as written but for width and accents, and where."""

    folded: str
    cased: str
    start: int
    end: int


class Tokens:
    """The tokens of a text. `words` is what the matcher walks; places are counted in characters of `text`."""

    __slots__ = ("_asked", "_bounds", "_firsts", "_parts", "text", "words")

    def __init__(self, text: str, words: list[str], bounds: list[tuple[int, int]]) -> None:
        self.text = text
        self.words = words
        self._bounds = bounds
        self._firsts: list[int] = []
        self._parts: dict[int, list[tuple[int, Part]]] = {}
        self._asked: dict[int, int] = {}

    @property
    def firsts(self) -> list[int]:
        """The index in `words` of each paragraph's first token (of the break after it, when it has none)."""
        if not self._firsts:
            firsts, at = [0], -1
            for _ in range(len(self._bounds) - 1):
                at = self.words.index(BREAK, at + 1)
                firsts.append(at + 1)
            self._firsts = firsts
        return self._firsts

    def paragraph(self, index: int) -> int:
        """Say in which paragraph a token stands."""
        return bisect_right(self.firsts, index) - 1 if len(self._bounds) > 1 else 0

    def bounds(self, paragraph: int) -> tuple[int, int]:
        """Say where a paragraph starts and ends."""
        return self._bounds[paragraph]

    def part(self, index: int) -> Part:
        """Give one token with its place."""
        paragraph = self.paragraph(index)
        number = index - self.firsts[paragraph]
        asked = self._asked.get(paragraph, 0)
        if asked < _ASKED_BEFORE_ALL:
            self._asked[paragraph] = asked + 1
            return self._located(*self._bounds[paragraph], number)
        if paragraph not in self._parts:
            self._parts[paragraph] = _placed(self.text, *self._bounds[paragraph])
        offset, part = self._parts[paragraph][number]
        return Part(part.folded, part.cased, part.start + offset, part.end + offset)

    def _located(self, start: int, end: int, number: int) -> Part:
        """Find one token by counting: cheaper than placing all, as long as few are asked for."""
        paragraph = self.text[start:end]
        for before, chunk in enumerate(paragraph.split()):
            here = len(_PARTS[chunk])
            if number < here:
                part = _PARTS[chunk][number]
                offset = end - len(paragraph.split(None, before)[before]) if before else start + _indent(paragraph)
                return Part(part.folded, part.cased, part.start + offset, part.end + offset)
            number -= here
        raise IndexError(number)

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Give the place of the tokens `first` up to, not including, `after`."""
        return self.part(first).start, self.part(after - 1).end


def tokenize(text: str) -> Tokens:
    """Make tokens of a text; `Tokens.words` has BREAK between two paragraphs."""
    if "\n" not in text:
        return Tokens(text, _words(text).split(), [(0, len(text))])
    bounds, start = [], 0
    for found in _PARAGRAPH_BREAK.finditer(text):
        bounds.append((start, found.start()))
        start = found.end()
    bounds.append((start, len(text)))
    return Tokens(text, f" {BREAK} ".join([_words(text[start:end]) for start, end in bounds]).split(), bounds)


def words(text: str) -> list[str]:
    """Give the folded tokens of a text without places and paragraphs."""
    return _words(text).split()


def parts(text: str) -> list[Part]:
    """Give all tokens of a text with their places."""
    placed = _placed(text, 0, len(text))
    return [Part(part.folded, part.cased, part.start + offset, part.end + offset) for offset, part in placed]


def is_cjk(token: str) -> bool:
    """Say whether the token is one character of a script without spaces; it counts half in distances."""
    return _CJK.match(token) is not None


class _Parts(dict[str, list[Part]]):
    """The tokens of each chunk between white space, their places counted from its start."""

    def __missing__(self, chunk: str) -> list[Part]:
        made = _parts_of(chunk)
        if len(chunk) <= _LONGEST_CACHED:
            if len(self) >= _CACHED_CHUNKS:
                self.clear()
            self[chunk] = made
        return made


class _Chunks(dict[str, str]):
    """What each chunk between white space is folded to: its tokens, parted by spaces."""

    def __missing__(self, chunk: str) -> str:
        folded = self._fold(chunk)
        if len(chunk) <= _LONGEST_CACHED:
            if len(self) >= _CACHED_CHUNKS:
                self.clear()
            self[chunk] = folded
        return folded

    @staticmethod
    def _fold(chunk: str) -> str:
        if chunk.isascii():
            bare = chunk.strip(_ENDS)
            if bare.isalnum():
                return bare.lower()
        return " ".join([part.folded for part in _parts_of(chunk)])


_PARTS, _CHUNKS = _Parts(), _Chunks()
_CHUNK = re.compile(r"\S+")


def _words(text: str) -> str:
    return " ".join(map(_CHUNKS.__getitem__, text.split()))


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _placed(text: str, start: int, end: int) -> list[tuple[int, Part]]:
    return [(chunk.start(), part) for chunk in _CHUNK.finditer(text, start, end) for part in _PARTS[chunk[0]]]


def _parts_of(chunk: str) -> list[Part]:
    if chunk.isalnum() and chunk.isascii():
        return [Part(chunk.lower(), chunk, 0, len(chunk))]
    found: list[Part] = []
    for token in _TOKEN.finditer(chunk):
        if dotted := token["dotted"]:
            letters = dotted.replace(".", "")
            found.append(Part(letters.lower(), letters, token.start(), token.end("dotted")))
        else:
            found += _plain_parts(token["plain"], token.start())
    return found


def _plain_parts(raw: str, offset: int) -> list[Part]:
    if raw.isascii():
        return [Part(raw.lower(), raw, offset, offset + len(raw))]
    return [
        Part(folded, cased, offset + start, offset + end)
        for start, end in _runs(raw)
        for cased in _NOT_IN_TOKEN.split(_unaccented(unicodedata.normalize("NFKC", _DROP.sub("", raw[start:end]))))
        if (folded := _unaccented(cased.casefold())) and any(map(str.isalnum, folded))
    ]


def _runs(raw: str) -> list[tuple[int, int]]:
    """Cut a token where scripts without spaces want one token a character, marks kept with their base."""
    if not _CJK.search(unicodedata.normalize("NFKC", raw)):
        return [(0, len(raw))]
    runs: list[tuple[int, int]] = []
    joined = False
    for cluster in _CLUSTER.finditer(raw):
        alone = is_cjk(unicodedata.normalize("NFKC", _DROP.sub("", cluster[0])))
        if joined and not alone:
            runs[-1] = (runs[-1][0], cluster.end())
        else:
            runs.append(cluster.span())
        joined = not alone
    return runs


def _unaccented(text: str) -> str:
    """Drop marks from ASCII letters only: é is e, but が and й are letters of their own."""
    if text.isascii():
        return text
    kept: list[str] = []
    base = ""
    for char in unicodedata.normalize("NFD", text.translate(_NO_DECOMPOSITION)):
        if not unicodedata.combining(char) and unicodedata.category(char) not in {"Mn", "Me"}:
            base = char
        elif base and base.isascii():
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Make a publisher's text harmless: line breaks are newlines, controls, bidi controls and lone surrogates go."""
    return _UNWANTED.sub("", _LINE_BREAKS.sub("\n", text))


def clean_line(text: str, limit: int | None = None) -> str:
    """Make one clean line of at most `limit` characters: for titles, names and whatever becomes a header."""
    line = " ".join(clean(text).split())
    if limit is None or len(line) <= limit:
        return line
    return line[: max(limit - 1, 0)].rstrip() + "…"
