# ruff: noqa: RUF001 - characters of all scripts are what this file is about
"""Folds runs of letters as rules and articles are compared: case, accents, widths, digits, vowel signs.

Nothing is stemmed. A run of a script without spaces is split into its characters, each with its marks. `chunks` finds
the runs in a text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TypeVar

from monitor.core.text.devanagari import fold_devanagari

NORM = "norm_v3"
"""Version of the normalization, part of each rule's hash: a change of what terms match changes every rule."""
MAX_CACHED_CHARS = 40
"""Longer texts are unlikely to recur, and are not cached."""
_MAX_CACHED = 200_000
"""Texts in each cache, which is then cleared."""
Value = TypeVar("Value")


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
"""The combining marks, for a character class."""
_IGNORED = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
"""Characters without a shape, for a character class: soft hyphen, joiners, fillers, directions of writing."""
LETTER = rf"(?:(?!\u02bc)[^\W_]|[{_MARK}{_IGNORED}])"
"""A letter, mark or digit of a token; not the letter apostrophe, which separates tokens like other apostrophes."""
_NOT_IN_TOKEN = re.compile(rf"(?:(?!{LETTER}).)+", re.DOTALL)
_DROP = re.compile(f"[{_IGNORED}]")
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)
"""Thai, Lao, Burmese, Khmer, kana, Hangul, Han: written without spaces, so each character is a token."""
_CJK = re.compile(f"[{UNSPACED}]")
_AM, _HO = "\u0e4d\u0e32|\u0ecd\u0eb2", "\u0eab\u0e99|\u0eab\u0ea1"
"""Thai and Lao am, Lao ho no and ho mo as two characters: NFKC decomposes the single characters into these."""
_JAMO = r"[\u1100-\u115e][\u1161-\u11a7][\u11a8-\u11ff]?"
_CLUSTER = re.compile(rf"(?:{_AM}|{_HO}|{_JAMO}|.)(?:(?!{_AM}|\u0345)[{_MARK}{_IGNORED}\uff9e\uff9f])*", re.DOTALL)
"""A character with its marks, except the Greek iota subscript, which folds to the letter iota."""
_NO_DECOMPOSITION = str.maketrans("øłđıØŁĐ", "oldiOLD")
"""Letters with a stroke or without a dot, which Unicode does not decompose."""
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


def is_cjk(token: str) -> bool:
    """Return True for one character of a script without spaces; such a token counts half in distances."""
    return _CJK.match(token) is not None


class BoundedCache(dict[str, Value]):
    """A cache of the results for short texts; cleared when it is full."""

    def store(self, text: str, value: Value) -> Value:
        """Cache a value, unless its text is so long that it is unlikely to recur."""
        if len(text) <= MAX_CACHED_CHARS:
            if len(self) >= _MAX_CACHED:
                self.clear()
            self[text] = value
        return value


class _Forms(BoundedCache[list[tuple[str, str]]]):
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


FORMS = _Forms()
"""Looked up by a run of `split_run`; a run of marks alone has no token, one with a ligature may have two."""


def _letters(run: str) -> list[str]:
    """Split what a ligature was normalized to, if each result is a token: yori becomes the kana yo and ri."""
    if run.isascii() or len(run) == 1:
        return [run]
    clusters = _CLUSTER.findall(run)
    return clusters if all(map(_stands_alone, clusters)) else [run]


def split_run(raw: str) -> list[tuple[int, int]]:
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


@lru_cache(maxsize=_MAX_CACHED)
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
