"""The operators that may hold in an article, by the terms found there: no other operator is evaluated.

An operator can hold only if one of its rarest operands does (`Operator.required_operands`), so the operators that may
hold are found upwards from the terms. A named list is one node however many conditions use it. Each scope has an index
of the operators that are evaluated in it: those inside of `in: title` are found from the terms of the title only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from monitor.core.matching.alternatives import InZone
from monitor.core.matching.context import MatchContext, OperatorsByTerms, TokenSpan
from monitor.core.matching.expressions import Expression, Operator, requires_terms
from monitor.core.matching.terms import Term

_TITLE_AND_BODY, _EVERYWHERE = "title and body", "everywhere"
"""The scopes beside the zones: of conditions, and of what rules ignore."""


class OperatorIndex:
    """An index from terms to the operators that require them, for each scope. Immutable except for a cache."""

    def __init__(self, conditions: Iterable[Expression], ignored: Iterable[Expression] = ()) -> None:
        self._by_scope: dict[str, _ScopeIndex] = {_TITLE_AND_BODY: _ScopeIndex()}
        waiting = [*((_TITLE_AND_BODY, each) for each in conditions), *((_EVERYWHERE, each) for each in ignored)]
        while waiting:
            scope, expression = waiting.pop()
            if not isinstance(expression, Term) and self._add(scope, expression):
                inner = expression.zone if isinstance(expression, InZone) else scope
                waiting += [(inner, each) for each in expression.operators]

    def _add(self, scope: str, operator: Operator) -> bool:
        """Add an operator as evaluated in a scope; return False if it is known there."""
        index = self._by_scope.setdefault(scope, _ScopeIndex())
        if operator in index.visited:
            return False
        index.visited.add(operator)
        if requires_terms(operator):
            index.operators.add(operator)
            if isinstance(operator, InZone):
                index = self._by_scope.setdefault(operator.zone, _ScopeIndex())
                index.zone_operators.add(operator)
            for operand in operator.required_operands:
                index.requiring.setdefault(node_of(operand), []).append(operator)
        return True

    def may_hold(self, context: MatchContext) -> Mapping[TokenSpan, OperatorsByTerms]:
        """Return the operators that may hold in each scope of an article, by the terms found there."""
        ranges = {scope: self._range(context, scope) for scope in self._by_scope}
        reached = {
            scope: index.reached_from(context.found_in(*ranges[scope])) for scope, index in self._by_scope.items()
        }
        found: set[Operator] = set()
        while new := self._zone_operators(reached) - found:
            found |= new
            for scope, index in self._by_scope.items():
                reached[scope] |= new | index.reached_from(new)
        return {  # of two scopes with one range, the operators that only the first has can hold, which is safe
            ranges[scope]: OperatorsByTerms(index.operators, reached[scope]) for scope, index in self._by_scope.items()
        }

    def _zone_operators(self, reached: Mapping[str, set[Operator]]) -> set[Operator]:
        """Return each `in` that is reached from the terms of its zone."""
        return {each for scope, index in self._by_scope.items() for each in index.zone_operators & reached[scope]}

    def _range(self, context: MatchContext, scope: str) -> TokenSpan:
        if scope == _TITLE_AND_BODY:
            return context.default_scope
        return context.everywhere if scope == _EVERYWHERE else context.document.zone_range(scope)


class _ScopeIndex:
    """The operators evaluated in one scope."""

    def __init__(self) -> None:
        self.visited: set[Operator] = set()
        self.operators: set[Operator] = set()
        """Those that cannot hold without one of their terms."""
        self.zone_operators: set[Operator] = set()
        """Each `in` that names this scope."""
        self.requiring: dict[str | Operator, list[Operator]] = {}
        """The operators that require a term, by its key, or that require another operator."""
        self._above = _OperatorsAbove(self.requiring)

    def reached_from(self, nodes: Iterable[str | Operator]) -> set[Operator]:
        """Return the operators above some nodes."""
        direct = set[Operator]().union(*[self.requiring[node] for node in self.requiring.keys() & nodes])
        return direct.union(*[self._above[operator] for operator in direct])


class _OperatorsAbove(dict[Operator, tuple[Operator, ...]]):
    """The operators that require an operator, also through others: a cache, filled as articles need it."""

    def __init__(self, requiring: Mapping[str | Operator, list[Operator]]) -> None:
        super().__init__()
        self._requiring = requiring

    def __missing__(self, operator: Operator) -> tuple[Operator, ...]:
        direct = self._requiring.get(operator, ())
        self[operator] = above = tuple({*direct, *chain.from_iterable(map(self.__getitem__, direct))})
        return above


def node_of(expression: Expression) -> str | Operator:
    """Return what stands for an expression in the index: for a term its key, since equal terms are found together."""
    return expression.key if isinstance(expression, Term) else expression
