"""Derivations: how an expression came to hold in an article, and how prominently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from monitor.core.matching.context import Occurrence, span_of
from monitor.core.matching.tokenized_document import TokenizedDocument


class Derivation(NamedTuple):
    """How an expression came to hold."""

    score: float | None
    """Prominence; None for expressions that have none (none, url, source)."""
    branch: str
    """Which part of the expression held, e.g. `any[1] near`; empty for a term."""
    operands: tuple[tuple[Occurrence, ...], ...]
    """The evidence: for each operand its occurrences."""


_SINGLE_OCCURRENCE = {"title": 3.0, "lead": 3.0, "body": 1.0}


def prominence_score(document: TokenizedDocument, occurrences: Sequence[Occurrence]) -> float | None:
    """Add 3 for the title, 2 for the lead and 1 for each of up to three mentions; overlapping occurrences count once.

    A score of 3 is prominent (matcher.MAJOR_SCORE). None where all occurrences are in other zones.
    """
    if len(occurrences) == 1:
        return _SINGLE_OCCURRENCE.get(document.zone_name(occurrences[0][0]))
    zones = {"title": 0, "lead": 0, "body": 0}
    end = -1
    for first, after, _ in sorted(occurrences, key=span_of):
        if first >= end and (zone := document.zone_name(first)) in zones:
            zones[zone] += 1
            end = after
    mentions = zones["lead"] + zones["body"]
    if not (mentions or zones["title"]):
        return None
    return 3.0 * bool(zones["title"]) + 2.0 * bool(zones["lead"]) + min(3, mentions)


def lowest_score(scores: Iterable[float | None]) -> float | None:
    """Return the lowest of the scores that are known."""
    return min((score for score in scores if score is not None), default=None)
