"""Conditions of rules as trees of expressions: terms are the leaves, operators the inner nodes.

A scope (`low`, `high`) is a range of the article's tokens. `NamedList` is one node shared by all rules that name it, so
that its occurrences in an article are computed once.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.core.matching.derivations import Derivation, place, score
from monitor.core.matching.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.core.documents import Mark
    from monitor.core.matching.context import MatchContext, Occurrence


@dataclass(frozen=True, eq=False)
class Operator:
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
    def signature(self) -> str:
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

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Give the occurrences within the scope, in order; none for what stands nowhere."""
        del context, low, high
        return []

    @abstractmethod
    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Say whether it is true within the scope."""

    @abstractmethod
    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Say how it came to hold; asked only when it holds."""


@dataclass(frozen=True, eq=False)
class AnyOf(Operator):
    """One entry matches."""

    @property
    def signature(self) -> str:
        """See Operator."""
        return "any"

    @cached_property
    def terms(self) -> dict[str, Term]:
        """The entries that are terms, by key."""
        return {entry.key: entry for entry in reversed(self.entries) if isinstance(entry, Term)}

    @cached_property
    def others(self) -> tuple[Operator, ...]:
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

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Join the occurrences of all entries; looks at what was found, never through a long list."""
        terms, keys = self.terms, self._found(context)
        occurrences = [(*place, terms[key]) for key in keys for place in context.spans_of(key, low, high)]
        for entry in self.others:
            occurrences += entry.occurrences(context, low, high)
        if len(keys) != 1 or self.others:
            occurrences.sort(key=place)
        return occurrences

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Say whether any entry is true within the scope."""
        keys = self._found(context)
        if keys and (context.is_unrestricted(low, high) or any(context.spans_of(key, low, high) for key in keys)):
            return True
        return bool(self.others) and any(entry.holds(context, low, high) for entry in self.others)

    def _first_found(self, occurrences: list[Occurrence], context: MatchContext, low: int, high: int) -> int:
        """Say which entry comes first of those that hold."""
        if len(occurrences) == 1 and not self.others:
            return next(index for index, entry in enumerate(self.entries) if entry is occurrences[0][2])
        return next(index for index, entry in enumerate(self.entries) if entry.holds(context, low, high))

    def _found(self, context: MatchContext) -> list[str]:
        """Give the keys of the terms that were found anywhere; mostly none, which is told at once."""
        terms, found = self.terms, context.spans
        if terms.keys().isdisjoint(found.keys()):
            return []
        if len(found) < len(terms):
            return [key for key in found if key in terms]
        return [key for key in terms if key in found]

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Name the best branch first; the evidence of the other branches that hold comes after it."""
        if self.plain:
            occurrences = self.occurrences(context, low, high)
            index = self._first_found(occurrences, context, low, high)
            return Derivation(score(context.document, occurrences), f"any[{index}]", (tuple(occurrences),))
        derivations = [
            (index, derivation_of(entry, context, low, high))
            for index, entry in enumerate(self.entries)
            if entry.holds(context, low, high)
        ]
        derivations.sort(key=lambda pair: -(pair[1].score or 0.0))
        index, best = derivations[0]
        operands = tuple(operand for _, derivation in derivations for operand in derivation.operands)
        return Derivation(best.score, f"any[{index}] {best.label}".rstrip(), operands)


@dataclass(frozen=True, eq=False)
class SingleOperand(Operator):
    """A node around one expression, standing where that one stands."""

    @property
    def operand(self) -> Expression:
        """What it is around."""
        return self.entries[0]

    @cached_property
    def positional(self) -> bool:
        """Whether what it is around stands somewhere."""
        return self.operand.positional

    @cached_property
    def plain(self) -> bool:
        """Whether it is around no more than a choice of terms."""
        return self.operand.plain


@dataclass(frozen=True, eq=False)
class NamedList(SingleOperand):
    """A named list: one node, shared by all that name it."""

    name: str = field(default="", kw_only=True)

    @property
    def signature(self) -> str:
        """See Operator; it is in no hash, since a list counts as what it holds."""
        return f"${self.name}"

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Give the occurrences of the entries; each scope is looked at once, what a rule ignores is taken out after."""
        key = (self, low, high)
        if key not in context.list_occurrences:
            hidden, context.masked = context.masked, []
            context.list_occurrences[key] = self.operand.occurrences(context, low, high)
            context.masked = hidden
        occurrences = context.list_occurrences[key]
        return (
            [occurrence for occurrence in occurrences if not context.is_masked((occurrence[0], occurrence[1]))]
            if context.masked
            else occurrences
        )

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Say whether any entry of the list is true within the scope."""
        return bool(self.occurrences(context, low, high)) if self.plain else self.operand.holds(context, low, high)

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Say how the list came to hold; its own branches are not named."""
        score_, label, operands = derivation_of(self.operand, context, low, high)
        return Derivation(score_, "" if self.plain else f"${self.name} {label}", operands)


@dataclass(frozen=True, eq=False)
class InZone(SingleOperand):
    """The entry, looked for in one zone only."""

    zone: str = field(default="title", kw_only=True)

    @property
    def signature(self) -> str:
        """See Operator."""
        return f"in {self.zone}"

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Look in the zone, whatever the scope around it."""
        del low, high
        return self.operand.occurrences(context, *context.document.scope(self.zone))

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Look in the zone, whatever the scope around it."""
        del low, high
        return self.operand.holds(context, *context.document.scope(self.zone))

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Name the zone before the branch."""
        del low, high
        derivation = derivation_of(self.operand, context, *context.document.scope(self.zone))
        return derivation._replace(label=f"in {self.zone} {derivation.label}".rstrip())


Expression = Term | Operator


def derivation_of(entry: Expression, context: MatchContext, low: int, high: int) -> Derivation:
    """Return the derivation of an expression that holds."""
    if isinstance(entry, Term):
        occurrences = entry.occurrences(context, low, high)
        return Derivation(score(context.document, occurrences), "", (tuple(occurrences),))
    return entry.derive(context, low, high)


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
            if lists or not isinstance(entry, NamedList):
                waiting += entry.entries[::-1]


def terms_of(expressions: Iterable[Expression]) -> list[Term]:
    """Collect the terms of expressions, those of lists too, each key once."""
    found: dict[str, Term] = {}
    for entry in nodes(expressions):
        if isinstance(entry, Term):
            found.setdefault(entry.key, entry)
    return list(found.values())
