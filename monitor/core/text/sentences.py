# ruff: noqa: RUF001 - quotes and full stops of all scripts are what this file is about
"""Splits paragraphs into sentences, by punctuation, capitals and a list of abbreviations; no language model.

Good enough for `same: sentence`, for phrases (which never cross the end of a sentence), and for showing a hit in its
sentence. It does not split in doubt: a sentence that is too long still shows the hit, one that is too short lacks the
context. List items, which mostly have no full stop, are sentences of their own.

Linear in the text: publishers write runs of thousands of full stops, and matching reads them in the main process. So
every quantifier below is possessive, and a run of marks is tried at its first character only.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter

from monitor.core.text.devanagari import ABBREVIATIONS as HINDI_ABBREVIATIONS
from monitor.core.text.english import ABBREVIATIONS, ABBREVIATIONS_BEFORE_NAMES, NUMBERED, SENTENCE_STARTERS

END = re.compile(
    r"""[。！？｡।॥.!?…؟۔|](?:(?<=[。！？｡।॥])[。！？｡।॥]*+[”’」』）)"']*+"""
    r"""|(?<=[\u0900-\u097f]\|)|(?<=[\u0900-\u097f] \|)"""
    r"""|(?<=[.!?…؟۔])(?<![.!?…؟۔].)[.!?…؟۔]*+[”’"'»)\]]*+(?=\s))""",
    re.DOTALL,
)
"""All alternatives begin with one character class, which is several times faster to search than two.

The vertical bar is an ASCII danda, but only after Devanagari.
"""
_ALWAYS_END = "。！？｡।॥|"
"""Marks that end a sentence whatever follows, also without a space."""
_STARTS = re.compile(r"""\s++(?:[“‘"'«(\[¿¡—–-]*+\s*+)?(?P<first>\S)""")
"""The first character of a possible sentence; the opening mark itself if nothing follows it."""
_FIRST_WORD = re.compile(r"[^\W\d_]++(?![.'’\w])")
_ITEM = re.compile(r"[^\S\n]*+(?:[-–—*•·‣◦▪▫●○■□►▸→✓✔・]|\(?(?:\d{1,3}+[.)]|[a-zA-Z]\)|[ivx]{2,4}\)))[^\S\n]")
"""The beginning of a list item. A letter needs a bracket, since `J.` may begin a line of running text."""
_NO_SPACES = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
_CLAUSE_END = re.compile(
    rf"[:;：；؛。！？，、､｡]|[,.!?](?=[{_NO_SPACES}])|(?<=[{_NO_SPACES}])[,.!?]|\n(?=\s*+[{_NO_SPACES}])|(?<=[{_NO_SPACES}])\s*\n"
)
"""Marks that end a phrase whatever follows. Western marks and line breaks do so only beside Chinese or Japanese."""
_AFTER_ORDINAL = frozenset((
    "Januar", "Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember", "Jahrhundert", "Jahrhunderts",
))  # fmt: skip
"""German words before which a number with a full stop is an ordinal: am 2. August, im 21. Jahrhundert."""
_NEXT_LETTER = re.compile(r"\s[^\W\d_]\.")
"""A single letter with a full stop after another one: both are of one abbreviation."""
_MAY_END = re.compile("[,.:;!?…。！？：；，、､｡؛؟۔।॥|\n]")
_CLOSING = "”’\"'»)]"
_OPENING = re.compile(r"[\s(“\"'‘]")
_MAX_WORD_CHARS = 40


def sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return the (start, end) spans of the sentences of one paragraph; at least one."""
    stop = len(text) if end is None else end
    if text.find("\n", start, stop) < 0:
        return _sentences_of_unit(text, start, stop)
    return [span for unit in _list_units(text, start, stop) for span in _sentences_of_unit(text, *unit)]


def _sentences_of_unit(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    begin = start
    for mark in END.finditer(text, start, stop):
        if mark.end() < stop and _ends(text, mark, stop):
            spans.append((begin, mark.end()))
            begin = _skip_space(text, mark.end(), stop)
    if begin < stop or not spans:
        spans.append((begin, stop))
    return spans


def _list_units(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Split a paragraph before each list item, and after one whose next line does not continue it."""
    begin, at = start, start
    in_item = _ITEM.match(text, start, stop) is not None
    while newline := text.find("\n", at, stop) + 1:
        at = newline
        starts_item = _ITEM.match(text, at, stop) is not None
        if starts_item or (in_item and not text[at : at + 1].islower() and not text[at : at + 1].isspace()):
            if not text[begin:newline].isspace():
                yield begin, newline - 1
                begin = _skip_space(text, newline, stop)
            in_item = starts_item
    yield begin, stop


def may_end_phrase(text: str, start: int, end: int) -> bool:
    """Return True if the span contains a mark at which a phrase may end; quick, and mostly False."""
    return _MAY_END.search(text, start, end) is not None


def ends_phrase(text: str, start: int, end: int, paragraph: Sequence[tuple[int, int]]) -> bool:
    """Return True if a phrase cannot reach over the span: a sentence, a clause or a list item ends within.

    `paragraph` has the sentences around the span. Commas, hyphens, quotes and brackets do not end a phrase, nor do
    line breaks in running text.
    """
    if _CLAUSE_END.search(text, start, end):
        return True
    return bisect_right(paragraph, start, key=itemgetter(0)) != bisect_right(paragraph, end - 1, key=itemgetter(0))


def _ends(text: str, mark: re.Match[str], stop: int) -> bool:
    if mark[0][0] in _ALWAYS_END:
        return True
    after = _STARTS.match(text, mark.end(), stop)
    if after is None or after["first"].islower():
        return False
    if mark[0][0] != ".":
        return True
    word = last_word(text[max(mark.end() - _MAX_WORD_CHARS, 0) : mark.end()])
    if len(word) <= 2 and word.isdigit():
        following = _FIRST_WORD.match(text, after.start("first"))
        return following is None or following[0] not in _AFTER_ORDINAL
    if len(word) == 1 and word.isalpha() and _NEXT_LETTER.match(text, mark.end(), stop):
        return False  # z. B., i. d. R.
    return not word or not _abbreviates(word, after["first"]) or _starts_sentence(word, text, after.start("first"))


def last_word(text: str) -> str:
    """Return the word before a final full stop, with its inner dots; "" if the text does not end in one."""
    stopped = text.rstrip(_CLOSING)
    return _OPENING.split(stopped[:-1])[-1] if stopped.endswith(".") else ""


def _abbreviates(word: str, following: str) -> bool:
    """Return True if the word is an abbreviation (`Dr.`, `J.`, `U.S.`), so that the sentence goes on."""
    if word.lower() in NUMBERED:
        return following.isdigit()
    initial = (len(word) == 1 and word.isupper()) or word in HINDI_ABBREVIATIONS
    return initial or word.lower() in ABBREVIATIONS or ("." in word and len(word) <= 6)


def _starts_sentence(word: str, text: str, at: int) -> bool:
    """Return True if what follows an abbreviation is a word that begins sentences, not names: `the U.S. The ban`."""
    if word.lower() in ABBREVIATIONS_BEFORE_NAMES or word.lower() in NUMBERED:
        return False
    following = _FIRST_WORD.match(text, at)
    return following is not None and following[0] in SENTENCE_STARTERS


def _skip_space(text: str, at: int, stop: int) -> int:
    while at < stop and text[at].isspace():
        at += 1
    return at
