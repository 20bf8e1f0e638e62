# ruff: noqa: RUF001 - quotes and full stops of all scripts are what this file is about
"""Splits paragraphs into sentences, by punctuation, capitals and a list of abbreviations; no language model.

Good enough for `same: sentence` and for showing a hit in its sentence. It does not split in doubt: a sentence
that is too long still shows the hit, one that is too short lacks the context.

Linear in the text: publishers write runs of thousands of full stops, and matching reads them in the main process. So
every quantifier below is possessive, and a run of marks is tried at its first character only.
"""

from __future__ import annotations

import re

from monitor.core.text.english import ABBREVIATIONS, NUMBERED

END = re.compile(
    r"""[。！？｡.!?…](?:(?<=[。！？｡])[。！？｡]*+[”’」』）)"']*+"""
    r"""|(?<=[.!?…])(?<![.!?…].)[.!?…]*+[”’"'»)\]]*+(?=\s))""",
    re.DOTALL,
)
"""Both alternatives begin with one character class, which is several times faster to search than two."""
_STARTS = re.compile(r"""\s++(?:[“‘"'«(\[¿¡—–-]*+\s*+)?(?P<first>\S)""")
"""The first character of a possible sentence; the opening mark itself if nothing follows it."""
_CLOSING = "”’\"'»)]"
_OPENING = re.compile(r"[\s(“\"'‘]")
_LONGEST_WORD = 40


def sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return the (start, end) spans of the sentences of one paragraph; at least one."""
    stop = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    begin = start
    for mark in END.finditer(text, start, stop):
        if mark.end() < stop and _ends(text, mark, stop):
            spans.append((begin, mark.end()))
            begin = _skip_space(text, mark.end(), stop)
    if begin < stop or not spans:
        spans.append((begin, stop))
    return spans


def _ends(text: str, mark: re.Match[str], stop: int) -> bool:
    if mark[0][0] in "。！？｡":
        return True
    after = _STARTS.match(text, mark.end(), stop)
    if after is None or after["first"].islower():
        return False
    if mark[0][0] != ".":
        return True
    word = last_word(text[max(mark.end() - _LONGEST_WORD, 0) : mark.end()])
    return not word or not _abbreviates(word, after["first"])


def last_word(text: str) -> str:
    """Return the word before a final full stop, with its inner dots; "" if the text does not end in one."""
    stopped = text.rstrip(_CLOSING)
    return _OPENING.split(stopped[:-1])[-1] if stopped.endswith(".") else ""


def _abbreviates(word: str, following: str) -> bool:
    """Return True if the word is an abbreviation (`Dr.`, `J.`, `U.S.`), so that the sentence goes on."""
    if word.lower() in NUMBERED:
        return following.isdigit()
    return (len(word) == 1 and word.isupper()) or word.lower() in ABBREVIATIONS or ("." in word and len(word) <= 6)


def _skip_space(text: str, at: int, stop: int) -> int:
    while at < stop and text[at].isspace():
        at += 1
    return at
