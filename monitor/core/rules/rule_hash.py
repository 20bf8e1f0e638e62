"""The hash of a rule's meaning: equal for rules that match the same articles, however they are written.

The operands of nested `any` operators and lists are combined by a sum, so that it makes no difference which of them are
in a list. The operands of other unordered operators are sorted. The version of the text normalization is part of the
hash. Hashes are stored with hits, so a change here marks every rule as changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from monitor.core.matching.alternatives import AnyOf, NamedList
from monitor.core.matching.expressions import Expression
from monitor.core.matching.terms import Term
from monitor.core.text import NORM

_MODULUS = 1 << 256
"""Sums of hashes are as long as the hashes."""


class RuleHasher:
    """Computes the hashes of rules; each named list once."""

    def __init__(self) -> None:
        self._lists: dict[NamedList, int] = {}

    def rule_hash(self, condition: Expression, ignore: Expression | None, filters: Iterable[str]) -> str:
        """Hash all that decides whether a rule matches."""
        return _hash(NORM, self._canonical(condition), self._canonical(ignore) if ignore else "", *filters)

    def _canonical(self, expression: Expression) -> str:
        """Return the key of a term, or the hash of an operator over its operands."""
        if isinstance(expression, Term):
            return expression.key
        if isinstance(expression, AnyOf | NamedList):
            return _hash("any", f"{self._sum(expression):x}")
        operands = [self._canonical(operand) for operand in expression.operands]
        if not expression.is_ordered:
            operands.sort()
        return _hash(expression.signature, *operands)

    def _sum(self, expression: Expression) -> int:
        if isinstance(expression, AnyOf):
            return sum(map(self._sum, expression.operands)) % _MODULUS
        if isinstance(expression, NamedList):
            if expression not in self._lists:
                self._lists[expression] = self._sum(expression.operand)
            return self._lists[expression]
        return int.from_bytes(hashlib.sha256(self._canonical(expression).encode()).digest(), "big")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
