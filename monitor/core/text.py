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
from functools import lru_cache
from itertools import accumulate, chain
from sys import intern
from typing import Literal, NamedTuple

NORM = "norm_v1"
"""Part of each rule's hash: a change of what `tokenize` does is a change of every rule."""
MAX_TEXT = 200_000
BREAK = "¶"
"""Stands between two paragraphs in `Tokens.words`; no token can look like it."""

_CACHED_CHUNKS = 200_000
_LONGEST_CACHED = 40
_ASKED_BEFORE_ALL = 6
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

    __slots__ = ("_asked", "_bounds", "_cased", "_firsts", "_parts", "text", "words")

    def __init__(self, text: str, words: list[str], bounds: list[tuple[int, int]]) -> None:
        self.text = text
        self.words = words
        self._bounds = bounds
        self._firsts: list[int] = []
        self._parts: dict[int, list[tuple[int, Part]]] = {}
        self._asked: dict[int, int] = {}
        self._cased: list[str] = []

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

    def cased(self, index: int) -> str:
        """Give one token as it is written, without looking for its place."""
        if not self._cased:
            self._cased = _row(_CASED, self.text, self._bounds)
        return self._cased[index]

    def part(self, index: int) -> Part:
        """Give one token with its place."""
        paragraph = self.paragraph(index)
        number = index - self.firsts[paragraph]
        asked = self._asked[paragraph] = self._asked.get(paragraph, 0) + 1
        if asked > _ASKED_BEFORE_ALL and paragraph not in self._parts:
            self._parts[paragraph] = _placed(self.text, *self._bounds[paragraph])
        placed = self._parts.get(paragraph)
        offset, part = placed[number] if placed else _located(self.text, *self._bounds[paragraph], number)
        return Part(part.folded, part.cased, part.start + offset, part.end + offset)

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Give the place of the tokens `first` up to, not including, `after`."""
        part = self.part(first)
        return part.start, part.end if after - first == 1 else self.part(after - 1).end


def tokenize(text: str) -> Tokens:
    """Make tokens of a text; `Tokens.words` has BREAK between two paragraphs."""
    bounds, start = [], 0
    if "\n" in text:
        for found in _PARAGRAPH_BREAK.finditer(text):
            bounds.append((start, found.start()))
            start = found.end()
    bounds.append((start, len(text)))
    return Tokens(text, _row(_FOLDED, text, bounds), bounds)


def words(text: str) -> list[str]:
    """Give the folded tokens of a text without places and paragraphs."""
    return _row(_FOLDED, text, [(0, len(text))])


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


class _Chunks(dict[str, tuple[str, ...]]):
    """The tokens of each chunk between white space, folded or as written; interned, since they are looked up again."""

    def __init__(self, form: Literal["folded", "cased"]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        made = self._made(chunk)
        if len(chunk) <= _LONGEST_CACHED:
            if len(self) >= _CACHED_CHUNKS:
                self.clear()
            self[chunk] = made
        return made

    def _made(self, chunk: str) -> tuple[str, ...]:
        if chunk.isascii():
            bare = chunk.strip(_ENDS)
            if bare.isalnum():
                return (intern(bare.lower() if self._form == "folded" else bare),)
        elif len(chunk) > _LONGEST_CACHED and len(pieces := _BETWEEN.split(chunk)) > 1:
            return tuple(chain.from_iterable(map(self.__getitem__, pieces)))
        return tuple([intern(getattr(part, self._form)) for part in _PARTS[chunk]])


_PARTS, _FOLDED, _CASED = _Parts(), _Chunks("folded"), _Chunks("cased")
_CHUNK = re.compile(r"\S+")
_PLAIN = "\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
_BETWEEN = re.compile(f"(?<=[{_PLAIN}])(?=[{_PLAIN}])")
"""Between two characters that are tokens whatever stands beside them: a text without spaces is cut there and cached."""


def _row(chunks: _Chunks, text: str, bounds: list[tuple[int, int]]) -> list[str]:
    """Give the tokens of all paragraphs in one row."""
    row: list[str] = []
    for start, end in bounds:
        row += chain.from_iterable(map(chunks.__getitem__, text[start:end].split()))
        row.append(BREAK)
    row.pop()
    return row


def _placed(text: str, start: int, end: int) -> list[tuple[int, Part]]:
    """Give all tokens of a paragraph, each with where its chunk starts."""
    return [(chunk.start(), part) for chunk in _CHUNK.finditer(text, start, end) for part in _PARTS[chunk[0]]]


def _located(text: str, start: int, end: int, number: int) -> tuple[int, Part]:
    """Give one token of a paragraph with where its chunk starts, by counting: a third of the cost of placing all."""
    paragraph = text[start:end]
    chunks = paragraph.split()
    ends = list(accumulate(map(len, map(_FOLDED.__getitem__, chunks))))
    at = bisect_right(ends, number)
    part = _PARTS[chunks[at]][number - (ends[at - 1] if at else 0)]
    return end - len(paragraph.split(None, at)[at]) if at else start + paragraph.index(chunks[0]), part


def _parts_of(chunk: str) -> list[Part]:
    if chunk.isalnum() and chunk.isascii():
        return [Part(chunk.lower(), chunk, 0, len(chunk))]
    if len(chunk) > _LONGEST_CACHED and len(pieces := _BETWEEN.split(chunk)) > 1:
        places = accumulate(map(len, pieces), initial=0)
        return [
            Part(folded, cased, start + place, end + place)
            for piece, place in zip(pieces, places, strict=False)
            for folded, cased, start, end in _PARTS[piece]
        ]
    return _whole_parts(chunk)


def _whole_parts(chunk: str) -> list[Part]:
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
        for folded, cased in _FORMS[raw[start:end]]
    ]


class _Forms(dict[str, list[tuple[str, str]]]):
    """What each run of letters is folded to and written as; a script without spaces has but a few thousand of them."""

    def __missing__(self, run: str) -> list[tuple[str, str]]:
        bare = _unaccented(unicodedata.normalize("NFKC", _DROP.sub("", run)))
        made = [
            (folded, cased)
            for cased in _NOT_IN_TOKEN.split(bare)
            if (folded := _unaccented(cased.casefold())) and any(map(str.isalnum, folded))
        ]
        if len(run) <= _LONGEST_CACHED:
            if len(self) >= _CACHED_CHUNKS:
                self.clear()
            self[run] = made
        return made


_FORMS = _Forms()


def _runs(raw: str) -> list[tuple[int, int]]:
    """Cut a token where scripts without spaces want one token a character, marks kept with their base."""
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
