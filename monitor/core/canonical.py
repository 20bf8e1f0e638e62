"""A rule's meaning as one hash: equal for rules that find the same, whatever their lists, order and spelling of keys.

Lists count as what they hold, entries of unordered operators are sorted, and the version of the normalisation is in it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from monitor.core.expressions import AllOf, AnyOf, AtLeast, In, Listed, Mentions, Near, NoneOf, Same
from monitor.core.terms import Term
from monitor.core.text import NORM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.expressions import Expression


class Canonical:
    """Makes hashes; each list is worked out once."""

    def __init__(self) -> None:
        self._lists: dict[Listed, str] = {}

    def rule(self, condition: Expression, ignore: Expression | None, rest: Iterable[str]) -> str:
        """Hash all that decides whether a rule matches: condition, ignored phrases, and the filters in `rest`."""
        return _hash(NORM, self.of(condition), self.of(ignore) if ignore else "", *rest)

    def of(self, entry: Expression) -> str:
        """Give the canonical form of an expression: a term's key, or the hash of an operator over its entries."""
        if isinstance(entry, Term):
            return entry.key
        if isinstance(entry, Listed):
            if entry not in self._lists:
                self._lists[entry] = self.of(entry.choice)
            return self._lists[entry]
        return _hash(_operator(entry), *self._entries(entry))

    def _entries(self, entry: Expression) -> Iterable[str]:
        if isinstance(entry, Term):
            return ()
        below = map(self.of, entry.entries)
        return below if isinstance(entry, Near) and entry.ordered else sorted(below)


def _operator(entry: Expression) -> str:
    match entry:
        case AnyOf():
            return "any"
        case AllOf():
            return "all"
        case NoneOf():
            return "none"
        case AtLeast():
            return f"at_least {entry.count}"
        case Near():
            return f"near {entry.distance} {entry.ordered}"
        case Same():
            return f"same {entry.unit}"
        case Mentions():
            return f"mentions {entry.count}"
        case In():
            return f"in {entry.zone}"
        case _:
            return ""


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
