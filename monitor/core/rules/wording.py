"""The condition of a rule written out as indented lines, with the entries of its named lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.matching.alternatives import AnyOf, NamedList
from monitor.core.matching.terms import SINGULAR, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.core.matching.expressions import Expression
    from monitor.core.matching.rulebook import Rule

_OPERANDS_SHOWN = 200


def describe_condition(rule: Rule) -> list[str]:
    """Return the lines of the condition, and what the rule ignores."""
    lines = list(_lines(rule.condition, ""))
    if rule.ignore:
        lines += ["ignore", *(f"  {operand.short_form}" for operand in rule.ignore.operands)]
    return lines


def _lines(expression: Expression, indent: str) -> Iterator[str]:
    if isinstance(expression, Term):
        yield f"{indent}{_describe_term(expression)}"
        return
    yield f"{indent}{expression.wording}"
    operands = expression.operands
    if isinstance(expression, NamedList) and isinstance(expression.operand, AnyOf):
        operands = expression.operand.operands
    for operand in operands[:_OPERANDS_SHOWN]:
        yield from _lines(operand, indent + "  ")
    if len(operands) > _OPERANDS_SHOWN:
        yield f"{indent}  and {len(operands) - _OPERANDS_SHOWN} more"


def _describe_term(term: Term) -> str:
    options = [
        "case-sensitive" if term.cased else "",
        "no plural" if SINGULAR in term.key else "",
        "within words too" if term.within else "",
        f"only in {', '.join(term.lang)}" if term.lang else "",
    ]
    described = ", ".join(filter(None, options))
    return f"{term.text}  ({described})" if described else term.text
