"""The condition of a rule in words: as a tree whose lists can be folded, and as indented lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core.matching.alternatives import AnyOf, NamedList
from monitor.core.matching.expressions import Expression, Operator
from monitor.core.matching.rulebook import Rule
from monitor.core.matching.terms import SINGULAR, Term

_TERMS_SHOWN = 8
"""Terms of a list that a folded line shows."""


@dataclass(frozen=True, slots=True)
class ConditionNode:
    """An operator or a named list: the terms directly in it, and its other parts."""

    label: str
    terms: tuple[str, ...] = ()
    parts: tuple[ConditionNode, ...] = ()
    is_list: bool = False
    """Whether it is a named list, which readers open on demand."""
    shown_before: bool = False
    """Whether the list was written out further up in the same rule, so that it is only named here."""

    @property
    def size(self) -> int:
        """The number of its terms, those of its parts included."""
        return len(self.terms) + sum(part.size for part in self.parts)


def condition_tree(rule: Rule) -> list[ConditionNode]:
    """Return the condition, and what the rule ignores; each named list is written out once."""
    seen: set[int] = set()
    nodes = [_node(rule.condition, seen)]
    if rule.ignore:
        ignored = _node(rule.ignore, seen)
        nodes.append(ConditionNode("ignore", ignored.terms, ignored.parts))
    return nodes


def folded_lines(rule: Rule) -> list[str]:
    """Return the condition as indented lines: of each list the number of its terms, and the first ones."""
    return [line for node in condition_tree(rule) for line in _fold_lines(node, "")]


def describe_condition(rule: Rule) -> list[str]:
    """Return the lines of the condition with all terms of all lists, each list once, and what the rule ignores."""
    lines = list(_lines(rule.condition, "", set()))
    if rule.ignore:
        lines += ["ignore", *(f"  {operand.short_form}" for operand in rule.ignore.operands)]
    return lines


def _node(expression: Expression, seen: set[int]) -> ConditionNode:
    if isinstance(expression, Term):
        return ConditionNode("term", (_describe_term(expression),))
    is_list = isinstance(expression, NamedList)
    if is_list and id(expression) in seen:
        return ConditionNode(expression.wording, is_list=True, shown_before=True)
    if is_list:
        seen.add(id(expression))
    operands = _operands(expression)
    terms = tuple(_describe_term(operand) for operand in operands if isinstance(operand, Term))
    parts = tuple(_node(operand, seen) for operand in operands if not isinstance(operand, Term))
    return ConditionNode(expression.wording, terms, parts, is_list=is_list)


def _operands(expression: Operator) -> tuple[Expression, ...]:
    if isinstance(expression, NamedList) and isinstance(expression.operand, AnyOf):
        return expression.operand.operands
    return expression.operands


def _fold_lines(node: ConditionNode, indent: str) -> Iterator[str]:
    shown = ", ".join(node.terms[:_TERMS_SHOWN]) + (", ..." if len(node.terms) > _TERMS_SHOWN else "")
    count = f" ({len(node.terms)} terms)" if len(node.terms) > _TERMS_SHOWN else ""
    again = " (as above)" if node.shown_before else ""
    yield f"{indent}{node.label}{count}{again}" + (f": {shown}" if shown else "")
    for part in node.parts:
        yield from _fold_lines(part, indent + "  ")


def _lines(expression: Expression, indent: str, seen: set[int]) -> Iterator[str]:
    if isinstance(expression, Term):
        yield f"{indent}{_describe_term(expression)}"
    elif id(expression) in seen:
        yield f"{indent}{expression.wording} (as above)"
    else:
        if isinstance(expression, NamedList):
            seen.add(id(expression))
        yield f"{indent}{expression.wording}"
        for operand in _operands(expression):
            yield from _lines(operand, indent + "  ", seen)


def _describe_term(term: Term) -> str:
    options = [
        "case-sensitive" if term.cased else "",
        "no plural" if SINGULAR in term.key else "",
        "within words too" if term.within else "",
        f"only in {', '.join(term.lang)}" if term.lang else "",
    ]
    described = ", ".join(filter(None, options))
    return f"{term.text}  ({described})" if described else term.text
