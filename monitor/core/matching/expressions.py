"""Expressions: the condition of a rule as a tree, with terms as leaves and operators as inner nodes.

An operator is one subclass of `Operator`. The abstract members are what the engine, the rule hash and the explanations
of matches and misses need, so that mypy refuses an operator that leaves one of them out. `TermExpression` has those
that apply to terms. The concrete operators are in `alternatives`, `logic` and `proximity`; YAML and query syntax are
left to `core.rules`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from math import inf
from operator import attrgetter
from typing import ClassVar

from monitor.core.matching.context import MatchContext, Occurrence
from monitor.core.matching.derivations import Derivation, prominence_score
from monitor.core.matching.misses import Cause, MissExplainer
from monitor.core.matching.terms import Term
from monitor.core.yaml_nodes import Mark

_OPERANDS_NAMED = 2


class TermExpression(Term):
    """A term as a leaf: it holds where the term occurs."""

    __slots__ = ()
    positional: ClassVar[bool] = True
    only_terms: ClassVar[bool] = True
    zones: ClassVar[frozenset[str]] = frozenset()
    depth: ClassVar[int] = 1
    size: ClassVar[int] = 1

    @property
    def expected_frequency(self) -> float:
        """A phrase is expected to be rarer than a word, a wildcard more frequent."""
        return (8.0 if self.wildcard else 4.0) / len(self.words)

    def standalone_terms(self) -> list[Term]:
        """Return the term itself."""
        return [self]

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Return the occurrences within the scope in the order of the text."""
        return [(first, after, self) for first, after in context.spans_of(self.key, low, high)]

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Return True if there is an occurrence within the scope."""
        return self.key in context.found_in(low, high)

    def can_hold(self, context: MatchContext, low: int, high: int) -> bool:
        """Return True if it holds: a term is found or not."""
        return self.holds(context, low, high)

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Return prominence and evidence of a term that was found within the scope."""
        occurrences = self.occurrences(context, low, high)
        return Derivation(prominence_score(context.document, occurrences), "", (tuple(occurrences),))

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        """Return the cause for which the term was not found within the scope."""
        return [explainer.missing_terms(self.short_form, [self], low, high)]


