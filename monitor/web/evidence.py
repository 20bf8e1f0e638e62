"""The evidence of hits as passages for templates: text in pieces, some of them marked. No HTML is built here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from monitor.core.matching.passages import MarkedSentence, Passage, Piece, mark_spans, marked_sentences, merge_spans
from monitor.core.model import Hit, StoredArticle
from monitor.core.text import clean, clean_line

MAX_EVIDENCE_SENTENCES = 2
MAX_EVIDENCE_TERMS = 8


@dataclass(frozen=True, slots=True)
class EvidenceSummary:
    """The best evidence of one hit, short enough for a list."""

    sentences: tuple[Passage, ...]
    """Sentences with evidence, those with the most terms first."""
    more: int
    """Number of sentences left out."""
    title: Passage
    """The title with its terms marked; empty when the rule matched nothing in it."""
    terms: tuple[str, ...]
    """The matched terms as the article writes them."""


def summarize_evidence(hit: Hit) -> EvidenceSummary:
    """Build the summary of a hit's evidence."""
    sentences = [sentence for sentence in marked_sentences(hit.evidence) if sentence.text.strip()]
    in_order = sorted((each for each in sentences if each.zone != "title"), key=_rank)
    texts = list({each.text: each for each in reversed(in_order)}.values())[::-1]  # one that is repeated counts once
    titles = [_passage(each) for each in sentences if each.zone == "title"]
    terms = tuple(dict.fromkeys(clean_line(piece.as_written, limit=60) for piece in hit.evidence))
    return EvidenceSummary(
        sentences=tuple(map(_passage, texts[:MAX_EVIDENCE_SENTENCES])),
        more=max(0, len(texts) - MAX_EVIDENCE_SENTENCES),
        title=titles[0] if titles else (),
        terms=terms[:MAX_EVIDENCE_TERMS],
    )


def mark_paragraphs(stored: StoredArticle, hits: Iterable[Hit]) -> list[list[Piece]]:
    """Split a stored text into paragraphs with the evidence of hits on this very version marked."""
    text = stored.article.text
    evidence = [
        (piece.start, piece.end)
        for hit in hits
        if hit.text_hash == stored.text_hash
        for piece in hit.evidence
        if piece.zone in {"lead", "body"}
    ]
    spans = merge_spans(text, evidence)
    return [list(_pieces(text, start, end, spans)) for start, end in _paragraph_bounds(text)]


def _rank(sentence: MarkedSentence) -> tuple[int, int]:
    """Return the sort key: the most different terms first, then the order of the text."""
    return -len({each.term for each in sentence.evidence}), sentence.evidence[0].sentence_start


def _passage(sentence: MarkedSentence) -> Passage:
    return mark_spans(sentence.text, sentence.marks)


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
