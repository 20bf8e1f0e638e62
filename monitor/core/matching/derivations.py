"""How an expression came to hold in an article: by which branch, how prominently, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.core.matching.context import Occurrence
    from monitor.core.matching.tokenized_document import TokenizedDocument


class Derivation(NamedTuple):
    """How a node came to hold. `score` is None for what says nothing about prominence (none, url, source)."""

    score: float | None
    label: str
    operands: tuple[tuple[Occurrence, ...], ...]


NOTHING = Derivation(None, "", ())


_SINGLE = {"title": 3.0, "lead": 3.0, "body": 1.0}


def score(document: TokenizedDocument, occurrences: Sequence[Occurrence]) -> float | None:
    """Weigh occurrences: 3 for the title, 2 for the lead, 1 for each of three mentions; so 3 is prominent."""
    if len(occurrences) == 1:
        return _SINGLE.get(document.zone(occurrences[0][0]))
    zones = {"title": 0, "lead": 0, "body": 0}
    before = -1
    for first, after, _ in sorted(occurrences, key=place):
        if first >= before and (zone := document.zone(first)) in zones:
            zones[zone] += 1
            before = after
    mentions = zones["lead"] + zones["body"]
    if not (mentions or zones["title"]):
        return None
    return 3.0 * bool(zones["title"]) + 2.0 * bool(zones["lead"]) + min(3, mentions)


def least(derivations: Iterable[Derivation]) -> float | None:
    """Take the least prominence of those that say anything about it."""
    return min((derivation.score for derivation in derivations if derivation.score is not None), default=None)


def place(occurrence: Occurrence) -> tuple[int, int]:
    """Order occurrences as they stand in the article."""
    return occurrence[0], occurrence[1]
