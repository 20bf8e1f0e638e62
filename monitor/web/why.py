"""Why a hit is one, for a page: sentences and whole texts as pieces, plain and marked by turns. No markup here."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from monitor.core.matching.passages import BEFORE_MARK, LONGEST, Passage, Piece, mark
from monitor.core.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monitor.core.model import Evidence, Hit, StoredArticle

SENTENCES = 2
TERMS = 8
MARKS = 20
"""Places of each word that are looked for."""
AROUND = 2 * BEFORE_MARK


@dataclass(frozen=True, slots=True)
class Why:
    """The sentences of one hit, the best first, and its terms as the article writes them."""

    sentences: tuple[Passage, ...]
    more: int
    """Sentences that are not shown."""
    title: Passage
    """The title with its marks, where the rule found something there; empty where it did not."""
    terms: tuple[str, ...]


def why(hit: Hit) -> Why:
    """Tell it of a hit."""
    found: dict[tuple[str, int, str], list[Evidence]] = {}
    for piece in hit.evidence:
        if piece.sentence.strip():
            found.setdefault((piece.zone, piece.sentence_start, piece.sentence), []).append(piece)
    texts = sorted((key for key in found if key[0] != "title"), key=lambda key: (-_terms(found[key]), key[1]))
    titles = [_passage(key, found[key]) for key in found if key[0] == "title"]
    words = tuple(dict.fromkeys(clean_line(piece.as_written, limit=60) for piece in hit.evidence))
    return Why(
        tuple(_passage(key, found[key]) for key in texts[:SENTENCES]),
        max(0, len(texts) - SENTENCES),
        titles[0] if titles else (),
        words[:TERMS],
    )


def paragraphs(stored: StoredArticle, hits: Iterable[Hit]) -> list[list[Piece]]:
    """Part a stored text into paragraphs, the evidence in it marked; only of hits on this very text."""
    text = stored.article.text
    spans = _merged(
        (piece.start, piece.end)
        for hit in hits
        if hit.text_hash == stored.text_hash
        for piece in hit.evidence
        if piece.zone in {"lead", "body"} and 0 <= piece.start < piece.end <= len(text)
    )
    return [list(_pieces(text, start, end, spans)) for start, end in _bounds(text)]


def excerpt(text: str, words: Iterable[str]) -> Passage:
    """Cut a piece out of a text around the first of these words, all of them marked in it as the search found them."""
    places = [
        found.span()
        for word in words
        for found in islice(re.finditer(re.escape(word), text, re.IGNORECASE | re.ASCII), MARKS)
    ]
    start = max(0, min((left for left, _ in places), default=0) - AROUND)
    piece = text[start : start + 2 * AROUND + LONGEST]
    return mark(piece, [(left - start, right - start) for left, right in places])


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort spans and join those that meet, so that both their ends ascend."""
    merged: list[tuple[int, int]] = []
    for left, right in sorted(spans):
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged


def _passage(key: tuple[str, int, str], evidence: Sequence[Evidence]) -> Passage:
    return mark(key[2], [(piece.start - key[1], piece.end - key[1]) for piece in evidence])


def _terms(evidence: Sequence[Evidence]) -> int:
    return len({piece.term for piece in evidence})


def _bounds(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for paragraph in text.split("\n\n"):
        if paragraph.strip():
            yield start, start + len(paragraph)
        start += len(paragraph) + 2


def _pieces(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    at = start
    for left, right in spans[bisect_right(spans, start, key=itemgetter(1)) :]:
        if left >= end:
            break
        yield Piece(clean(text[at : max(left, at)]))
        yield Piece(clean(text[max(left, at) : min(right, end)]), marked=True)
        at = min(right, end)
    yield Piece(clean(text[at:end]))
