"""Operators on places: near, same and mentions.

Lists of occurrences are walked side by side, never each of one against each of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.core.matching.derivations import Derivation, place, score
from monitor.core.matching.expressions import Operator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.core.matching.context import MatchContext, Occurrence
    from monitor.core.matching.tokenized_document import TokenizedDocument, Unit


@dataclass(frozen=True, eq=False)
class Near(Operator):
    """An occurrence of each of two entries, disjoint, with at most `distance` words between, in one paragraph."""

    distance: int = field(default=0, kw_only=True)
    ordered: bool = field(default=False, kw_only=True)

    @property
    def signature(self) -> str:
        """See Operator."""
        return f"near {self.distance}" + (" ordered" if self.ordered else "")

    @property
    def positional(self) -> bool:
        """A pair stands where it reaches from one side to the other."""
        return True

    @property
    def pair(self) -> bool:
        """Two sides, no more."""
        return True

    def pairs(self, context: MatchContext, low: int, high: int) -> Iterator[tuple[Occurrence, Occurrence]]:
        """Give each occurrence with its closest partner on either side, where that is near enough; some pairs twice."""
        left = self.entries[0].occurrences(context, low, high)
        right = self.entries[1].occurrences(context, low, high) if left else []
        if not right:
            return
        for closest in (closest_before, closest_after):
            yield from ((a, b) for a, b in closest(left, right) if self._near(context.document, a, b))
            if not self.ordered:
                yield from ((a, b) for b, a in closest(right, left) if self._near(context.document, b, a))

    def _near(self, document: TokenizedDocument, first: Occurrence, second: Occurrence) -> bool:
        if second[0] - first[1] > 2 * self.distance or document.between(first[1], second[0]) > self.distance:
            return False
        return document.paragraph(first[0]) == document.paragraph(second[0])

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Give each pair as one occurrence, from the start of its first to the end of its second."""
        pairs = {(min(a[0], b[0]), max(a[1], b[1])): (a, b) for a, b in self.pairs(context, low, high)}
        found = [(*place, pairs[place][0][2]) for place in sorted(pairs)]
        context.near_pairs |= {(first, after, term.key): pairs[first, after] for first, after, term in found}
        return found

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Say whether there is a pair within the scope."""
        return next(self.pairs(context, low, high), None) is not None

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Show the two sides of the pairs."""
        pairs = list(self.pairs(context, low, high))
        sides = [_distinct(pair[side] for pair in pairs) for side in (0, 1)]
        scores = [score(context.document, side) for side in sides]
        return Derivation(
            min((s for s in scores if s is not None), default=None), "near", (tuple(sides[0]), tuple(sides[1]))
        )


@dataclass(frozen=True, eq=False)
class Same(Operator):
    """All entries have an occurrence in one sentence, or in one paragraph."""

    unit: Unit = field(default="sentence", kw_only=True)

    @property
    def signature(self) -> str:
        """See Operator."""
        return f"same {self.unit}"

    def within(self, context: MatchContext, low: int, high: int) -> list[list[Occurrence]]:
        """Give for each entry its occurrences in the units that hold all entries; empty when there is no such unit."""
        rows: list[dict[tuple[str, int, int], list[Occurrence]]] = []
        for entry in self.entries:
            row: dict[tuple[str, int, int], list[Occurrence]] = {}
            for occurrence in entry.occurrences(context, low, high):
                row.setdefault(context.document.unit(self.unit, occurrence[0]), []).append(occurrence)
            rows.append(row)
            if not row:
                return []
        shared = set(rows[0]).intersection(*rows[1:])
        return (
            [
                [occurrence for unit, occurrences in row.items() if unit in shared for occurrence in occurrences]
                for row in rows
            ]
            if shared
            else []
        )

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Say whether there is such a unit within the scope."""
        return bool(self.within(context, low, high))

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Show the occurrences in the units that hold all entries."""
        sides = self.within(context, low, high)
        scores = [score(context.document, side) for side in sides]
        label = f"same {self.unit}"
        return Derivation(
            min((s for s in scores if s is not None), default=None), label, tuple(tuple(side) for side in sides)
        )


@dataclass(frozen=True, eq=False)
class Mentions(Operator):
    """So many occurrences in total that do not overlap."""

    count: int = field(default=1, kw_only=True)

    @property
    def signature(self) -> str:
        """See Operator."""
        return f"mentions {self.count}"

    def apart(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Give as many occurrences as fit beside each other."""
        occurrences = [occurrence for entry in self.entries for occurrence in entry.occurrences(context, low, high)]
        kept: list[Occurrence] = []
        for occurrence in sorted(occurrences, key=lambda occurrence: (occurrence[1], -occurrence[0])):
            if not kept or occurrence[0] >= kept[-1][1]:
                kept.append(occurrence)
        return kept

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Count the occurrences within the scope."""
        return len(self.apart(context, low, high)) >= self.count

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Show the mentions that were counted."""
        occurrences = self.apart(context, low, high)
        return Derivation(score(context.document, occurrences), f"mentions {self.count}", (tuple(occurrences),))


def _distinct(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    return sorted(
        {(occurrence[0], occurrence[1], occurrence[2].key): occurrence for occurrence in occurrences}.values(),
        key=place,
    )


def closest_before(left: list[Occurrence], right: list[Occurrence]) -> list[tuple[Occurrence, Occurrence]]:
    """Pair each right occurrence with the left one that ends last before it: one walk over both, never left x right."""
    pairs: list[tuple[Occurrence, Occurrence]] = []
    by_end = sorted(left, key=lambda occurrence: (occurrence[1], occurrence[0]))
    at = 0
    for occurrence in right:
        while at < len(by_end) and by_end[at][1] <= occurrence[0]:
            at += 1
        if at:
            pairs.append((by_end[at - 1], occurrence))
    return pairs


def closest_after(left: list[Occurrence], right: list[Occurrence]) -> list[tuple[Occurrence, Occurrence]]:
    """Pair each left occurrence with the right one that starts first after it."""
    pairs: list[tuple[Occurrence, Occurrence]] = []
    at = 0
    for occurrence in sorted(left, key=lambda occurrence: occurrence[1]):
        while at < len(right) and right[at][0] < occurrence[1]:
            at += 1
        if at == len(right):
            break
        pairs.append((occurrence, right[at]))
    return pairs
