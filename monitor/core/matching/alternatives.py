"""Operators for a choice of entries and where to look for it: any, named lists and in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

from monitor.core.matching.context import MatchContext, Occurrence, span_of
from monitor.core.matching.derivations import Derivation, prominence_score
from monitor.core.matching.expressions import Expression, Operator, terms_of
from monitor.core.matching.misses import ABSENT, Cause, MissExplainer
from monitor.core.matching.terms import Term

_CAUSES_SHOWN = 5
"""Causes of one `any` at most, of its nearest branches: nested ones would fill the screen."""


@dataclass(frozen=True, eq=False)
class AnyOf(Operator):
    """One of the operands holds."""

    @property
    def signature(self) -> str:
        return "any"

    @cached_property
    def terms(self) -> dict[str, Term]:
        """The operands that are terms, by key."""
        return {operand.key: operand for operand in reversed(self.operands) if isinstance(operand, Term)}

    @cached_property
    def _indices(self) -> dict[str | Operator, int]:
        """The index of each operand, by the key of a term or by the operator; of equal terms the first."""
        last_first = reversed(list(enumerate(self.operands)))
        return {operand.key if isinstance(operand, Term) else operand: index for index, operand in last_first}

    @cached_property
    def zones(self) -> frozenset[str]:
        zones = [operand.zones for operand in self.operands]
        return frozenset().union(*zones) if all(zones) else frozenset()

    @cached_property
    def positional(self) -> bool:
        return all(operand.positional for operand in self.operands)

    @cached_property
    def only_terms(self) -> bool:
        return all(operand.only_terms for operand in self.operands)

    @property
    def operands_needed(self) -> int:
        return 1

    def standalone_terms(self) -> list[Term]:
        return [term for operand in self.operands for term in operand.standalone_terms()]

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        terms, keys, found = self.terms, self._keys_found(context, low, high), context.found_in(low, high)
        occurrences = [(*span, terms[key]) for key in keys for span in found[key]]
        for operator in context.possible(self.operators, low, high):
            occurrences += operator.occurrences(context, low, high)
        if len(keys) != 1 or self.operators:
            occurrences.sort(key=span_of)
        return occurrences

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        if not self.terms.keys().isdisjoint(context.found_in(low, high).keys()):
            return True
        return any(operator.holds(context, low, high) for operator in context.possible(self.operators, low, high))

    def _keys_found(self, context: MatchContext, low: int, high: int) -> list[str]:
        """Return the keys of the terms found within the scope; iterates over its own if the article has more."""
        terms, found = self.terms, context.found_in(low, high)
        if terms.keys().isdisjoint(found.keys()):
            return []
        if len(context.spans) < len(terms):
            return [key for key in found if key in terms]
        return [key for key in terms if key in found]

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Name the most prominent branch; the evidence of the other branches that hold comes after its own."""
        held = self._held(context, low, high)
        if self.only_terms:
            occurrences = self.occurrences(context, low, high)
            score = prominence_score(context.document, occurrences)
            return Derivation(score, f"any[{next(held)}]", (tuple(occurrences),))
        derivations = [(index, self.operands[index].derive(context, low, high)) for index in held]
        derivations.sort(key=lambda pair: -(pair[1].score or 0.0))
        index, best = derivations[0]
        operands = tuple(operand for _, derivation in derivations for operand in derivation.operands)
        return Derivation(best.score, f"any[{index}] {best.branch}".rstrip(), operands)

    def _held(self, context: MatchContext, low: int, high: int) -> Iterator[int]:
        """Yield the indices of the operands that hold; lists have thousands, of which an article has a few."""
        possible: list[str | Operator] = [
            *self._keys_found(context, low, high),
            *context.possible(self.operators, low, high),
        ]
        for index in sorted(self._indices[each] for each in possible):
            if self.operands[index].holds(context, low, high):
                yield index

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        """Return the causes of the nearest branches; those of which nothing was found only if there are no others."""
        if self.only_terms:
            return [explainer.missing_terms(self.short_form, terms_of([self]), low, high)]
        branches = [operand.explain_miss(explainer, low, high) for operand in self.operands]
        ranked = sorted(
            ((sum(cause.distance for cause in causes), causes) for causes in branches if causes),
            key=lambda pair: pair[0],
        )
        near = [causes for distance, causes in ranked if distance < ABSENT]
        if not near and len(ranked) > 1:
            first, *others = ranked[0][1]
            return [replace(first, alternatives=len(ranked)), *others]  # of nested ones only the outermost counts
        return [cause for causes in near or [causes for _, causes in ranked] for cause in causes][:_CAUSES_SHOWN]


