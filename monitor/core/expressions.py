"""What a rule looks for, as a tree: terms below, operators above. Each node knows how to find itself in an article.

`holds` says whether a node is true within a scope (a range of the article's words), `spots` where it stands, for nodes
that stand somewhere (terms, lists, any, near), and `trace` how it came to hold: which branch, how prominent, which spots.
The surprise: a list is one shared node in all rules that name it, so that an article is asked only once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.core.documents import Mark
    from monitor.core.reading import Reading, Unit
    from monitor.core.sight import Sight, Spot


class Trace(NamedTuple):
    """How a node came to hold. `score` is None for what says nothing about prominence (none, url, source)."""

    score: float | None
    label: str
    operands: tuple[tuple[Spot, ...], ...]


NOTHING = Trace(None, "", ())


@dataclass(frozen=True, eq=False)
class Node:
    """An operator over other expressions."""

    entries: tuple[Expression, ...]
    mark: Mark | None = field(default=None, kw_only=True)

    positional = False
    """Whether it stands somewhere, so that near, same, mentions and ignore can use it."""

    @cached_property
    def depth(self) -> int:
        """Count the levels of the tree, lists included."""
        return 1 + max((entry.depth for entry in self.entries), default=0)

    @cached_property
    def size(self) -> int:
        """Count the terms of the tree, each list as often as it is named."""
        return sum(entry.size for entry in self.entries)

    @property
    def plain(self) -> bool:
        """Whether it is no more than a choice of terms."""
        return False

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Give the occurrences within the scope, in order; none for what stands nowhere."""
        del sight, low, high
        return []

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether it is true within the scope."""
        return bool(self.spots(sight, low, high))

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Say how it came to hold; asked only when it holds."""
        spots = self.spots(sight, low, high)
        return Trace(score(sight.reading, spots), "", (tuple(spots),))


@dataclass(frozen=True, eq=False)
class AnyOf(Node):
    """One entry matches."""

    @cached_property
    def terms(self) -> dict[str, Term]:
        """The entries that are terms, by key."""
        return {entry.key: entry for entry in reversed(self.entries) if isinstance(entry, Term)}

    @cached_property
    def others(self) -> tuple[Node, ...]:
        """The entries that are no terms."""
        return tuple(entry for entry in self.entries if not isinstance(entry, Term))

    @cached_property
    def positional(self) -> bool:  # type: ignore[override]  # a property here, a constant in most others
        """Whether every entry stands somewhere."""
        return all(entry.positional for entry in self.entries)

    @cached_property
    def plain(self) -> bool:  # type: ignore[override]  # cached here
        """Whether every entry is a term or a choice of terms."""
        return all(entry.plain for entry in self.entries)

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Join the occurrences of all entries; looks at what was found, never through a long list."""
        terms, found = self.terms, sight.found
        keys = (
            [key for key in found if key in terms]
            if len(found) < len(terms)
            else [key for key in terms if key in found]
        )
        spots = [(*place, terms[key]) for key in keys for place in sight.places(key, low, high)]
        for entry in self.others:
            spots += entry.spots(sight, low, high)
        if len(keys) != 1 or self.others:
            spots.sort(key=_place)
        return spots

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether any entry is true within the scope."""
        terms, found = self.terms, sight.found
        if len(found) < len(terms):
            if any(key in terms and sight.places(key, low, high) for key in found):
                return True
        elif any(key in found and sight.places(key, low, high) for key in terms):
            return True
        return any(entry.holds(sight, low, high) for entry in self.others)

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Name the best branch first; the evidence of the other branches that hold comes after it."""
        if self.plain:
            spots = self.spots(sight, low, high)
            index = next(i for i, entry in enumerate(self.entries) if entry.holds(sight, low, high))
            return Trace(score(sight.reading, spots), f"any[{index}]", (tuple(spots),))
        traces = [
            (index, trace_of(entry, sight, low, high))
            for index, entry in enumerate(self.entries)
            if entry.holds(sight, low, high)
        ]
        traces.sort(key=lambda pair: -(pair[1].score or 0.0))
        index, best = traces[0]
        operands = tuple(operand for _, trace in traces for operand in trace.operands)
        return Trace(best.score, f"any[{index}] {best.label}".rstrip(), operands)


@dataclass(frozen=True, eq=False)
class Listed(Node):
    """A named list: one node, shared by all that name it."""

    name: str = field(default="", kw_only=True)

    @property
    def choice(self) -> Expression:
        """What the list holds."""
        return self.entries[0]

    @cached_property
    def positional(self) -> bool:  # type: ignore[override]  # a property here, a constant in most others
        """Whether every entry of the list stands somewhere."""
        return self.choice.positional

    @cached_property
    def plain(self) -> bool:  # type: ignore[override]  # cached here
        """Whether the list holds but terms."""
        return self.choice.plain

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Give the occurrences of the entries; the whole article is looked at once, scopes and ignore come after."""
        if self not in sight.seen:
            hidden, sight.hidden = sight.hidden, []
            sight.seen[self] = self.choice.spots(sight, 0, len(sight.reading.words))
            sight.hidden = hidden
        spots = sight.seen[self]
        return [spot for spot in spots if low <= spot[0] and spot[1] <= high and not sight.hides((spot[0], spot[1]))]

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether any entry of the list is true within the scope."""
        return bool(self.spots(sight, low, high)) if self.plain else self.choice.holds(sight, low, high)

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Say how the list came to hold; its own branches are not named."""
        score_, label, operands = self.choice.trace(sight, low, high)
        return Trace(score_, "" if self.plain else f"${self.name} {label}", operands)


