"""Candidate rules: only rules of which a required term was found can match, so only those are evaluated.

`all` and `near` require their rarest operand, `any` requires one of its operands. A named list counts as one unit, so
that ten thousand rules on one list of ten thousand terms stay small. Expressions compute what they require from their
operands; the loader refuses conditions that require no term.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from monitor.core.matching.terms import Term


class TermRequirement(NamedTuple):
    """At least one of these terms, or of the terms of these lists, must be found."""

    keys: frozenset[str]
    lists: frozenset[ListRequirement]
    weight: float
    """How often that is expected, relative to other requirements."""


@dataclass(frozen=True, eq=False)
class ListRequirement:
    """What one named list requires; all conditions that use the list share it."""

    inner: TermRequirement

    @property
    def keys(self) -> frozenset[str]:
        """The keys of which one must be found, those of lists within the list included."""
        return self.inner.keys.union(*(each.keys for each in self.inner.lists))


def any_term(terms: Iterable[Term]) -> TermRequirement:
    """Require one of some terms: a phrase is expected to be rarer than a word, a wildcard more frequent."""
    listed = list(terms)
    weight = sum((8.0 if term.wildcard else 4.0) / len(term.words) for term in listed)
    return TermRequirement(frozenset([term.key for term in listed]), frozenset(), weight)


def any_of(requirements: Iterable[TermRequirement | None]) -> TermRequirement | None:
    """Require what one of several operands requires."""
    known: list[TermRequirement] = []
    for requirement in requirements:
        if requirement is None:
            return None
        known.append(requirement)
    return TermRequirement(
        frozenset().union(*(requirement.keys for requirement in known)),
        frozenset().union(*(requirement.lists for requirement in known)),
        sum(requirement.weight for requirement in known),
    )


def rarest_of(requirements: Iterable[TermRequirement | None]) -> TermRequirement | None:
    """Require the rarest operand, where all must hold."""
    return min(requirements, key=_weight_of, default=None)


def at_least(count: int, requirements: Iterable[TermRequirement | None]) -> TermRequirement | None:
    """Require one of the rarest operands, as many as make `count` impossible without any of them."""
    rarest_first = sorted(requirements, key=_weight_of)
    return any_of(rarest_first[: len(rarest_first) - count + 1])


def _weight_of(requirement: TermRequirement | None) -> float:
    return float("inf") if requirement is None else requirement.weight


class Postings:
    """An inverted index from terms to the conditions that require them."""

    def __init__(self, requirements: Iterable[TermRequirement | None]) -> None:
        """Index conditions by their position; ValueError for one that requires no term."""
        self._conditions: dict[str, list[int]] = {}
        self._lists: dict[str, list[ListRequirement]] = {}
        self._conditions_of_list: dict[ListRequirement, list[int]] = {}
        for index, requirement in enumerate(requirements):
            if requirement is None:
                raise ValueError(f"condition {index} requires no term; the loader refuses such a rule")
            for key in requirement.keys:
                self._conditions.setdefault(key, []).append(index)
            for required_list in requirement.lists:
                self._conditions_of_list.setdefault(required_list, []).append(index)
        for required_list in self._conditions_of_list:
            for key in required_list.keys:
                self._lists.setdefault(key, []).append(required_list)

    def candidates(self, keys: Collection[str]) -> list[int]:
        """Return the numbers of the conditions that may hold where these terms were found, in ascending order."""
        numbers: set[int] = set()
        for key in keys:
            numbers.update(self._conditions.get(key, ()))
        if self._lists:
            for required_list in {required_list for key in keys for required_list in self._lists.get(key, ())}:
                numbers.update(self._conditions_of_list[required_list])
        return sorted(numbers)
