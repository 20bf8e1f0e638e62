"""The condition of a rule in words: as a tree whose lists can be folded, and as indented lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.core.counts import count
from monitor.core.errors import UsageError
from monitor.core.matching.alternatives import AnyOf, NamedList
from monitor.core.matching.expressions import Expression, Operator, terms_of, walk_expressions
from monitor.core.matching.logic import AllOf, NoneOf
from monitor.core.matching.rulebook import Rule
from monitor.core.matching.terms import SINGULAR, Term
from monitor.core.problems import did_you_mean

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


def folded_lines(rule: Rule, list_name: str = "") -> list[str]:
    """Return the condition, or one of its lists, as indented lines that can be read at a glance.

    Lists that the condition itself names are written out; lists within these, and those under `none` and `ignore`,
    are one line each, with the number of their different terms and the first ones. UsageError if the rule does not
    use the list.
    """
    if list_name:
        return list(_fold_lines(_list_of_rule(rule, list_name), "", set()))
    lines = list(_fold_lines(rule.condition, "", set()))
    if rule.ignore:
        operators = [operand for operand in _operands(rule.ignore) if isinstance(operand, Operator)]
        lines.append(f"ignore{_first_terms(_terms_in(rule.ignore))}")
        lines += [line for each in operators for line in _fold_lines(each, "  ", set(), fold_lists=True)]
    return lines


def describe_condition(rule: Rule, list_name: str = "") -> list[str]:
    """Return the lines of the condition with all terms of all lists, each list once, and what the rule ignores.

    With `list_name`, return those of this list only; UsageError if the rule does not use it.
    """
    if list_name:
        return list(_lines(_list_of_rule(rule, list_name), "", set()))
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


def _list_of_rule(rule: Rule, name: str) -> NamedList:
    roots = [rule.condition, *([rule.ignore] if rule.ignore else [])]
    named = {each.name: each for each in walk_expressions(roots) if isinstance(each, NamedList)}
    if (wanted := name.removeprefix("$")) not in named:
        hint = did_you_mean(wanted, named, otherwise=f"`monitor rules show {rule.id}` names its lists")
        raise UsageError(f"rule '{rule.id}' uses no list '${wanted}'{hint}")
    return named[wanted]


def _fold_lines(expression: Expression, indent: str, seen: set[int], *, fold_lists: bool = False) -> Iterator[str]:
    if not isinstance(expression, Operator):
        yield f"{indent}{_describe_term(expression)}"
        return
    label, expression = _join_single_operands(expression)
    if id(expression) in seen:
        yield f"{indent}{label} (as above)"
        return
    is_list = isinstance(expression, NamedList)
    operators = [operand for operand in _operands(expression) if isinstance(operand, Operator)]
    if is_list:
        seen.add(id(expression))
    if is_list and fold_lists and operators:
        yield f"{indent}{label}{_first_terms(terms_of([expression]))}"
        return
    yield f"{indent}{label}{_first_terms(_terms_in(expression))}"
    inside = fold_lists or is_list or isinstance(expression, NoneOf)
    for operator in operators:
        yield from _fold_lines(operator, indent + "  ", seen, fold_lists=inside)


def _join_single_operands(expression: Operator) -> tuple[str, Operator]:
    """Return the wording of an operator and of the only operator in it, and so on, and the last: `in: title, near: 6`.

    `any` and `all` of a single operand say nothing and are left out.
    """
    labels = []
    while not isinstance(expression, NamedList | NoneOf):
        operands = _operands(expression)
        if len(operands) != 1 or not isinstance(operands[0], Operator):
            break
        if not isinstance(expression, AnyOf | AllOf):
            labels.append(expression.wording)
        expression = operands[0]
    return ", ".join([*labels, expression.wording]), expression


def _terms_in(expression: Operator) -> list[Term]:
    return [operand for operand in _operands(expression) if isinstance(operand, Term)]


def _first_terms(terms: Sequence[Term]) -> str:
    """Return what stands behind the name of an operator or list: the number of its terms if many, the first terms."""
    if not terms:
        return ""
    number = f" ({count(len(terms), 'term')})" if len(terms) > _TERMS_SHOWN else ""
    shown = ", ".join(_describe_term(term) for term in terms[:_TERMS_SHOWN])
    return f"{number}: {shown}{', ...' if number else ''}"


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
