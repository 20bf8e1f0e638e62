"""What a rule looks for, as a tree: terms below, operators above. Each node knows how to find itself in an article.

`holds` says whether a node is true within a scope (a range of the article's words), `spots` where it stands, for nodes
that stand somewhere, and `trace` how it came to hold: which branch, how prominent, which spots.
The surprise: a list is one shared node in all rules that name it, so that an article is asked only once.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.core.matching.terms import Term
from monitor.core.matching.traces import Trace, place, score

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.core.documents import Mark
    from monitor.core.matching.sight import Sight, Spot


@dataclass(frozen=True, eq=False)
class Node:
    """An operator over other expressions. No ABC in name: that would make each isinstance several times as slow."""

    entries: tuple[Expression, ...]
    mark: Mark | None = field(default=None, kw_only=True)

    @cached_property
    def depth(self) -> int:
        """Count the levels of the tree, lists included."""
        return 1 + max((entry.depth for entry in self.entries), default=0)

    @cached_property
    def size(self) -> int:
        """Count the terms of the tree, each list as often as it is named."""
        return sum(entry.size for entry in self.entries)

    @property
    @abstractmethod
    def sign(self) -> str:
        """The operator with its numbers, as it goes into a rule's hash: never to be changed."""

    @property
    def positional(self) -> bool:
        """Whether it stands somewhere, so that near, same, mentions and ignore can use it."""
        return False

    @property
    def plain(self) -> bool:
        """Whether it is no more than a choice of terms."""
        return False

    @property
    def pair(self) -> bool:
        """Whether it needs exactly two entries."""
        return False

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Give the occurrences within the scope, in order; none for what stands nowhere."""
        del sight, low, high
        return []

    @abstractmethod
    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether it is true within the scope."""

    @abstractmethod
    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Say how it came to hold; asked only when it holds."""


@dataclass(frozen=True, eq=False)
class AnyOf(Node):
    """One entry matches."""

    @property
    def sign(self) -> str:
        """See Node."""
        return "any"

    @cached_property
    def terms(self) -> dict[str, Term]:
        """The entries that are terms, by key."""
        return {entry.key: entry for entry in reversed(self.entries) if isinstance(entry, Term)}

    @cached_property
    def others(self) -> tuple[Node, ...]:
        """The entries that are no terms."""
        return tuple(entry for entry in self.entries if not isinstance(entry, Term))

    @cached_property
    def positional(self) -> bool:
        """Whether every entry stands somewhere."""
        return all(entry.positional for entry in self.entries)

    @cached_property
    def plain(self) -> bool:
        """Whether every entry is a term or a choice of terms."""
        return all(entry.plain for entry in self.entries)

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Join the occurrences of all entries; looks at what was found, never through a long list."""
        terms, keys = self.terms, self._found(sight)
        spots = [(*place, terms[key]) for key in keys for place in sight.places(key, low, high)]
        for entry in self.others:
            spots += entry.spots(sight, low, high)
        if len(keys) != 1 or self.others:
            spots.sort(key=place)
        return spots

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether any entry is true within the scope."""
        keys = self._found(sight)
        if keys and (sight.shows_all(low, high) or any(sight.places(key, low, high) for key in keys)):
            return True
        return bool(self.others) and any(entry.holds(sight, low, high) for entry in self.others)

    def _first_found(self, spots: list[Spot], sight: Sight, low: int, high: int) -> int:
        """Say which entry comes first of those that hold."""
        if len(spots) == 1 and not self.others:
            return next(index for index, entry in enumerate(self.entries) if entry is spots[0][2])
        return next(index for index, entry in enumerate(self.entries) if entry.holds(sight, low, high))

    def _found(self, sight: Sight) -> list[str]:
        """Give the keys of the terms that were found anywhere; mostly none, which is told at once."""
        terms, found = self.terms, sight.found
        if terms.keys().isdisjoint(found.keys()):
            return []
        if len(found) < len(terms):
            return [key for key in found if key in terms]
        return [key for key in terms if key in found]

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Name the best branch first; the evidence of the other branches that hold comes after it."""
        if self.plain:
            spots = self.spots(sight, low, high)
            index = self._first_found(spots, sight, low, high)
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
class Around(Node):
    """A node around one expression, standing where that one stands."""

    @property
    def choice(self) -> Expression:
        """What it is around."""
        return self.entries[0]

    @cached_property
    def positional(self) -> bool:
        """Whether what it is around stands somewhere."""
        return self.choice.positional

    @cached_property
    def plain(self) -> bool:
        """Whether it is around no more than a choice of terms."""
        return self.choice.plain


@dataclass(frozen=True, eq=False)
class Listed(Around):
    """A named list: one node, shared by all that name it."""

    name: str = field(default="", kw_only=True)

    @property
    def sign(self) -> str:
        """See Node; it is in no hash, since a list counts as what it holds."""
        return f"${self.name}"

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Give the occurrences of the entries; each scope is looked at once, what a rule ignores is taken out after."""
        key = (self, low, high)
        if key not in sight.seen:
            hidden, sight.hidden = sight.hidden, []
            sight.seen[key] = self.choice.spots(sight, low, high)
            sight.hidden = hidden
        spots = sight.seen[key]
        return [spot for spot in spots if not sight.hides((spot[0], spot[1]))] if sight.hidden else spots

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether any entry of the list is true within the scope."""
        return bool(self.spots(sight, low, high)) if self.plain else self.choice.holds(sight, low, high)

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Say how the list came to hold; its own branches are not named."""
        score_, label, operands = trace_of(self.choice, sight, low, high)
        return Trace(score_, "" if self.plain else f"${self.name} {label}", operands)


@dataclass(frozen=True, eq=False)
class In(Around):
    """The entry, looked for in one zone only."""

    zone: str = field(default="title", kw_only=True)

    @property
    def sign(self) -> str:
        """See Node."""
        return f"in {self.zone}"

    def spots(self, sight: Sight, low: int, high: int) -> list[Spot]:
        """Look in the zone, whatever the scope around it."""
        del low, high
        return self.choice.spots(sight, *sight.reading.scope(self.zone))

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Look in the zone, whatever the scope around it."""
        del low, high
        return self.choice.holds(sight, *sight.reading.scope(self.zone))

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Name the zone before the branch."""
        del low, high
        trace = trace_of(self.choice, sight, *sight.reading.scope(self.zone))
        return trace._replace(label=f"in {self.zone} {trace.label}".rstrip())


Expression = Term | Node


def trace_of(entry: Expression, sight: Sight, low: int, high: int) -> Trace:
    """Trace any expression that holds."""
    if isinstance(entry, Term):
        spots = entry.spots(sight, low, high)
        return Trace(score(sight.reading, spots), "", (tuple(spots),))
    return entry.trace(sight, low, high)


def nodes(expressions: Iterable[Expression], *, lists: bool = True) -> Iterator[Expression]:
    """Walk expressions from the top; a shared node comes once. Without `lists`, what lists hold is left out."""
    seen: set[int] = set()
    waiting = list(expressions)[::-1]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, Term):
            yield entry
        elif id(entry) not in seen:
            seen.add(id(entry))
            yield entry
            if lists or not isinstance(entry, Listed):
                waiting += entry.entries[::-1]


def terms_of(expressions: Iterable[Expression]) -> list[Term]:
    """Collect the terms of expressions, those of lists too, each key once."""
    found: dict[str, Term] = {}
    for entry in nodes(expressions):
        if isinstance(entry, Term):
            found.setdefault(entry.key, entry)
    return list(found.values())
