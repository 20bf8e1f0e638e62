"""Expressions in words: a short name for one, and a rule's condition written out with its lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.matching.expressions import AnyOf, NamedList
from monitor.core.matching.logic import AllOf
from monitor.core.matching.terms import SINGULAR, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.core.matching.expressions import Expression, Operator
    from monitor.core.matching.rulebook import Rule

_ENTRIES_SHOWN = 200
_NAMED = 2


def name(entry: Expression) -> str:
    """Name an expression as the rule file does: 'export ban', $chips, near: 20 [...]."""
    if isinstance(entry, Term):
        return f"'{entry.text}'"
    if isinstance(entry, NamedList):
        return operator(entry)
    shown = [name(each) for each in entry.entries[:_NAMED]]
    return f"{operator(entry)} [{', '.join(shown)}{', ...' * (len(entry.entries) > _NAMED)}]"


def operator(entry: Operator) -> str:
    """Name the operator of an expression with its number, unit or zone."""
    if isinstance(entry, AllOf) and not entry.key:
        return "all of"
    word, _, rest = entry.signature.partition(" ")
    return f"{word}: {rest}" if rest else word


def worded(rule: Rule) -> list[str]:
    """Write out what a rule looks for, one line an entry, indented."""
    lines = list(_lines(rule.condition, ""))
    if rule.ignore:
        lines += ["ignore", *(f"  {name(entry)}" for entry in rule.ignore.entries)]
    return lines


def _lines(entry: Expression, indent: str) -> Iterator[str]:
    if isinstance(entry, Term):
        yield f"{indent}{_term(entry)}"
        return
    yield f"{indent}{operator(entry)}"
    below = (
        entry.operand.entries if isinstance(entry, NamedList) and isinstance(entry.operand, AnyOf) else entry.entries
    )
    for child in below[:_ENTRIES_SHOWN]:
        yield from _lines(child, indent + "  ")
    if len(below) > _ENTRIES_SHOWN:
        yield f"{indent}  and {len(below) - _ENTRIES_SHOWN} more"


def _term(term: Term) -> str:
    marks = [
        "case-sensitive" if term.cased else "",
        "no plural" if SINGULAR in term.key else "",
        f"only in {', '.join(term.lang)}" if term.lang else "",
    ]
    said = ", ".join(filter(None, marks))
    return f"{term.text}  ({said})" if said else term.text
