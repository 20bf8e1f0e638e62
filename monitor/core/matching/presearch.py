"""The operators that may hold in an article, by the terms found there: no other operator is evaluated.

An operator can hold only if one of its rarest operands does (`Operator.required_operands`), so the operators that may
hold are found upwards from the terms. A named list is one node however many conditions use it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set

from monitor.core.matching.expressions import Expression, Operator, operators_of, requires_terms
from monitor.core.matching.terms import Term


class OperatorIndex:
    """An index from terms to the operators that require them."""

    def __init__(self, expressions: Iterable[Expression]) -> None:
        self._requiring: dict[str | Operator, list[Operator]] = {}
        """The operators that require a term, by its key, or that require another operator."""
        self.operators = frozenset(filter(requires_terms, operators_of(expressions)))
        """All operators that cannot hold without one of their terms."""
        for operator in self.operators:
            for operand in operator.required_operands:
                self._requiring.setdefault(node_of(operand), []).append(operator)

    def may_hold(self, keys: Collection[str], among: Set[Operator] | None = None) -> set[Operator]:
        """Return the operators that may hold where these terms were found; with `among` no others than these."""
        among = self.operators if among is None else among
        reached: set[Operator] = set()
        waiting: list[str | Operator] = list(keys)
        while waiting:
            for operator in self._requiring.get(waiting.pop(), ()):
                if operator in among and operator not in reached:
                    reached.add(operator)
                    waiting.append(operator)
        return reached


def node_of(expression: Expression) -> str | Operator:
    """Return what stands for an expression in the index: for a term its key, since equal terms are found together."""
    return expression.key if isinstance(expression, Term) else expression
