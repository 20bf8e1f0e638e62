"""Candidate rules: only rules of which a required term was found can match, so only those are evaluated.

`all` and `near` require their rarest operand, `any` requires one of its operands. A named list counts as one unit, so
that ten thousand rules on one list of ten thousand terms stay small. The loader refuses conditions that require no
term.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.matching.expressions import Expression
from monitor.core.matching.terms import Term

if TYPE_CHECKING:
    from monitor.core.matching.alternatives import NamedList


class TermRequirement(NamedTuple):
    """At least one of these terms, or of the terms of these lists, must be found."""

    keys: frozenset[str]
    lists: frozenset[NamedList]
    weight: float
    """How often that is expected, relative to other requirements."""


class TermRequirements:
    """Computes which terms expressions require; each named list once."""

    def __init__(self) -> None:
        self._lists: dict[NamedList, TermRequirement | None] = {}

    def of(self, expression: Expression) -> TermRequirement | None:
        """Return what must be found for an expression to hold; None if it can hold without any term."""
        return expression.required_terms(self)

    # ------------------------------------------------------------ for `required_terms` of expressions

    def of_term(self, term: Term) -> TermRequirement:
        """Require a term."""
        return TermRequirement(frozenset([term.key]), frozenset(), _weight(term))

    def of_list(self, named_list: NamedList) -> TermRequirement | None:
        """Require a named list."""
        if named_list not in self._lists:
            self._lists[named_list] = self.of(named_list.operand)
        inner = self._lists[named_list]
        return inner and TermRequirement(frozenset(), frozenset([named_list]), inner.weight)

    def rarest_of(self, operands: Iterable[Expression]) -> TermRequirement | None:
        """Require the rarest operand, where all must hold."""
        requirements = [requirement for operand in operands if (requirement := self.of(operand)) is not None]
        return min(requirements, key=_weight_of, default=None)

    def any_of(self, operands: Sequence[Expression]) -> TermRequirement | None:
        """Require one of the operands."""
        terms = [operand for operand in operands if isinstance(operand, Term)]
        own = TermRequirement(frozenset(term.key for term in terms), frozenset(), sum(map(_weight, terms)))
        return _union([own, *(self.of(operand) for operand in operands if not isinstance(operand, Term))])

    def at_least(self, count: int, operands: Iterable[Expression]) -> TermRequirement | None:
        """Require one of the rarest operands, as many as make `count` impossible without any of them."""
        requirements = sorted(map(self.of, operands), key=_weight_of)
        return _union(requirements[: len(requirements) - count + 1])

    # ------------------------------------------------------------

    def keys_of(self, named_list: NamedList) -> frozenset[str]:
        """Return the keys of which a named list requires one, those of lists within it included."""
        self.of_list(named_list)
        inner = self._lists[named_list]
        return inner.keys.union(*map(self.keys_of, inner.lists)) if inner else frozenset()


def _weight(term: Term) -> float:
    """Estimate how frequent a term is: a phrase is rarer than a word, a wildcard more frequent."""
    return (8.0 if term.wildcard else 4.0) / len(term.words)


def _weight_of(requirement: TermRequirement | None) -> float:
    return float("inf") if requirement is None else requirement.weight


def _union(requirements: Sequence[TermRequirement | None]) -> TermRequirement | None:
    known = [requirement for requirement in requirements if requirement is not None]
    if len(known) != len(requirements):
        return None
    return TermRequirement(
        frozenset().union(*(requirement.keys for requirement in known)),
        frozenset().union(*(requirement.lists for requirement in known)),
        sum(requirement.weight for requirement in known),
    )


class Postings:
    """An inverted index from terms to the conditions that require them."""

    def __init__(self, requirements: TermRequirements, conditions: Sequence[Expression]) -> None:
        """Index conditions by their position; ValueError for one that requires no term."""
        self._rules: dict[str, list[int]] = {}
        self._lists: dict[str, list[NamedList]] = {}
        self._rules_of_list: dict[NamedList, list[int]] = {}
        for index, condition in enumerate(conditions):
            requirement = requirements.of(condition)
            if requirement is None:
                raise ValueError(f"condition {index} requires no term; the loader refuses such a rule")
            for key in requirement.keys:
                self._rules.setdefault(key, []).append(index)
            for named_list in requirement.lists:
                self._rules_of_list.setdefault(named_list, []).append(index)
        for named_list in self._rules_of_list:
            for key in requirements.keys_of(named_list):
                self._lists.setdefault(key, []).append(named_list)

    def candidates(self, keys: Collection[str]) -> list[int]:
        """Return the numbers of the conditions that may hold where these terms were found, in ascending order."""
        numbers: set[int] = set()
        for key in keys:
            numbers.update(self._rules.get(key, ()))
        if self._lists:
            for named_list in {named_list for key in keys for named_list in self._lists.get(key, ())}:
                numbers.update(self._rules_of_list[named_list])
        return sorted(numbers)
