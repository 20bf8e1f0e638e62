"""Evidence: where the terms of a match stand, each in its sentence, best zone first.

At most five places an operand, different terms before repetitions. A sentence too short to understand comes with its
neighbours, one too long is cut around the term; either way it is a piece of the text as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.model import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.matching.reading import Reading
    from monitor.core.matching.sight import Spot

EVIDENCE_PER_OPERAND = 5
SHORT, LONG = 60, 600
_RANK = {"title": 0, "lead": 1, "body": 2}


def evidence(reading: Reading, operands: Sequence[Sequence[Spot]], limit: int) -> tuple[Evidence, ...]:
    """Show the places of each operand, none twice."""
    shown: dict[tuple[str, int, int, str], Evidence] = {}
    for spots in operands:
        for spot in _best(reading, spots, limit):
            place = _shown(reading, spot)
            shown.setdefault((place.zone, place.start, place.end, place.term), place)
    return tuple(shown.values())


def _best(reading: Reading, spots: Sequence[Spot], limit: int) -> Sequence[Spot]:
    """Choose what to show: best zone first, different terms before repetitions."""
    if len(spots) <= 1:
        return spots
    seen: dict[str, int] = {}
    ranked: list[tuple[int, int, int, Spot]] = []
    for rank, first, _, spot in sorted(
        ((_RANK.get(reading.zone(spot[0]), 3), *spot[:2], spot) for spot in spots), key=_place
    ):
        key = spot[2].key
        seen[key] = seen.get(key, -1) + 1
        ranked.append((seen[key], rank, first, spot))
    chosen = sorted(ranked, key=_place)[:limit] if len(ranked) > limit else ranked
    return [entry[3] for entry in sorted(chosen, key=lambda entry: entry[1:3])]


def _place(entry: tuple[int, int, int, Spot]) -> tuple[int, int, int]:
    return entry[:3]


def _shown(reading: Reading, spot: Spot) -> Evidence:
    first, after, term = spot
    zone = reading.at(first)
    text = zone.tokens.text
    start, end = zone.tokens.span(first - zone.low, after - zone.low)
    begin, stop = snippet(zone.sentences(zone.paragraph(first)), start, end)
    return Evidence(
        term=term.text,
        as_written=text[start:end],
        zone=reading.zone(first),
        start=start,
        end=end,
        sentence=text[begin:stop],
        sentence_start=begin,
        list_name=term.list_name,
    )


def snippet(sentences: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Choose what to show around a place: its sentence, with one before and after when it is short."""
    at = next((number for number, (_, stop) in enumerate(sentences) if stop > start), len(sentences) - 1)
    begin, stop = sentences[at][0], max(sentences[at][1], end)
    if stop - begin < SHORT:
        begin, stop = sentences[max(at - 1, 0)][0], max(sentences[min(at + 1, len(sentences) - 1)][1], end)
    if stop - begin > LONG:
        begin, stop = max(begin, start - LONG // 2), min(stop, max(end, start + LONG // 2))
    return begin, stop
