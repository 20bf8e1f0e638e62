"""Evidence: the occurrences that explain a match, each with its sentence.

At most EVIDENCE_PER_OPERAND occurrences of each operand are kept, in the order of the text; different terms go before
repetitions of one. The excerpt is always a substring of the zone's text, so that offsets into it stay valid.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter

from monitor.core.matching.context import MatchContext, Occurrence, span_of
from monitor.core.matching.tokenized_document import TokenizedDocument
from monitor.core.model import Evidence

EVIDENCE_PER_OPERAND = 5
SHORT_SENTENCE_CHARS, MAX_SENTENCE_CHARS = 60, 600
"""Characters: shorter sentences are shown with their neighbours, longer ones are cut around the term."""


def collect_evidence(
    context: MatchContext, operands: Iterable[Sequence[Occurrence]], limit: int
) -> tuple[Evidence, ...]:
    """Return the evidence of each operand without duplicates; of a `near` inside an operand its two sides."""
    shown: dict[tuple[str, int, int, str], Evidence] = {}
    for occurrences in operands:
        single = [*chain.from_iterable(map(context.terms_in, occurrences))] if context.near_pairs else occurrences
        for occurrence in _select(single, limit):
            piece = _evidence(context.document, occurrence)
            shown.setdefault((piece.zone, piece.start, piece.end, piece.term), piece)
    return tuple(shown.values())


def _select(occurrences: Sequence[Occurrence], limit: int) -> Sequence[Occurrence]:
    """Take at most `limit` occurrences in the order of the text, different terms before repetitions."""
    in_order = sorted(occurrences, key=span_of) if len(occurrences) > 1 else occurrences
    if len(occurrences) <= limit:
        return in_order
    seen: Counter[str] = Counter()
    repetitions: list[tuple[int, Occurrence]] = []
    for occurrence in in_order:
        repetitions.append((seen[occurrence[2].key], occurrence))
        seen[occurrence[2].key] += 1
    chosen = sorted(repetitions, key=itemgetter(0))[:limit]
    return [occurrence for _, occurrence in sorted(chosen, key=lambda pair: pair[1][0])]


def _evidence(document: TokenizedDocument, occurrence: Occurrence) -> Evidence:
    first, after, term = occurrence
    zone = document.zone_of(first)
    text = zone.tokens.text
    start, end = zone.tokens.span(first - zone.start, after - zone.start)
    begin, stop = excerpt_bounds(zone.sentences(zone.paragraph(first)), start, end)
    return Evidence(
        term=term.text,
        as_written=text[start:end],
        zone=document.zone_name(first),
        start=start,
        end=end,
        sentence=text[begin:stop],
        sentence_start=begin,
        list_name=term.list_name,
    )


def excerpt_bounds(sentences: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Return the bounds of what to show around a span: its sentence, a short one with the one before and after."""
    at = min(bisect_right(sentences, start, key=itemgetter(1)), len(sentences) - 1)
    begin, stop = sentences[at][0], max(sentences[at][1], end)
    if stop - begin < SHORT_SENTENCE_CHARS:
        begin, stop = sentences[max(at - 1, 0)][0], max(sentences[min(at + 1, len(sentences) - 1)][1], end)
    if stop - begin > MAX_SENTENCE_CHARS:
        begin, stop = max(begin, start - MAX_SENTENCE_CHARS // 2), min(stop, max(end, start + MAX_SENTENCE_CHARS // 2))
    return begin, stop
