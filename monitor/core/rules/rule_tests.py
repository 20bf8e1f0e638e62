"""Runs the tests inside rules, drafts included, and checks that live rules have tests of both kinds.

The articles of fixture files are passed in as text; reading them is left to the caller.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from monitor.core.errors import Problem
from monitor.core.matching.context import MatchContext
from monitor.core.matching.matcher import Matcher, match_rule, rule_matches
from monitor.core.matching.rulebook import Rule, RuleTest
from monitor.core.model import Article, Match, Source
from monitor.core.problems import misspelt_field
from monitor.core.rules.rule_test_reader import source_of_test
from monitor.core.rules.why_not import RuleMisses
from monitor.core.text import words

UNTESTED = "E052"
_ALL_EVIDENCE = 1_000_000
"""A limit of evidence that nothing reaches: `because` may name any of it."""
_CAUSES_SHOWN = 2
_Scan = Callable[[Article, Source], MatchContext]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTestResult:
    """The result of one test."""

    rule: Rule
    test: RuleTest
    failure: str
    """Why the test failed; empty if it passed."""

    @property
    def fatal(self) -> bool:
        """True if it failed without being marked as todo."""
        return bool(self.failure) and not self.test.todo


def fixture_paths(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the paths of the fixture files of all tests."""
    return frozenset(test.fixture for rule in rules for test in rule.tests if test.fixture)


def run_tests(rules: Sequence[Rule], fixtures: Mapping[str, str], explained: float = inf) -> Iterator[RuleTestResult]:
    """Run the tests of all rules that are not retired; `fixtures` has the text of fixture files by path.

    `explained` is the number of fatal failures per rule that are explained, which takes far longer than the tests.
    """
    tested = [rule for rule in rules if rule.status != "retired"]
    matcher = Matcher([replace(rule, status="test") for rule in tested])
    for rule in tested:
        fatal, misses = 0, RuleMisses(replace(rule, status="test"))
        for test in rule.tests:
            result = _run(rule, test, matcher.scan, fixtures, misses if fatal < explained else None)
            fatal += result.fatal
            yield result


def _run(
    rule: Rule, test: RuleTest, scan: _Scan, fixtures: Mapping[str, str], misses: RuleMisses | None
) -> RuleTestResult:
    filled = with_fixture(test, fixtures)
    if isinstance(filled, str):
        return RuleTestResult(rule=rule, test=test, failure=filled)
    context = scan(filled.article, filled.source)
    matched, failure = evaluate_test(rule, filled, context)
    if failure and not matched and misses:
        causes = misses.causes(filled.article, filled.source, context)
        failure += f": {'; '.join(cause.message for cause in causes[:_CAUSES_SHOWN])}"
    return RuleTestResult(rule=rule, test=test, failure=failure)


def evaluate_test(rule: Rule, test: RuleTest, context: MatchContext) -> tuple[bool, str]:
    """Return whether the rule matches the article of a test, and how the test failed; empty if it passed."""
    if not rule_matches(rule, context, test.source):
        return False, "must match, but did not" if test.kind == "hit" else ""
    if test.kind == "hit" and not test.because:
        return True, ""  # without a look at the evidence, which takes as long as the rest
    match = match_rule(rule, context, test.source, _ALL_EVIDENCE)
    return True, _find_wrong_match(test, match) if match else ""


def _find_wrong_match(test: RuleTest, match: Match) -> str:
    """Return what is wrong with the match in the article of a test."""
    if test.kind == "miss":
        return f"must not match, but did: {_describe_match(match)}"
    evidence = {" ".join(words(text)) for each in match.evidence for text in (each.term, each.as_written)}
    absent = [term for term in test.because if " ".join(words(term.lstrip("=").rstrip("*"))) not in evidence]
    quoted = ", ".join(f"'{term}'" for term in absent)
    return f"matches, but not because of {quoted}; the evidence is {_describe_match(match)}" if absent else ""


def _describe_match(match: Match) -> str:
    """Describe in one line why a rule matched."""
    terms = dict.fromkeys(f"'{each.as_written}' in {each.zone}" for each in match.evidence)
    return f"{match.branch or 'term'}: {', '.join(list(terms)[:6])}"


def with_fixture(test: RuleTest, fixtures: Mapping[str, str]) -> RuleTest | str:
    """Return the test with the article of its fixture, or the reason why it cannot be read."""
    if not test.fixture:
        return test
    if test.fixture not in fixtures:
        return f"there is no file {test.fixture}"
    try:
        data = json.loads(fixtures[test.fixture])
        article, source = parse_article(data)
    except (ValueError, TypeError, RecursionError) as error:
        return f"{test.fixture} cannot be read: {error}"
    return replace(test, article=article, source=source)


def parse_article(data: object) -> tuple[Article, Source]:
    """Parse `{"title", "text", "lang"?, "url"?, "source"?, "author"?}`; TypeError or ValueError say what is wrong."""
    if not isinstance(data, dict):
        raise TypeError('not an object like {"title": ..., "text": ...}')
    names = {"title": "title", "text": "body", "lang": "language", "url": "url", "source": "source", "author": "author"}
    if wrong := misspelt_field(data, ("title", "text")):
        raise ValueError(wrong)
    fields = {key: data.get(key, data.get(other)) for key, other in names.items()}
    texts = {key: "" if value is None else value for key, value in fields.items()}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise TypeError(f"{key} must be text")
    if not (texts["title"] or texts["text"]):
        raise ValueError("neither title nor text")
    article = Article(
        title=texts["title"], text=texts["text"], url=texts["url"], language=texts["lang"], author=texts["author"]
    )
    return article, source_of_test(texts["source"], texts["url"])


def missing_fixtures(rules: Iterable[Rule], fixtures: Mapping[str, str]) -> list[Problem]:
    """Return an E050 for each test whose fixture cannot be read."""
    return [
        test.mark.problem("E050", reason)
        for rule in rules
        for test in rule.tests
        if isinstance(reason := with_fixture(test, fixtures), str)
    ]


def missing_kinds(rule: Rule) -> Problem | None:
    """Return an E052 for a live rule without tests, a W108 for one without a hit or without a miss among them."""
    if rule.status == "live" and not rule.tests:
        return rule.mark.problem(UNTESTED, f"live rule '{rule.id}' has no tests: it needs a hit and a miss")
    kinds = {test.kind for test in rule.tests}
    absent = [kind for kind in ("hit", "miss") if kind not in kinds]
    if rule.status != "live" or not absent:
        return None
    return rule.mark.warning(
        "W108", f"live rule '{rule.id}' needs a test of each kind: it has no {' and no '.join(absent)}"
    )
