"""Evidence: where the terms of a match stand, each in its sentence, best zone first.

At most five places an operand, different terms before repetitions. A sentence too short to understand comes with its
neighbours, one too long is cut around the term; either way it is a piece of the text as it stands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

from monitor.core.matching.derivations import place
from monitor.core.model import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.core.matching.context import MatchContext, Occurrence
    from monitor.core.matching.tokenized_document import TokenizedDocument

EVIDENCE_PER_OPERAND = 5
SHORT, LONG = 60, 600


def evidence(context: MatchContext, operands: Iterable[Sequence[Occurrence]], limit: int) -> tuple[Evidence, ...]:
    """Show the places of each operand, none twice; of a `near` within an operand the terms, not what is between."""
    shown: dict[tuple[str, int, int, str], Evidence] = {}
    for occurrences in operands:
        for occurrence in _best(_terms(context, occurrences), limit):
            piece = _shown(context.document, occurrence)
            shown.setdefault((piece.zone, piece.start, piece.end, piece.term), piece)
    return tuple(shown.values())


def _terms(context: MatchContext, occurrences: Sequence[Occurrence]) -> Sequence[Occurrence]:
    return list(chain.from_iterable(map(context.terms_in, occurrences))) if context.near_pairs else occurrences


def _best(occurrences: Sequence[Occurrence], limit: int) -> Sequence[Occurrence]:
    """Choose what to show, best zone first, which is as they stand; of too many, different terms before repetitions."""
    in_order = sorted(occurrences, key=place) if len(occurrences) > 1 else occurrences
    if len(occurrences) <= limit:
        return in_order
    seen: Counter[str] = Counter()
    repeated: list[tuple[int, Occurrence]] = []
    for occurrence in in_order:
        repeated.append((seen[occurrence[2].key], occurrence))
        seen[occurrence[2].key] += 1
    chosen = sorted(repeated, key=itemgetter(0))[:limit]
    return [occurrence for _, occurrence in sorted(chosen, key=lambda entry: entry[1][0])]


def _shown(document: TokenizedDocument, occurrence: Occurrence) -> Evidence:
    first, after, term = occurrence
    zone = document.at(first)
    text = zone.tokens.text
    start, end = zone.tokens.span(first - zone.low, after - zone.low)
    begin, stop = snippet(zone.sentences(zone.paragraph(first)), start, end)
    return Evidence(
        term=term.text,
        as_written=text[start:end],
        zone=document.zone(first),
        start=start,
        end=end,
        sentence=text[begin:stop],
        sentence_start=begin,
        list_name=term.list_name,
    )


def snippet(sentences: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Choose what to show around a place: its sentence, with one before and after when it is short."""
    at = min(bisect_right(sentences, start, key=itemgetter(1)), len(sentences) - 1)
    begin, stop = sentences[at][0], max(sentences[at][1], end)
    if stop - begin < SHORT:
        begin, stop = sentences[max(at - 1, 0)][0], max(sentences[min(at + 1, len(sentences) - 1)][1], end)
    if stop - begin > LONG:
        begin, stop = max(begin, start - LONG // 2), min(stop, max(end, start + LONG // 2))
    return begin, stop
