"""Lint: what is allowed and probably not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.conditions import Conditions
    from monitor.core.errors import Problem
    from monitor.core.rules import RuleBook

CODES = tuple(f"W{number}" for number in range(101, 118))


def lint(book: RuleBook, conditions: Conditions) -> Iterable[Problem]:
    """Give the warnings about a set of rules."""
    for name in conditions.lists():
        if name not in conditions.used:
            yield conditions.mark_of(name).warning("W111", f"list '${name}' is not used by any rule")