@dataclass(frozen=True, eq=False)
class Operator:
    """An operator over other expressions.

    The arguments `low` and `high` of its methods are the scope: the range of the article's tokens to look in. The class
    does without ABCMeta, which would make isinstance several times slower; mypy checks abstract members all the same.
    """

    operands: tuple[Expression, ...]
    mark: Mark | None = field(default=None, kw_only=True)

    is_list: ClassVar[bool] = False

    def __getstate__(self) -> dict[str, object]:
        """Leave out of a pickle what is cached: another process computes what it needs of it."""
        return {each.name: self.__dict__[each.name] for each in fields(self)}

    @cached_property
    def operators(self) -> tuple[Operator, ...]:
        """The operands that are operators themselves."""
        return tuple(operand for operand in self.operands if not isinstance(operand, Term))

    @cached_property
    def depth(self) -> int:
        """The number of levels of the tree, named lists included."""
        return 1 + max((operand.depth for operand in self.operands), default=0)

    @cached_property
    def size(self) -> int:
        """The number of terms of the tree, each named list counted wherever it is used."""
        return sum(operand.size for operand in self.operands)

    # ------------------------------------------------------------ identity and wording

    @property
    @abstractmethod
    def signature(self) -> str:
        """The operator with its parameters. It is part of the rule's stored hash, so it must never change."""

    @property
    def is_ordered(self) -> bool:
        """True if the order of the operands has a meaning; part of the rule's stored hash, so it must never change."""
        return False

    @property
    def wording(self) -> str:
        """The operator as a rule file writes it: `near: 20`, `any`."""
        word, _, rest = self.signature.partition(" ")
        return f"{word}: {rest}" if rest else word

    @property
    def short_form(self) -> str:
        """The expression in a few words, for messages: near: 20 ['export ban', $chips]."""
        shown = [operand.short_form for operand in self.operands[:_OPERANDS_NAMED]]
        return f"{self.wording} [{', '.join(shown)}{', ...' * (len(self.operands) > _OPERANDS_NAMED)}]"

    # ------------------------------------------------------------ static analysis

    @property
    def zones(self) -> frozenset[str]:
        """The zones of all possible occurrences; empty when any zone is possible."""
        return frozenset()

    @property
    @abstractmethod
    def operands_needed(self) -> int:
        """The number of operands that must hold for this to hold; 0 if it can hold without any."""

    @property
    def required_operands(self) -> tuple[Expression, ...]:
        """The rarest operands, as many as make `operands_needed` impossible unless one of them holds."""
        rarest_first = sorted(self.operands, key=attrgetter("expected_frequency"))
        return tuple(rarest_first[: len(rarest_first) - self.operands_needed + 1])

    @cached_property
    def expected_frequency(self) -> float:
        """How often it may hold, relative to other expressions; infinite if it can hold where none of its terms is."""
        return sum(each.expected_frequency for each in self.required_operands) if self.operands_needed else inf

    def standalone_terms(self) -> list[Term]:
        """Return the terms of which each makes this hold by itself."""
        return []

    @property
    def positional(self) -> bool:
        """True if it has occurrences, which near, same, mentions and ignore require of their operands."""
        return False

    @property
    def only_terms(self) -> bool:
        """True if it is only a choice of terms."""
        return False

    def without(self, index: int) -> Expression:
        """Return the expression without one operand, for the coverage of tests."""
        return replace(self, operands=(*self.operands[:index], *self.operands[index + 1 :]))

    # ------------------------------------------------------------ evaluation

    @abstractmethod
    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Return True if the expression is true within the scope."""

    def can_hold(self, context: MatchContext, low: int, high: int) -> bool:
        """Return False if the terms found within the scope show that it does not hold; `holds` takes longer."""
        return context.can_hold(self, low, high)

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Return the occurrences within the scope in the order of the text; none unless `positional`."""
        del context, low, high
        return []

    @abstractmethod
    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Return branch, prominence and evidence. Call it only where the expression holds."""

    @abstractmethod
    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        """Return the causes for which it does not hold. Call it only where it does not hold."""

    def unmet_operands(self, context: MatchContext, low: int, high: int) -> list[Expression]:
        """Return the operands that do not hold within the scope."""
        return [operand for operand in self.operands if not operand.holds(context, low, high)]

    def explain_absent_operands(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        """Explain each operand that has no occurrence within the scope."""
        absent = [operand for operand in self.operands if not operand.occurrences(explainer.context, low, high)]
        return [cause for operand in absent for cause in operand.explain_miss(explainer, low, high)]


Expression = TermExpression | Operator


def requires_terms(expression: Expression) -> bool:
    """Return True if an expression holds only where one of its terms was found."""
    return expression.expected_frequency < inf


def walk_expressions(expressions: Iterable[Expression], *, into_lists: bool = True) -> Iterator[Expression]:
    """Yield all nodes from the top, shared nodes once; without `into_lists` not the entries of named lists."""
    seen: set[int] = set()
    waiting = list(expressions)[::-1]
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, Term):
            yield expression
        elif id(expression) not in seen:
            seen.add(id(expression))
            yield expression
            if into_lists or not expression.is_list:
                waiting += expression.operands[::-1]


def operators_of(expressions: Iterable[Expression]) -> set[Operator]:
    """Return the operators of expressions and of their named lists, without a look at the terms, which are far more."""
    found: set[Operator] = set()
    waiting = [each for each in expressions if not isinstance(each, Term)]
    while waiting:
        operator = waiting.pop()
        if operator not in found:
            found.add(operator)
            waiting += operator.operators
    return found


def terms_of(expressions: Iterable[Expression]) -> list[Term]:
    """Return the terms of expressions and of their named lists, each key once."""
    terms: dict[str, Term] = {}
    for expression in walk_expressions(expressions):
        if isinstance(expression, Term):
            terms.setdefault(expression.key, expression)
    return list(terms.values())
