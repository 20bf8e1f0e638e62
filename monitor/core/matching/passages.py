"""Evidence as marked text: decides which spans of a sentence are marked, and what is shown of a long one.

`marked_sentences` groups evidence by sentence, for reports that show all of it. A `Passage` is one sentence as plain
and marked pieces, cut around its first mark, for formats with little space; each format escapes and marks the pieces
itself. Evidence outside of its sentence is left unmarked.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from monitor.core.model import Evidence
from monitor.core.text import clean_line
from monitor.core.text.shortening import first_cut, last_cut

MAX_PASSAGE_CHARS = 320
"""About three lines of a mail 600 px wide."""
CHARS_BEFORE_MARK = 120
"""How much of a long sentence is kept before its first mark."""
MAX_PASSAGE_LINE_CHARS, CHARS_BEFORE_LINE_MARK = 96, 32
"""The limits of a passage in one line: its length, and how much is kept before its first mark."""
_ZONE_ORDER = {"lead": 0, "body": 1, "title": 2}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a passage."""

    text: str
    marked: bool = False


Passage = tuple[Piece, ...]


def plain_text(passage: Passage) -> str:
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


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence of an article with its evidence."""

    zone: str
    text: str
    marks: tuple[tuple[int, int], ...]
    """Start and end within `text` of what to mark: in order, disjoint."""
    evidence: tuple[Evidence, ...]


def marked_sentences(evidence: Iterable[Evidence]) -> tuple[MarkedSentence, ...]:
    """Group evidence by sentence; sentences are in the order of their first evidence."""
    by_sentence: dict[tuple[str, int, str], list[Evidence]] = {}
    for each in evidence:
        by_sentence.setdefault((each.zone, each.sentence_start, each.sentence), []).append(each)
    return tuple(
        MarkedSentence(zone, text, tuple(merge_spans(text, _offsets(of_sentence))), tuple(of_sentence))
        for (zone, _, text), of_sentence in by_sentence.items()
    )


def _offsets(evidence: Iterable[Evidence]) -> Iterable[tuple[int, int]]:
    return ((each.start - each.sentence_start, each.end - each.sentence_start) for each in evidence)


def best_sentence(evidence: Sequence[Evidence]) -> MarkedSentence | None:
    """Return the sentence with the most different terms; those of the text go before titles. None without evidence."""
    sentences = [sentence for sentence in marked_sentences(evidence) if sentence.text.strip()]
    return min(sentences, key=_rank, default=None)


def _rank(sentence: MarkedSentence) -> tuple[bool, int, int, str, int, str]:
    """Return the sort key: text before title, then more terms, then the zone that readers see first."""
    zone, terms = sentence.zone, {each.term for each in sentence.evidence}
    start = sentence.evidence[0].sentence_start
    return zone == "title", -len(terms), _ZONE_ORDER.get(zone, len(_ZONE_ORDER)), zone, start, sentence.text


def mark_spans(
    text: str,
    spans: Iterable[tuple[int, int]],
    limit: int = MAX_PASSAGE_CHARS,
    before_mark: int = CHARS_BEFORE_MARK,
) -> Passage:
    """Split a text into plain and marked pieces, cut to `limit` characters around the first mark, between words."""
    merged = merge_spans(text, spans)
    first, after = merged[0] if merged else (0, 0)
    begin, end = (0, len(text)) if len(text) <= limit else _window(text, first, after, limit, before_mark)
    pieces = [Piece("…")] if begin else []
    at = begin
    for left, right in merged:
        if left >= end or right <= begin:
            continue
        pieces += [
            Piece(text[at : max(left, begin)]),
            Piece(text[max(left, begin) : min(right, end)], marked=True),
        ]
        at = min(right, end)
    pieces.append(Piece(text[at:end]))
    if end < len(text):
        pieces.append(Piece("…"))
    return _tidy(pieces)


def merge_spans(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort spans and join those that overlap or touch; drop those that are not inside the text."""
    merged: list[tuple[int, int]] = []
    for left, right in sorted(spans):
        if not 0 <= left < right <= len(text):
            continue
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged


def _window(sentence: str, first: int, after: int, limit: int, before_mark: int) -> tuple[int, int]:
    """Return the part of a long sentence to show around a mark from `first` to `after`, cut between words."""
    begin = max(0, min(first - before_mark, len(sentence) - limit))
    if begin:
        begin = first_cut(sentence, begin, first)
        begin += len(sentence[begin:first]) - len(sentence[begin:first].lstrip())
    end = min(len(sentence), begin + limit)
    if end < len(sentence):
        cut = last_cut(sentence, end)
        end = len(sentence[:cut].rstrip()) if cut >= min(after, end) else end
    return begin, end


def _tidy(pieces: Iterable[Piece]) -> Passage:
    """Clean each piece as one line, keep the spaces between pieces, and join adjacent pieces of one kind."""
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
    """Clean a piece, keeping one space where it begins or ends with white space."""
    clean = clean_line(text)
    if not clean:
        return " " if text[:1].isspace() else ""
    return f"{' ' if text[0].isspace() else ''}{clean}{' ' if text[-1].isspace() else ''}"
