"""Operators on truth alone: all, none and at_least. They hold or do not, and stand nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.core.matching.derivations import NOTHING, Derivation, least
from monitor.core.matching.expressions import Operator, derivation_of

if TYPE_CHECKING:
    from monitor.core.matching.context import MatchContext


@dataclass(frozen=True, eq=False)
class AllOf(Operator):
    """Every entry matches. `key` is `all`, or empty for the sibling keys of one mapping."""

    key: str = field(default="all", kw_only=True)

    @property
    def signature(self) -> str:
        """See Operator."""
        return "all"

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Say whether all entries are true within the scope."""
        return all(entry.holds(context, low, high) for entry in self.entries)

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Join the derivations; as prominent as the least prominent entry."""
        derivations = [derivation_of(entry, context, low, high) for entry in self.entries]
        label = self.key or " + ".join(derivation.label for derivation in derivations if derivation.label)
        return Derivation(
            least(derivations), label, tuple(operand for derivation in derivations for operand in derivation.operands)
        )


@dataclass(frozen=True, eq=False)
class NoneOf(Operator):
    """No entry matches."""

    @property
    def signature(self) -> str:
        """See Operator."""
        return "none"

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Say whether no entry is true within the scope."""
        return not any(entry.holds(context, low, high) for entry in self.entries)

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Nothing can be shown of what is absent."""
        del context, low, high
        return NOTHING


@dataclass(frozen=True, eq=False)
class AtLeast(Operator):
    """So many different entries match."""

    count: int = field(default=1, kw_only=True)

    @property
    def signature(self) -> str:
        """See Operator."""
        return f"at_least {self.count}"

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Count the entries that are true within the scope."""
        missing = self.count
        for entry in self.entries:
            missing -= entry.holds(context, low, high)
            if missing <= 0:
                return True
        return False

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Take the best entries, as many as are asked for, for the prominence."""
        derivations = [
            derivation_of(entry, context, low, high) for entry in self.entries if entry.holds(context, low, high)
        ]
        derivations.sort(key=lambda derivation: -(derivation.score or 0.0))
        operands = tuple(operand for derivation in derivations for operand in derivation.operands)
        return Derivation(least(derivations[: self.count]), f"at_least {self.count}", operands)