@dataclass(frozen=True, eq=False)
class AllOf(Node):
    """Every entry matches. `key` is `all`, or empty for the sibling keys of one mapping."""

    key: str = field(default="all", kw_only=True)

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether all entries are true within the scope."""
        return all(entry.holds(sight, low, high) for entry in self.entries)

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Join the traces; as prominent as the least prominent entry."""
        traces = [trace_of(entry, sight, low, high) for entry in self.entries]
        label = self.key or " + ".join(trace.label for trace in traces if trace.label)
        return Trace(least(traces), label, tuple(operand for trace in traces for operand in trace.operands))


@dataclass(frozen=True, eq=False)
class NoneOf(Node):
    """No entry matches."""

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether no entry is true within the scope."""
        return not any(entry.holds(sight, low, high) for entry in self.entries)

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Nothing can be shown of what is absent."""
        return NOTHING


@dataclass(frozen=True, eq=False)
class AtLeast(Node):
    """So many different entries match."""

    count: int = field(default=1, kw_only=True)

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Count the entries that are true within the scope."""
        missing = self.count
        for entry in self.entries:
            missing -= entry.holds(sight, low, high)
            if missing <= 0:
                return True
        return False

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Take the best entries, as many as are asked for, for the prominence."""
        traces = [trace_of(entry, sight, low, high) for entry in self.entries if entry.holds(sight, low, high)]
        traces.sort(key=lambda trace: -(trace.score or 0.0))
        operands = tuple(operand for trace in traces for operand in trace.operands)
        return Trace(least(traces[: self.count]), f"at_least {self.count}", operands)


@dataclass(frozen=True, eq=False)
class Near(Node):
    """An occurrence of each of two entries, disjoint, with at most `distance` words between, in one paragraph."""

    distance: int = field(default=0, kw_only=True)
    ordered: bool = field(default=False, kw_only=True)

    positional = True

    def pairs(self, sight: Sight, low: int, high: int) -> list[tuple[Spot, Spot]]:
        """Give for each occurrence its closest partners, where they are near enough."""
        left = self.entries[0].spots(sight, low, high)
        right = self.entries[1].spots(sight, low, high) if left else []
        if not right:
            return []
        pairs = [(a, b) for a, b in _closest_before(left, right) if self._near(sight.reading, a, b)]
        if not self.ordered:
            pairs += [(a, b) for b, a in _closest_before(right, left) if self._near(sight.reading, b, a)]
        return pairs

    def _near(self, reading: Reading, first: Spot, second: Spot) -> bool:
        if second[0] - first[1] > 2 * self.distance or reading.between(first[1], second[0]) > self.distance:
            return False
        return reading.paragraph(first[0]) == reading.paragraph(second[0])

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Give each pair as one occurrence, from the start of its first to the end of its second."""
        found = {(min(a[0], b[0]), max(a[1], b[1])): a[2] for a, b in self.pairs(sight, low, high)}
        return [(first, after, term) for (first, after), term in sorted(found.items(), key=lambda pair: pair[0])]

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether there is a pair within the scope."""
        return bool(self.pairs(sight, low, high))

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Show the two sides of the pairs."""
        pairs = self.pairs(sight, low, high)
        sides = [_distinct(pair[side] for pair in pairs) for side in (0, 1)]
        scores = [score(sight.reading, side) for side in sides]
        return Trace(
            min((s for s in scores if s is not None), default=None), "near", (tuple(sides[0]), tuple(sides[1]))
        )


@dataclass(frozen=True, eq=False)
class Same(Node):
    """All entries have an occurrence in one sentence, or in one paragraph."""

    unit: Unit = field(default="sentence", kw_only=True)

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


@dataclass(frozen=True, eq=False)
class In(Node):
    """The entry, looked for in one zone only."""

    zone: str = field(default="title", kw_only=True)

    @property
    def choice(self) -> Expression:
        """What is looked for in the zone."""
        return self.entries[0]

    @cached_property
    def positional(self) -> bool:  # type: ignore[override]  # a property here, a constant in most others
        """Whether what is looked for stands somewhere."""
        return self.choice.positional

    @cached_property
    def plain(self) -> bool:  # type: ignore[override]  # cached here
        """Whether it is a choice of terms."""
        return self.choice.plain

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Look in the zone, whatever the scope around it."""
        return self.choice.spots(sight, *sight.reading.scope(self.zone))

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Look in the zone, whatever the scope around it."""
        return self.choice.holds(sight, *sight.reading.scope(self.zone))

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Name the zone before the branch."""
        trace = trace_of(self.choice, sight, *sight.reading.scope(self.zone))
        return trace._replace(label=f"in {self.zone} {trace.label}".rstrip())


Expression = Term | Node


def trace_of(entry: Expression, sight: Sight, low: int, high: int) -> Trace:
    """Trace any expression that holds."""
    if isinstance(entry, Term):
        spots = entry.spots(sight, low, high)
        return Trace(score(sight.reading, spots), "", (tuple(spots),))
    return entry.trace(sight, low, high)


def score(reading: Reading, spots: Sequence[Spot]) -> float | None:
    """Weigh occurrences: 3 for the title, 2 for the lead, 1 for each of three mentions in the body; so 3 is prominent."""
    zones = {"title": 0, "lead": 0, "body": 0}
    before = -1
    for first, after, _ in sorted(spots, key=_place):
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


def _place(spot: Spot) -> tuple[int, int]:
    return spot[0], spot[1]


def _distinct(spots: Iterable[Spot]) -> list[Spot]:
    return sorted({(spot[0], spot[1], spot[2].key): spot for spot in spots}.values(), key=_place)


def _closest_before(left: list[Spot], right: list[Spot]) -> list[tuple[Spot, Spot]]:
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
