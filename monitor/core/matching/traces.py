"""How an expression came to hold in an article: by which branch, how prominently, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.core.matching.reading import Reading
    from monitor.core.matching.sight import Spot


class Trace(NamedTuple):
    """How a node came to hold. `score` is None for what says nothing about prominence (none, url, source)."""

    score: float | None
    label: str
    operands: tuple[tuple[Spot, ...], ...]


NOTHING = Trace(None, "", ())


_SINGLE = {"title": 3.0, "lead": 3.0, "body": 1.0}


def score(reading: Reading, spots: Sequence[Spot]) -> float | None:
    """Weigh occurrences: 3 for the title, 2 for the lead, 1 for each of three mentions; so 3 is prominent."""
    if len(spots) == 1:
        return _SINGLE.get(reading.zone(spots[0][0]))
    zones = {"title": 0, "lead": 0, "body": 0}
    before = -1
    for first, after, _ in sorted(spots, key=place):
        if first >= before and (zone := reading.zone(first)) in zones:
            zones[zone] += 1
            before = after
    mentions = zones["lead"] + zones["body"]
    if not (mentions or zones["title"]):
        return None
    return 3.0 * bool(zones["title"]) + 2.0 * bool(zones["lead"]) + min(3, mentions)


def least(traces: Iterable[Trace]) -> float | None:
    """Take the least prominence of those that say anything about it."""
    return min((trace.score for trace in traces if trace.score is not None), default=None)


def place(spot: Spot) -> tuple[int, int]:
    """Order occurrences as they stand in the article."""
    return spot[0], spot[1]
