"""Operators on places: near, same and mentions.

Lists of occurrences are walked side by side, never each of one against each of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.core.matching.expressions import Node
from monitor.core.matching.traces import Trace, place, score

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.core.matching.reading import Reading, Unit
    from monitor.core.matching.sight import Sight, Spot


@dataclass(frozen=True, eq=False)
class Near(Node):
    """An occurrence of each of two entries, disjoint, with at most `distance` words between, in one paragraph."""

    distance: int = field(default=0, kw_only=True)
    ordered: bool = field(default=False, kw_only=True)

    @property
    def sign(self) -> str:
        """See Node."""
        return f"near {self.distance}" + (" ordered" if self.ordered else "")

    @property
    def positional(self) -> bool:
        """A pair stands where it reaches from one side to the other."""
        return True

    @property
    def pair(self) -> bool:
        """Two sides, no more."""
        return True

    def pairs(self, sight: Sight, low: int, high: int) -> Iterator[tuple[Spot, Spot]]:
        """Give each occurrence with its closest partner on either side, where that is near enough; some pairs twice."""
        left = self.entries[0].spots(sight, low, high)
        right = self.entries[1].spots(sight, low, high) if left else []
        if not right:
            return
        for closest in (closest_before, closest_after):
            yield from ((a, b) for a, b in closest(left, right) if self._near(sight.reading, a, b))
            if not self.ordered:
                yield from ((a, b) for b, a in closest(right, left) if self._near(sight.reading, b, a))

    def _near(self, reading: Reading, first: Spot, second: Spot) -> bool:
        if second[0] - first[1] > 2 * self.distance or reading.between(first[1], second[0]) > self.distance:
            return False
        return reading.paragraph(first[0]) == reading.paragraph(second[0])

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Give each pair as one occurrence, from the start of its first to the end of its second."""
        pairs = {(min(a[0], b[0]), max(a[1], b[1])): (a, b) for a, b in self.pairs(sight, low, high)}
        found = [(*place, pairs[place][0][2]) for place in sorted(pairs)]
        sight.pairs |= {(first, after, term.key): pairs[first, after] for first, after, term in found}
        return found

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether there is a pair within the scope."""
        return next(self.pairs(sight, low, high), None) is not None

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Show the two sides of the pairs."""
        pairs = list(self.pairs(sight, low, high))
        sides = [_distinct(pair[side] for pair in pairs) for side in (0, 1)]
        scores = [score(sight.reading, side) for side in sides]
        return Trace(
            min((s for s in scores if s is not None), default=None), "near", (tuple(sides[0]), tuple(sides[1]))
        )


@dataclass(frozen=True, eq=False)
class Same(Node):
    """All entries have an occurrence in one sentence, or in one paragraph."""

    unit: Unit = field(default="sentence", kw_only=True)

    @property
    def sign(self) -> str:
        """See Node."""
        return f"same {self.unit}"

    def within(self, sight: Sight, low: int, high: int) -> list[list[Spot]]:
        """Give for each entry its occurrences in the units that hold all entries; empty when there is no such unit."""
        rows: list[dict[tuple[str, int, int], list[Spot]]] = []
        for entry in self.entries:
            row: dict[tuple[str, int, int], list[Spot]] = {}
            for spot in entry.spots(sight, low, high):
                row.setdefault(sight.reading.unit(self.unit, spot[0]), []).append(spot)
            rows.append(row)
            if not row:
                return []
        shared = set(rows[0]).intersection(*rows[1:])
        return (
            [[spot for unit, spots in row.items() if unit in shared for spot in spots] for row in rows]
            if shared
            else []
        )

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether there is such a unit within the scope."""
        return bool(self.within(sight, low, high))

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Show the occurrences in the units that hold all entries."""
        sides = self.within(sight, low, high)
        scores = [score(sight.reading, side) for side in sides]
        label = f"same {self.unit}"
        return Trace(
            min((s for s in scores if s is not None), default=None), label, tuple(tuple(side) for side in sides)
        )


@dataclass(frozen=True, eq=False)
class Mentions(Node):
    """So many occurrences in total that do not overlap."""

    count: int = field(default=1, kw_only=True)

    @property
    def sign(self) -> str:
        """See Node."""
        return f"mentions {self.count}"

    def apart(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Give as many occurrences as fit beside each other."""
        spots = [spot for entry in self.entries for spot in entry.spots(sight, low, high)]
        kept: list[Spot] = []
        for spot in sorted(spots, key=lambda spot: (spot[1], -spot[0])):
            if not kept or spot[0] >= kept[-1][1]:
                kept.append(spot)
        return kept

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Count the occurrences within the scope."""
        return len(self.apart(sight, low, high)) >= self.count

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Show the mentions that were counted."""
        spots = self.apart(sight, low, high)
        return Trace(score(sight.reading, spots), f"mentions {self.count}", (tuple(spots),))


def _distinct(spots: Iterable[Spot]) -> list[Spot]:
    return sorted({(spot[0], spot[1], spot[2].key): spot for spot in spots}.values(), key=place)


def closest_before(left: list[Spot], right: list[Spot]) -> list[tuple[Spot, Spot]]:
    """Pair each right occurrence with the left one that ends last before it: one walk over both, never left x right."""
    pairs: list[tuple[Spot, Spot]] = []
    by_end = sorted(left, key=lambda spot: (spot[1], spot[0]))
    at = 0
    for spot in right:
        while at < len(by_end) and by_end[at][1] <= spot[0]:
            at += 1
        if at:
            pairs.append((by_end[at - 1], spot))
    return pairs


def closest_after(left: list[Spot], right: list[Spot]) -> list[tuple[Spot, Spot]]:
    """Pair each left occurrence with the right one that starts first after it."""
    pairs: list[tuple[Spot, Spot]] = []
    at = 0
    for spot in sorted(left, key=lambda spot: spot[1]):
        while at < len(right) and right[at][0] < spot[1]:
            at += 1
        if at == len(right):
            break
        pairs.append((spot, right[at]))
    return pairs
