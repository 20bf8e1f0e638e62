"""Operators on the positions of occurrences: near, same and mentions.

The sorted occurrences of two operands are merged in one pass, so that cost grows with their sum, not their product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from monitor.core.matching.context import MatchContext, Occurrence, span_of
from monitor.core.matching.derivations import Derivation, lowest_score, prominence_score
from monitor.core.matching.expressions import Expression, Operator
from monitor.core.matching.misses import ABSENT, Cause, MissExplainer
from monitor.core.matching.tokenized_document import TokenizedDocument, Unit

_OCCURRENCES_LISTED = 5
_WITHOUT_SHARED_UNIT, _BETWEEN_PARAGRAPHS = 5.0, 10
"""Distances (misses.Cause): of operands that no unit holds together, and of a pair in different paragraphs, to which
the number of paragraphs between is added."""


@dataclass(frozen=True, eq=False)
class Near(Operator):
    """Both operands occur in one paragraph, not overlapping, with at most `distance` words between."""

    distance: int = field(default=0, kw_only=True)
    ordered: bool = field(default=False, kw_only=True)

    @property
    def signature(self) -> str:
        return f"near {self.distance}" + (" ordered" if self.ordered else "")

    @property
    def is_ordered(self) -> bool:
        return self.ordered

    @property
    def positional(self) -> bool:
        """True: a pair is one occurrence, from the start of its first side to the end of its second."""
        return True

    @property
    def operands_needed(self) -> int:
        return len(self.operands)

    def without(self, index: int) -> Expression:
        """Return the other operand."""
        return self.operands[1 - index]

    def pairs(self, context: MatchContext, low: int, high: int) -> Iterator[tuple[Occurrence, Occurrence]]:
        """Yield each occurrence with its closest partner on either side if that is near enough; some pairs twice."""
        if not all(operand.can_hold(context, low, high) for operand in self.operands):
            return
        left = self.operands[0].occurrences(context, low, high)
        right = self.operands[1].occurrences(context, low, high) if left else []
        if not right:
            return
        for closest in (_closest_before, _closest_after):
            yield from ((a, b) for a, b in closest(left, right) if self._is_near(context.document, a, b))
            if not self.ordered:
                yield from ((a, b) for b, a in closest(right, left) if self._is_near(context.document, b, a))

    def _is_near(self, document: TokenizedDocument, first: Occurrence, second: Occurrence) -> bool:
        gap = second[0] - first[1]
        if gap > 2 * self.distance or document.words_between(first[1], second[0]) > self.distance:
            return False
        return document.paragraph_of(first[0]) == document.paragraph_of(second[0])

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        pairs = {(min(a[0], b[0]), max(a[1], b[1])): (a, b) for a, b in self.pairs(context, low, high)}
        occurrences = [(*span, pairs[span][0][2]) for span in sorted(pairs)]
        context.near_pairs |= {(first, after, term.key): pairs[first, after] for first, after, term in occurrences}
        return occurrences

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        return next(self.pairs(context, low, high), None) is not None

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        pairs = list(self.pairs(context, low, high))
        sides = [_distinct(pair[side] for pair in pairs) for side in (0, 1)]
        scores = (prominence_score(context.document, side) for side in sides)
        return Derivation(lowest_score(scores), "near", (tuple(sides[0]), tuple(sides[1])))

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        """Explain the pair that came closest."""
        left, right = (operand.occurrences(explainer.context, low, high) for operand in self.operands)
        if not (left and right):
            return self.explain_absent_operands(explainer, low, high)
        causes = [self._too_far(explainer, a, b) for a, b in _closest_before(left, right)]
        explain_other = self._wrong_order if self.ordered else self._too_far
        causes += [explain_other(explainer, b, a) for b, a in _closest_before(right, left)]
        overlap = f"near: {self.distance}: {explainer.quote(left[0])} and {explainer.quote(right[0])} overlap"
        return [min(causes, default=Cause(1, overlap))]

    def _too_far(self, explainer: MissExplainer, first: Occurrence, second: Occurrence) -> Cause:
        document = explainer.context.document
        pair = f"near: {self.distance}: closest pair {explainer.locate(first)} / {explainer.locate(second)}"
        (zone, paragraph), (other_zone, other) = document.paragraph_of(first[0]), document.paragraph_of(second[0])
        if zone != other_zone:
            return Cause(ABSENT / 2, f"{pair} are in {zone} and {other_zone}")
        if paragraph != other:
            apart = other - paragraph
            return Cause(_BETWEEN_PARAGRAPHS + apart, f"{pair} are in different paragraphs ({apart} apart)")
        between = document.words_between(first[1], second[0])
        words = "1 word" if between == 1 else f"{between:g} words"
        return Cause(min(between - self.distance, ABSENT) / 10, f"{pair} are {words} apart")

    def _wrong_order(self, explainer: MissExplainer, first: Occurrence, second: Occurrence) -> Cause:
        distance = self._too_far(explainer, first, second).distance + 1
        pair = f"{explainer.locate(second)} / {explainer.locate(first)}"
        return Cause(distance, f"near: {self.distance}: {pair} are in the other order")


@dataclass(frozen=True, eq=False)
class Same(Operator):
    """All operands occur in one sentence, or in one paragraph."""

    unit: Unit = field(default="sentence", kw_only=True)

    @property
    def signature(self) -> str:
        return f"same {self.unit}"

    @property
    def operands_needed(self) -> int:
        return len(self.operands)

    def in_shared_units(self, context: MatchContext, low: int, high: int) -> list[list[Occurrence]]:
        """Return for each operand its occurrences in the units that hold all operands; empty without such a unit."""
        by_operand: list[dict[tuple[str, int, int], list[Occurrence]]] = []
        for operand in self.operands:
            by_unit: dict[tuple[str, int, int], list[Occurrence]] = {}
            for occurrence in operand.occurrences(context, low, high):
                by_unit.setdefault(context.document.unit_key(self.unit, occurrence[0]), []).append(occurrence)
            by_operand.append(by_unit)
            if not by_unit:
                return []
        shared = set(by_operand[0]).intersection(*by_operand[1:])
        if not shared:
            return []
        return [
            [occurrence for unit, occurrences in by_unit.items() if unit in shared for occurrence in occurrences]
            for by_unit in by_operand
        ]

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        return bool(self.in_shared_units(context, low, high))

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        sides = self.in_shared_units(context, low, high)
        score = lowest_score(prominence_score(context.document, side) for side in sides)
        return Derivation(score, f"same {self.unit}", tuple(tuple(side) for side in sides))

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        sides = [operand.occurrences(explainer.context, low, high) for operand in self.operands]
        if not all(sides):
            return self.explain_absent_operands(explainer, low, high)
        positions = ", ".join(explainer.locate(side[0]) for side in sides[:_OCCURRENCES_LISTED])
        message = f"same: {self.unit}: no {self.unit} holds them all: {positions}"
        return [Cause(_WITHOUT_SHARED_UNIT, message)]


@dataclass(frozen=True, eq=False)
class Mentions(Operator):
    """The operands have at least `count` occurrences in total that do not overlap."""

    count: int = field(default=1, kw_only=True)

    @property
    def signature(self) -> str:
        return f"mentions {self.count}"

    @property
    def operands_needed(self) -> int:
        return 1

    def disjoint_occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Return the largest set of occurrences that do not overlap: greedily, by their ends."""
        occurrences = [each for operand in self.operands for each in operand.occurrences(context, low, high)]
        disjoint: list[Occurrence] = []
        for occurrence in sorted(occurrences, key=lambda each: (each[1], -each[0])):
            if not disjoint or occurrence[0] >= disjoint[-1][1]:
                disjoint.append(occurrence)
        return disjoint

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        return len(self.disjoint_occurrences(context, low, high)) >= self.count

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        counted = self.disjoint_occurrences(context, low, high)
        return Derivation(prominence_score(context.document, counted), f"mentions {self.count}", (tuple(counted),))

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        occurrences = self.disjoint_occurrences(explainer.context, low, high)
        if not occurrences:
            return [cause for operand in self.operands for cause in operand.explain_miss(explainer, low, high)]
        quoted = ", ".join(map(explainer.quote, occurrences[:_OCCURRENCES_LISTED]))
        return [Cause(self.count - len(occurrences), f"mentions: {self.count}: {len(occurrences)} found: {quoted}")]


def _distinct(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    distinct = {(first, after, term.key): (first, after, term) for first, after, term in occurrences}
    return sorted(distinct.values(), key=span_of)


def _closest_before(left: list[Occurrence], right: list[Occurrence]) -> list[tuple[Occurrence, Occurrence]]:
    """Pair each right occurrence with the left one that ends last before it."""
    pairs: list[tuple[Occurrence, Occurrence]] = []
    by_end = sorted(left, key=lambda each: (each[1], each[0]))
    at = 0
    for occurrence in right:
        while at < len(by_end) and by_end[at][1] <= occurrence[0]:
            at += 1
        if at:
            pairs.append((by_end[at - 1], occurrence))
    return pairs


def _closest_after(left: list[Occurrence], right: list[Occurrence]) -> list[tuple[Occurrence, Occurrence]]:
    """Pair each left occurrence with the right one that starts first after it."""
    pairs: list[tuple[Occurrence, Occurrence]] = []
    at = 0
    for occurrence in sorted(left, key=lambda each: each[1]):
        while at < len(right) and right[at][0] < occurrence[1]:
            at += 1
        if at == len(right):
            break
        pairs.append((occurrence, right[at]))
    return pairs
