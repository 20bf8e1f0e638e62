"""Coverage of a rule by its own tests: leave out each part in turn and report those that no test notices.

Parts are the operands of operators, the entries of lists that occur in some test, the zones of `in`, and what is
ignored. The articles are searched for terms once; only the evaluation is repeated for each part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from monitor.core.errors import Problem
from monitor.core.matching.alternatives import AnyOf, InZone, NamedList
from monitor.core.matching.expressions import Expression, Operator, requires_terms
from monitor.core.matching.matcher import Matcher
from monitor.core.matching.rulebook import Rule, RuleTest
from monitor.core.matching.terms import Term
from monitor.core.rules.rule_tests import evaluate_test, with_fixture


def untested_parts(rules: Sequence[Rule], fixtures: Mapping[str, str]) -> list[Problem]:
    """Return a W114 for each part of a rule that none of its tests covers; none for rules without tests."""
    matcher = Matcher([replace(rule, status="test") for rule in rules])
    return list(dict.fromkeys(problem for rule in rules for problem in _of_rule(rule, matcher, fixtures)))


def _of_rule(rule: Rule, matcher: Matcher, fixtures: Mapping[str, str]) -> Iterator[Problem]:
    tests = [test for each in rule.tests if not isinstance(test := with_fixture(each, fixtures), str)]
    if not tests:
        return
    examined = _LeaveOneOut(rule, tests, matcher)
    yield from examined.untested(rule.condition, "")
    if rule.ignore is not None:
        yield from examined.untested(rule.ignore, "ignore")


_NOTHING = AnyOf(())
"""The condition in the place of a list of variants of which none is found."""


class _LeaveOneOut:
    """The tests of one rule: the terms found in their articles, and the outcomes of the unchanged rule."""

    def __init__(self, rule: Rule, tests: list[RuleTest], matcher: Matcher) -> None:
        self._rule, self._tests = rule, tests
        self._contexts = [matcher.scan(test.article, test.source) for test in tests]
        self._visited: set[int] = set()
        """Shared nodes already examined, by identity."""
        self._keys_found = {key for context in self._contexts for key in context.spans}
        self._operators: dict[int, frozenset[int]] = {}
        """By the identity of an operator: those of all operators in it."""
        self._outcomes_unchanged = list(self._outcomes(rule))

    def untested(self, expression: Expression, within: str) -> Iterator[Problem]:
        """Leave out each part of an expression; examine a part itself only if a test notices its absence."""
        if isinstance(expression, Term) or id(expression) in self._visited:
            return
        self._visited.add(id(expression))
        if isinstance(expression, NamedList) and expression.variants:
            if not self._notices(expression, _NOTHING):
                yield self._problem(expression, f"an example of {expression.short_form}", "the tests")
            return
        if isinstance(expression, InZone) and not self._notices(expression, expression.operand):
            yield self._problem(expression, f"the zone '{expression.zone}'", "in")
        for index, part in enumerate(expression.operands):
            if isinstance(expression, InZone | NamedList):
                yield from self.untested(part, f"${expression.name}" if isinstance(expression, NamedList) else "")
            elif within != "ignore" and isinstance(expression, AnyOf) and self._is_unused_term(part):
                continue  # one of several spellings: asking for a test of each would hide the important warnings
            elif self._notices(expression, expression.without(index)):
                yield from self.untested(part, "")
            else:
                yield self._problem(part, part.short_form, within or expression.wording)

    def _is_unused_term(self, part: Expression) -> bool:
        return isinstance(part, Term) and part.key not in self._keys_found

    def _notices(self, old: Expression, new: Expression) -> bool:
        """Return True if a test has another outcome, or if the loader would refuse the changed rule."""
        changed = self._with_replaced(old, new)
        if not requires_terms(changed.condition):
            return True
        return any(now != before for now, before in zip(self._outcomes(changed), self._outcomes_unchanged, strict=True))

    def _outcomes(self, rule: Rule) -> Iterator[tuple[bool, bool]]:
        for test, context in zip(self._tests, self._contexts, strict=True):
            matched, failure = evaluate_test(rule, test, context)
            yield matched, not failure

    def _problem(self, part: Expression, what: str, whole: str) -> Problem:
        mark = part.mark or self._rule.mark
        return mark.warning("W114", f"no test of '{self._rule.id}' notices when {what} is left out of {whole}")

    def _with_replaced(self, old: Expression, new: Expression) -> Rule:
        """Return the rule with another expression wherever it has `old`."""
        rule = self._rule
        if rule.ignore is not None:
            ignore = self._replace(rule.ignore, old, new)
            if ignore is not rule.ignore and isinstance(ignore, AnyOf):
                return replace(rule, ignore=ignore)
        return replace(rule, condition=self._replace(rule.condition, old, new))

    def _replace(self, expression: Expression, old: Expression, new: Expression) -> Expression:
        if expression is old:
            return new
        if isinstance(expression, Term) or id(old) not in self._operators_in(expression):
            return expression
        return replace(expression, operands=tuple(self._replace(each, old, new) for each in expression.operands))

    def _operators_in(self, operator: Operator) -> frozenset[int]:
        found = self._operators.get(id(operator))
        if found is None:
            inner = (self._operators_in(each) for each in operator.operands if not isinstance(each, Term))
            found = self._operators[id(operator)] = frozenset([id(operator)]).union(*inner)
        return found