@dataclass(frozen=True, eq=False)
class SingleOperand(Operator):
    """An operator over one expression, with the occurrences of that expression."""

    @property
    def operand(self) -> Expression:
        """The only operand."""
        return self.operands[0]

    @property
    def operands_needed(self) -> int:
        return 1

    @cached_property
    def positional(self) -> bool:
        return self.operand.positional

    @cached_property
    def only_terms(self) -> bool:
        return self.operand.only_terms


@dataclass(frozen=True, eq=False)
class NamedList(SingleOperand):
    """A named list of a rule file, `$name`: one node that all rules which name it share."""

    is_list: ClassVar[bool] = True

    name: str = field(default="", kw_only=True)
    variants: bool = field(default=False, kw_only=True)
    """Whether its entries are forms of one idea, of which one tested example is enough (rules.untested_parts)."""

    @property
    def signature(self) -> str:
        """`$name`; in no rule's hash, where a list counts as its entries (rules.rule_hash)."""
        return f"${self.name}"

    @property
    def short_form(self) -> str:
        return self.wording

    @property
    def zones(self) -> frozenset[str]:
        return self.operand.zones

    def standalone_terms(self) -> list[Term]:
        return self.operand.standalone_terms()

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Compute the occurrences of each scope once for all rules, and apply the current rule's mask afterwards."""
        key = (self, low, high)
        if key not in context.list_occurrences:
            with context.unmasked():
                context.list_occurrences[key] = self.operand.occurrences(context, low, high)
        occurrences = context.list_occurrences[key]
        return [each for each in occurrences if not context.is_masked(span_of(each))] if context.masked else occurrences

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        if context.masked:
            return self.operand.holds(context, low, high)
        key = (self, low, high)
        holds = context.lists_that_hold.get(key)
        if holds is None:
            holds = context.lists_that_hold[key] = self.operand.holds(context, low, high)
        return holds

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Leave the branch empty for a list of terms; which of its entries was found is in the evidence."""
        score, branch, operands = self.operand.derive(context, low, high)
        return Derivation(score, "" if self.only_terms else f"${self.name} {branch}", operands)

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        known, key = explainer.causes_of_lists, (self, low, high)
        if key not in known:
            absent = explainer.missing_list(self.short_form, terms_of([self]), low, high)
            known[key] = [absent] if absent else self.operand.explain_miss(explainer, low, high)
        return known[key]


@dataclass(frozen=True, eq=False)
class InZone(SingleOperand):
    """The operand holds within one zone, whatever the scope around it."""

    zone: str = field(default="title", kw_only=True)

    @property
    def signature(self) -> str:
        return f"in {self.zone}"

    @property
    def zones(self) -> frozenset[str]:
        return frozenset([self.zone])

    def standalone_terms(self) -> list[Term]:
        """Return nothing: a term that counts in one zone only is narrower than the same term alone."""
        return []

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        del low, high
        return self.operand.occurrences(context, *context.document.zone_range(self.zone))

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        del low, high
        return self.operand.holds(context, *context.document.zone_range(self.zone))

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        del low, high
        derivation = self.operand.derive(context, *context.document.zone_range(self.zone))
        return derivation._replace(branch=f"in {self.zone} {derivation.branch}".rstrip())

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        """Report where the operand was found instead, if it was."""
        del low, high
        context = explainer.context
        if self.operand.positional and self.operand.holds(context, *context.everywhere):
            quoted = explainer.quote(self.operand.occurrences(context, *context.everywhere)[0])
            return [Cause(2, f"in: {self.zone}: {quoted} is outside the {self.zone}")]
        causes = self.operand.explain_miss(explainer, *context.document.zone_range(self.zone))
        return [replace(each, distance=each.distance + 1, zones=(self.zone, *each.zones)) for each in causes]
