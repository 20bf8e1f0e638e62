"""Decides whether an edited rule comes into force: a live one does not if its own tests fail or if it has none.

A rule that was in force stays so in its earlier version. One that never was runs with `status: test`: its hits are
stored and can be viewed, but nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from monitor.core.counts import count
from monitor.core.errors import Problem
from monitor.core.matching.rulebook import Rule, RuleBook
from monitor.core.model import Refusal
from monitor.core.rules.rule_tests import RuleTestResult, missing_kinds, run_tests
from monitor.core.text.shortening import shorten
from monitor.core.yaml_errors import shorten_quotation

FAILING = "E051"
_STAYS = "its version from before stays in force"
_RUNS_AS_TEST = "until it passes, it runs with status: test, so its hits are stored and not sent"
_MAX_REASON_CHARS = 200


def untrusted_rules(rules: Iterable[Rule], fixtures: Mapping[str, str]) -> dict[str, Problem]:
    """Return why live rules do not come into force, by id: their first test that fails, or that they have none.

    `fixtures` has the text of fixture files by path. Tests marked as todo may fail.
    """
    live = [rule for rule in rules if rule.status == "live"]
    untested = ((rule.id, missing_kinds(rule)) for rule in live if not rule.tests)
    untrusted = {rule_id: problem for rule_id, problem in untested if problem is not None}
    failures: dict[str, list[RuleTestResult]] = {}
    for result in run_tests(live, fixtures, explained=1):
        if result.fatal:
            failures.setdefault(result.rule.id, []).append(result)
    return untrusted | {rule_id: _failing_test_problem(results) for rule_id, results in failures.items()}


def _failing_test_problem(results: list[RuleTestResult]) -> Problem:
    first = results[0]
    other_failures = len(results) - 1
    more = f" (and {count(other_failures, 'more test')})" if other_failures else ""
    reason = shorten(first.failure, _MAX_REASON_CHARS)
    name = f"{first.test.kind} '{shorten_quotation(first.test.name)}'"
    return first.test.mark.problem(FAILING, f"live rule '{first.rule.id}' fails its test {name}{more}: {reason}")


def keep_versions_in_force(
    book: RuleBook, untrusted: Mapping[str, Problem], earlier: Mapping[str, Rule]
) -> tuple[RuleBook, tuple[Refusal, ...]]:
    """Replace each untrusted rule by its `earlier` version, or run it with status test if there is none."""
    refusals = tuple(
        Refusal(problem=problem, rule_id=rule_id, instead=_STAYS if rule_id in earlier else _RUNS_AS_TEST)
        for rule_id, problem in untrusted.items()
    )
    kept = [
        earlier.get(rule.id) or replace(rule, status="test") if rule.id in untrusted else rule for rule in book.rules
    ]
    return replace(book, rules=tuple(kept)), refusals
