"""Operators on truth alone: all, none and at_least. They hold or do not, and stand nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.core.matching.expressions import Node, trace_of
from monitor.core.matching.traces import NOTHING, Trace, least

if TYPE_CHECKING:
    from monitor.core.matching.sight import Sight


@dataclass(frozen=True, eq=False)
class AllOf(Node):
    """Every entry matches. `key` is `all`, or empty for the sibling keys of one mapping."""

    key: str = field(default="all", kw_only=True)

    @property
    def sign(self) -> str:
        """See Node."""
        return "all"

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

    @property
    def sign(self) -> str:
        """See Node."""
        return "none"

    def holds(self, sight: Sight, low: int, high: int) -> bool:
        """Say whether no entry is true within the scope."""
        return not any(entry.holds(sight, low, high) for entry in self.entries)

    def trace(self, sight: Sight, low: int, high: int) -> Trace:
        """Nothing can be shown of what is absent."""
        del sight, low, high
        return NOTHING


@dataclass(frozen=True, eq=False)
class AtLeast(Node):
    """So many different entries match."""

    count: int = field(default=1, kw_only=True)

    @property
    def sign(self) -> str:
        """See Node."""
        return f"at_least {self.count}"

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
