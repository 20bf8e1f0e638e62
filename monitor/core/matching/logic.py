"""Boolean operators without occurrences of their own: all, none and at_least."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from monitor.core.matching.context import MatchContext
from monitor.core.matching.derivations import Derivation, lowest_score
from monitor.core.matching.expressions import Expression, Operator
from monitor.core.matching.misses import ABSENT, Cause, MissExplainer
from monitor.core.matching.terms import Term

_OPERANDS_LISTED = 5


@dataclass(frozen=True, eq=False)
class AllOf(Operator):
    """Every operand holds."""

    key: str = field(default="all", kw_only=True)
    """`all`, or empty for the sibling keys of one mapping and for `a NOT b` in a query."""

    @property
    def signature(self) -> str:
        return "all"

    @property
    def wording(self) -> str:
        return "all" if self.key else "all of"

    @property
    def exclusions(self) -> tuple[NoneOf, ...]:
        """The operands that exclude articles."""
        return tuple(operand for operand in self.operands if isinstance(operand, NoneOf))

    def without_exclusions(self) -> AllOf:
        """Return the condition without the operands that exclude articles."""
        return replace(self, operands=tuple(each for each in self.operands if not isinstance(each, NoneOf)))

    @property
    def operands_needed(self) -> int:
        return len(self.operands)

    def standalone_terms(self) -> list[Term]:
        """Return those of the only operand that does not exclude articles."""
        operands = self.without_exclusions().operands
        return operands[0].standalone_terms() if len(operands) == 1 else []

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        operands = self.operands
        return all(each.can_hold(context, low, high) for each in operands) and all(
            each.holds(context, low, high) for each in operands
        )

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Take the lowest prominence of the operands."""
        derivations = [operand.derive(context, low, high) for operand in self.operands]
        branch = self.key or " + ".join(each.branch for each in derivations if each.branch)
        operands = tuple(operand for each in derivations for operand in each.operands)
        return Derivation(lowest_score(each.score for each in derivations), branch, operands)

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        failed = self.unmet_operands(explainer.context, low, high)
        return [cause for operand in failed for cause in operand.explain_miss(explainer, low, high)]


@dataclass(frozen=True, eq=False)
class NoneOf(Operator):
    """No operand holds."""

    @property
    def signature(self) -> str:
        return "none"

    @property
    def operands_needed(self) -> int:
        return 0

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        return not any(operand.holds(context, low, high) for operand in self.operands)

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Return no evidence: there is none for what is absent."""
        del context, low, high
        return Derivation(None, "", ())

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        excluding = [operand for operand in self.operands if operand.holds(explainer.context, low, high)]
        return [self._exclusion_cause(explainer, operand, low, high) for operand in excluding]

    def _exclusion_cause(self, explainer: MissExplainer, operand: Expression, low: int, high: int) -> Cause:
        derivation = operand.derive(explainer.context, low, high)
        occurrences = [occurrence for each in derivation.operands for occurrence in each]
        quoted = explainer.quote(occurrences[0]) if occurrences else operand.short_form
        return Cause(1, f"excluded by none: {quoted}")


@dataclass(frozen=True, eq=False)
class AtLeast(Operator):
    """At least `count` different operands hold."""

    count: int = field(default=1, kw_only=True)

    @property
    def signature(self) -> str:
        return f"at_least {self.count}"

    @property
    def operands_needed(self) -> int:
        return self.count

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        missing = self.count
        for operand in self.operands:
            missing -= operand.holds(context, low, high)
            if missing <= 0:
                return True
        return False

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Take the prominence of the `count` most prominent operands; all that hold are evidence."""
        held = [operand for operand in self.operands if operand.holds(context, low, high)]
        derivations = sorted((each.derive(context, low, high) for each in held), key=lambda each: -(each.score or 0.0))
        operands = tuple(operand for each in derivations for operand in each.operands)
        best = lowest_score(each.score for each in derivations[: self.count])
        return Derivation(best, f"at_least {self.count}", operands)

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        failed = self.unmet_operands(explainer.context, low, high)
        held = len(self.operands) - len(failed)
        names = ", ".join(operand.short_form for operand in failed[:_OPERANDS_LISTED])
        distance = min((self.count - held) * ABSENT / 2, ABSENT) if held else ABSENT
        return [Cause(distance, f"at_least: {self.count}: {held} of them found; not found: {names}")]
