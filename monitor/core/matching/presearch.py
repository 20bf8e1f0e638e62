"""Which rules are worth a look: those of which a necessary term was found. All others cannot match.

Of `all` and `near` the rarest entry is necessary, of `any` one of all; a shared list stands for its terms as one, so
that ten thousand rules on one list of ten thousand terms stay small. What needs no term is refused by the loader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from monitor.core.matching.expressions import NamedList
from monitor.core.matching.logic import AllOf, AtLeast, NoneOf
from monitor.core.matching.proximity import Mentions, Near, Same
from monitor.core.matching.terms import Term

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from monitor.core.matching.expressions import Expression


def requires_a_term(entry: Expression) -> bool:
    """Say whether it can hold only where some term is found; else it matches almost anything."""
    match entry:
        case Term() | Near() | Same() | Mentions():
            return True
        case NoneOf():
            return False
        case AllOf():
            return any(map(requires_a_term, entry.entries))
        case AtLeast():
            return sum(not requires_a_term(each) for each in entry.entries) < entry.count
        case _:
            return all(map(requires_a_term, entry.entries))


class TermRequirement(NamedTuple):
    """One of these terms or lists must be found; `weight` says how often that may be expected."""

    keys: frozenset[str]
    lists: frozenset[NamedList]
    weight: float


class TermRequirements:
    """What expressions need, each list worked out once. `frequency` counts articles by term key, where known."""

    def __init__(self, frequency: Mapping[str, int]) -> None:
        self._frequency = frequency
        self._lists: dict[NamedList, TermRequirement | None] = {}

    def of(self, entry: Expression) -> TermRequirement | None:
        """Say what must be found for this to hold; None when it can hold without any term."""
        if isinstance(entry, Term):
            return TermRequirement(frozenset([entry.key]), frozenset(), self._weight(entry))
        if isinstance(entry, NamedList):
            return self._listed(entry)
        if isinstance(entry, AllOf | Near | Same):
            return self._rarest(entry.entries)
        if isinstance(entry, AtLeast):
            needs = sorted((self.of(child) for child in entry.entries), key=_weight_of)
            return _join(needs[: len(needs) - entry.count + 1])
        return None if isinstance(entry, NoneOf) else self._union(entry.entries)

    def _union(self, entries: Sequence[Expression]) -> TermRequirement | None:
        terms = [entry for entry in entries if isinstance(entry, Term)]
        own = TermRequirement(frozenset(t.key for t in terms), frozenset(), sum(map(self._weight, terms)))
        return _join([own, *(self.of(entry) for entry in entries if not isinstance(entry, Term))])

    def _listed(self, entry: NamedList) -> TermRequirement | None:
        if entry not in self._lists:
            self._lists[entry] = self.of(entry.operand)
        inner = self._lists[entry]
        return inner and TermRequirement(frozenset(), frozenset([entry]), inner.weight)

    def inside(self, entry: NamedList) -> frozenset[str]:
        """Give the terms of which a list needs one, those of lists within it too."""
        self._listed(entry)
        inner = self._lists[entry]
        return inner.keys.union(*map(self.inside, inner.lists)) if inner else frozenset()

    def _rarest(self, entries: Iterable[Expression]) -> TermRequirement | None:
        needs = [need for entry in entries if (need := self.of(entry)) is not None]
        return min(needs, key=_weight_of, default=None)

    def _weight(self, term: Term) -> float:
        """Guess, where the archive is not known: a phrase is rarer than a word, a wildcard more frequent."""
        known = self._frequency.get(term.key)
        return float(known) if known is not None else (8.0 if term.wildcard else 4.0) / len(term.words)


def _weight_of(need: TermRequirement | None) -> float:
    return float("inf") if need is None else need.weight


def _join(needs: Sequence[TermRequirement | None]) -> TermRequirement | None:
    known = [need for need in needs if need is not None]
    if len(known) != len(needs):
        return None
    return TermRequirement(
        frozenset().union(*(need.keys for need in known)),
        frozenset().union(*(need.lists for need in known)),
        sum(need.weight for need in known),
    )


class Postings:
    """From the terms found to the rules that may match."""

    def __init__(self, needs: TermRequirements, conditions: Sequence[Expression]) -> None:
        self._rules: dict[str, list[int]] = {}
        self._lists: dict[str, list[NamedList]] = {}
        self._rules_of_list: dict[NamedList, list[int]] = {}
        for number, condition in enumerate(conditions):
            need = needs.of(condition)
            if need is None:
                raise ValueError(f"condition {number} needs no term; the loader refuses such a rule")
            for key in need.keys:
                self._rules.setdefault(key, []).append(number)
            for listed in need.lists:
                self._rules_of_list.setdefault(listed, []).append(number)
        for listed in self._rules_of_list:
            for key in needs.inside(listed):
                self._lists.setdefault(key, []).append(listed)

    def candidates(self, found: Collection[str]) -> list[int]:
        """Give the numbers of the rules worth a look, in order."""
        numbers: set[int] = set()
        for key in found:
            numbers.update(self._rules.get(key, ()))
        if self._lists:
            for listed in {listed for key in found for listed in self._lists.get(key, ())}:
                numbers.update(self._rules_of_list[listed])
        return sorted(numbers)
