"""A rule's meaning as one hash: equal for rules that find the same, whatever their lists, order and spelling of keys.

The entries of an `any` are added up, so that it makes no difference which of them stand in a list or in an `any` of
their own; entries of other unordered operators are sorted. The version of the normalisation is part of it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from monitor.core.matching.expressions import AnyOf, NamedList
from monitor.core.matching.proximity import Near
from monitor.core.matching.terms import Term
from monitor.core.text import NORM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.matching.expressions import Expression

_SIZE = 1 << 256


class Canonical:
    """Makes hashes; each list is worked out once."""

    def __init__(self) -> None:
        self._lists: dict[NamedList, int] = {}

    def rule(self, condition: Expression, ignore: Expression | None, rest: Iterable[str]) -> str:
        """Hash all that decides whether a rule matches: condition, ignored phrases, and the filters in `rest`."""
        return _hash(NORM, self.of(condition), self.of(ignore) if ignore else "", *rest)

    def of(self, entry: Expression) -> str:
        """Give the canonical form of an expression: a term's key, or the hash of an operator over its entries."""
        if isinstance(entry, Term):
            return entry.key
        if isinstance(entry, AnyOf | NamedList):
            return _hash("any", f"{self._sum(entry):x}")
        below = [self.of(child) for child in entry.entries]
        if not (isinstance(entry, Near) and entry.ordered):
            below.sort()
        return _hash(entry.signature, *below)

    def _sum(self, entry: Expression) -> int:
        if isinstance(entry, AnyOf):
            return sum(map(self._sum, entry.entries)) % _SIZE
        if isinstance(entry, NamedList):
            if entry not in self._lists:
                self._lists[entry] = self._sum(entry.operand)
            return self._lists[entry]
        return int.from_bytes(hashlib.sha256(self.of(entry).encode()).digest(), "big")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
