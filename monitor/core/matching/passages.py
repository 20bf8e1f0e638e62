"""Evidence as a reader wants it: one sentence of the article with the rule's terms marked in it.

A Passage is a row of pieces, plain and marked by turns; no markup, so that each format escapes and marks in its own
way. Long sentences are cut around their first mark, with an ellipsis where something is missing. The surprise:
evidence that points outside its sentence is no reason to fail, it is shown unmarked.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from monitor.core.model import Evidence

LONGEST = 320
"""Characters of a passage: three lines of a mail at 600 px."""
BEFORE_MARK = 120
"""Characters kept before the first mark when a sentence has to be cut."""
_WORD_SLACK = 20
"""How far a cut moves to fall between two words."""
_ZONES = {"lead": 0, "body": 1, "title": 2}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a passage."""

    text: str
    marked: bool = False


Passage = tuple[Piece, ...]


def plain(passage: Passage) -> str:
    """Return the text of a passage without marks."""
    return "".join(piece.text for piece in passage)


def marked_text(passage: Passage, *, before: str, after: str, escape: Callable[[str], str] = str) -> str:
    """Return the text of a passage in a format's markup: `before` and `after` surround each marked piece.

    `escape` is applied to the text of each piece, not to the marks.
    """
    return "".join(f"{before}{escape(piece.text)}{after}" if piece.marked else escape(piece.text) for piece in passage)


def marked_html(passage: Passage) -> str:
    """Return a passage as HTML: escaped, with `mark` elements."""
    return marked_text(passage, before="<mark>", after="</mark>", escape=html.escape)


def marked_ranges(passage: Passage) -> list[list[int]]:
    """Return [start, end) of each marked piece in the plain text of a passage."""
    ranges, at = [], 0
    for piece in passage:
        if piece.marked:
            ranges.append([at, at + len(piece.text)])
        at += len(piece.text)
    return ranges


def best_passage(evidence: Sequence[Evidence]) -> tuple[Passage, str]:
    """Choose the sentence with the most different terms, and tell its zone; text goes before titles."""
    sentences: dict[tuple[str, int, str], list[Evidence]] = {}
    for piece in evidence:
        if piece.sentence.strip():
            sentences.setdefault((piece.zone, piece.sentence_start, piece.sentence), []).append(piece)
    if not sentences:
        return (), ""
    zone, start, sentence = min(sentences, key=lambda key: (*_worth(key[0], sentences[key]), key))
    marks = [(piece.start - start, piece.end - start) for piece in sentences[zone, start, sentence]]
    return mark(sentence, marks), zone


def _worth(zone: str, evidence: Sequence[Evidence]) -> tuple[bool, int, int]:
    """Sort key, best first: text before title, then terms, then where a reader meets it first."""
    return zone == "title", -len({piece.term for piece in evidence}), _ZONES.get(zone, len(_ZONES))


def mark(sentence: str, marks: Iterable[tuple[int, int]]) -> Passage:
    """Part a sentence into plain and marked pieces, cut to LONGEST characters."""
    spans = _merged(sentence, marks)
    begin, end = _window(sentence, spans[0][0] if spans else 0)
    pieces = [Piece("…")] if begin else []
    at = begin
    for left, right in spans:
        if left >= end or right <= begin:
            continue
        pieces += [
            Piece(sentence[at : max(left, begin)]),
            Piece(sentence[max(left, begin) : min(right, end)], marked=True),
        ]
        at = min(right, end)
    pieces.append(Piece(sentence[at:end]))
    if end < len(sentence):
        pieces.append(Piece("…"))
    return _tidy(pieces)


def _merged(sentence: str, marks: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort and join marks that touch; drop those that are not inside the sentence."""
    spans: list[tuple[int, int]] = []
    for left, right in sorted(marks):
        if not 0 <= left < right <= len(sentence):
            continue
        if spans and left <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(right, spans[-1][1]))
        else:
            spans.append((left, right))
    return spans


def _window(sentence: str, first: int) -> tuple[int, int]:
    """Choose which part of a long sentence to show; cuts fall between words where there are words."""
    if len(sentence) <= LONGEST:
        return 0, len(sentence)
    begin = max(0, min(first - BEFORE_MARK, len(sentence) - LONGEST))
    end = min(len(sentence), begin + LONGEST)
    if begin and (space := sentence.find(" ", begin, min(begin + _WORD_SLACK, first))) > 0:
        begin = space + 1
    if end < len(sentence) and (space := sentence.rfind(" ", end - _WORD_SLACK, end)) > first:
        end = space
    return begin, end


def _tidy(pieces: Iterable[Piece]) -> Passage:
    """Clean each piece as one line, keep the spaces between pieces, and join neighbours of a kind."""
    tidy: list[Piece] = []
    for piece in pieces:
        text = _clean_inside(piece.text)
        if not text:
            continue
        if tidy and tidy[-1].marked == piece.marked:
            tidy[-1] = Piece(tidy[-1].text + text, piece.marked)
        else:
            tidy.append(Piece(text, piece.marked))
    return tuple(tidy)


def _clean_inside(text: str) -> str:
    """Clean a stretch whose edges touch other stretches: white space there stays, as one space."""
    clean = clean_line(text)
    if not clean:
        return " " if text[:1].isspace() else ""
    return f"{' ' if text[0].isspace() else ''}{clean}{' ' if text[-1].isspace() else ''}"
