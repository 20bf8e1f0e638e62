"""Coverage of a rule by its own tests: each part is left out in turn, and those that no test misses are named.

Parts are the entries of operators, those entries of lists that some test uses, the zones of `in` and what is ignored.
The articles are searched once; leaving a part out needs no new search, only a new look at what was found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.core.matching.expressions import AnyOf, InZone, NamedList, Operator
from monitor.core.matching.matcher import Matcher, match_rule
from monitor.core.matching.presearch import requires_a_term
from monitor.core.matching.terms import Term
from monitor.core.rules.rule_tests import fill, judge
from monitor.core.rules.wording import name, operator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.core.errors import Problem
    from monitor.core.matching.context import MatchContext
    from monitor.core.matching.expressions import Expression
    from monitor.core.matching.rulebook import Rule, RuleTest
    from monitor.core.model import Source

_ALL = 1_000_000


def survivors(rule: Rule, texts: Mapping[str, str]) -> list[Problem]:
    """Report the parts of a rule that its tests would not miss (W114); nothing for a rule without tests."""
    trial = _Trial(rule, [test for each in rule.tests if not isinstance(test := fill(each, texts), str)])
    if not trial.contexts:
        return []
    lost = list(_lost(trial, rule, rule.condition, ""))
    if rule.ignore is not None:
        lost += _lost(trial, rule, rule.ignore, "ignore")
    return list(dict.fromkeys(lost))


class _Trial:
    """The tests of one rule with what was found in their articles, and how the rule as it stands does."""

    def __init__(self, rule: Rule, tests: list[RuleTest]) -> None:
        self.tests = tests
        matcher = Matcher([replace(rule, status="test")])
        self.contexts: list[tuple[MatchContext, Source]] = [
            (matcher.scan(test.article, test.source), test.source) for test in tests
        ]
        self.done: set[int] = set()
        """Nodes looked into already, by identity."""
        self.used = {key for context, _ in self.contexts for key in context.spans}
        self._as_is = self._outcomes(rule)

    def notices(self, mutant: Rule) -> bool:
        """Say whether any test comes out differently; what no loader would take counts as noticed."""
        return not requires_a_term(mutant.condition) or self._outcomes(mutant) != self._as_is

    def _outcomes(self, rule: Rule) -> list[tuple[bool, bool]]:
        matches = [match_rule(rule, context, source, _ALL) for context, source in self.contexts]
        return [(match is not None, not judge(test, match)) for test, match in zip(self.tests, matches, strict=True)]


def _lost(trial: _Trial, rule: Rule, entry: Expression, within: str) -> Iterator[Problem]:
    """Leave out each part of an expression; look into a part only where the tests notice that it is gone."""
    if isinstance(entry, Term) or id(entry) in trial.done:
        return
    trial.done.add(id(entry))
    if isinstance(entry, InZone) and not trial.notices(_exchanged(rule, entry, entry.operand)):
        yield _problem(rule, entry, f"the zone '{entry.zone}'", "in")
    for at, part in enumerate(entry.entries):
        if isinstance(entry, InZone | NamedList):
            yield from _lost(trial, rule, part, f"${entry.name}" if isinstance(entry, NamedList) else "")
        elif within != "ignore" and isinstance(entry, AnyOf) and isinstance(part, Term) and part.key not in trial.used:
            continue  # one of several spellings: to ask for a test of each would drown what matters
        elif trial.notices(_exchanged(rule, entry, _shortened(entry, at))):
            yield from _lost(trial, rule, part, "")
        else:
            yield _problem(rule, part, name(part), within or operator(entry))


def _shortened(entry: Operator, at: int) -> Expression:
    rest = (*entry.entries[:at], *entry.entries[at + 1 :])
    return rest[0] if entry.pair and rest else replace(entry, entries=rest)


def _exchanged(rule: Rule, old: Expression, new: Expression) -> Rule:
    """Put another expression in the place of one, wherever the rule has it."""
    if rule.ignore is not None:
        ignore = _put(rule.ignore, old, new)
        if ignore is not rule.ignore and isinstance(ignore, AnyOf):
            return replace(rule, ignore=ignore)
    return replace(rule, condition=_put(rule.condition, old, new))


def _put(entry: Expression, old: Expression, new: Expression) -> Expression:
    if entry is old:
        return new
    if isinstance(entry, Term):
        return entry
    entries = tuple(_put(child, old, new) for child in entry.entries)
    unchanged = all(one is other for one, other in zip(entries, entry.entries, strict=True))
    return entry if unchanged else replace(entry, entries=entries)


def _problem(rule: Rule, part: Expression, what: str, whole: str) -> Problem:
    mark = part.mark or rule.mark
    return mark.warning("W114", f"no test of '{rule.id}' notices when {what} is left out of {whole}")
