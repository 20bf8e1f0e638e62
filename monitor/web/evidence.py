"""The evidence of hits as passages for templates: text in pieces, some of them marked. No HTML is built here."""

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

MAX_SENTENCES = 2
MAX_TERMS = 8
MAX_MARKS = 20
"""Occurrences of each word that an excerpt marks."""
EXCERPT_MARGIN = 2 * BEFORE_MARK


@dataclass(frozen=True, slots=True)
class EvidenceSummary:
    """The best evidence of one hit, short enough for a list."""

    sentences: tuple[Passage, ...]
    """Those with the most terms first."""
    more: int
    """Number of sentences left out."""
    title: Passage
    """The title with its terms marked; empty when the rule matched nothing in it."""
    terms: tuple[str, ...]
    """The matched terms as the article writes them."""


def summarize_evidence(hit: Hit) -> EvidenceSummary:
    """Build the summary of a hit's evidence."""
    by_sentence: dict[tuple[str, int, str], list[Evidence]] = {}
    for piece in hit.evidence:
        if piece.sentence.strip():
            by_sentence.setdefault((piece.zone, piece.sentence_start, piece.sentence), []).append(piece)
    texts = sorted(
        (key for key in by_sentence if key[0] != "title"), key=lambda key: (-_count_terms(by_sentence[key]), key[1])
    )
    titles = [_passage(key, by_sentence[key]) for key in by_sentence if key[0] == "title"]
    terms = tuple(dict.fromkeys(clean_line(piece.as_written, limit=60) for piece in hit.evidence))
    return EvidenceSummary(
        sentences=tuple(_passage(key, by_sentence[key]) for key in texts[:MAX_SENTENCES]),
        more=max(0, len(texts) - MAX_SENTENCES),
        title=titles[0] if titles else (),
        terms=terms[:MAX_TERMS],
    )


def mark_paragraphs(stored: StoredArticle, hits: Iterable[Hit]) -> list[list[Piece]]:
    """Split a stored text into paragraphs with the evidence of hits on this very version marked."""
    text = stored.article.text
    spans = _merged(
        (piece.start, piece.end)
        for hit in hits
        if hit.text_hash == stored.text_hash
        for piece in hit.evidence
        if piece.zone in {"lead", "body"} and 0 <= piece.start < piece.end <= len(text)
    )
    return [list(_pieces(text, start, end, spans)) for start, end in _paragraph_bounds(text)]


def excerpt(text: str, words: Iterable[str]) -> Passage:
    """Cut an excerpt around the first occurrence of any of the words, and mark all of them in it."""
    spans = [
        match.span()
        for word in words
        for match in islice(re.finditer(re.escape(word), text, re.IGNORECASE | re.ASCII), MAX_MARKS)
    ]
    start = max(0, min((left for left, _ in spans), default=0) - EXCERPT_MARGIN)
    piece = text[start : start + 2 * EXCERPT_MARGIN + LONGEST]
    return mark(piece, [(left - start, right - start) for left, right in spans])


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort spans and join those that touch, so that starts and ends both ascend."""
    merged: list[tuple[int, int]] = []
    for left, right in sorted(spans):
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged


def _passage(key: tuple[str, int, str], evidence: Sequence[Evidence]) -> Passage:
    _, sentence_start, sentence = key
    return mark(sentence, [(piece.start - sentence_start, piece.end - sentence_start) for piece in evidence])


def _count_terms(evidence: Sequence[Evidence]) -> int:
    return len({piece.term for piece in evidence})


def _paragraph_bounds(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for paragraph in text.split("\n\n"):
        if paragraph.strip():
            yield start, start + len(paragraph)
        start += len(paragraph) + 2


def _pieces(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """Split text[start:end] at the spans, which are merged and sorted."""
    at = start
    for left, right in spans[bisect_right(spans, start, key=itemgetter(1)) :]:
        if left >= end:
            break
        yield Piece(clean(text[at : max(left, at)]))
        yield Piece(clean(text[max(left, at) : min(right, end)]), marked=True)
        at = min(right, end)
    yield Piece(clean(text[at:end]))
