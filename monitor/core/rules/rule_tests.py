"""Running the tests that stand in rules: what each became, and what a set of tests lacks.

Pure: the articles of fixtures are handed in as text. A draft's tests are run too, since that is when they are written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.core.matching.matcher import Matcher, match_rule
from monitor.core.matching.rulebook import RuleTest
from monitor.core.model import Article, Source
from monitor.core.rules.test_reader import source_of
from monitor.core.rules.why_not import why_not
from monitor.core.text import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from monitor.core.errors import Problem
    from monitor.core.matching.rulebook import Rule
    from monitor.core.model import Match

_ALL = 1_000_000
_CAUSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one test."""

    rule: Rule
    test: RuleTest
    match: Match | None
    failure: str
    """Empty when the test passed."""

    @property
    def fatal(self) -> bool:
        """Failed, and not known to."""
        return bool(self.failure) and not self.test.todo


def fixtures(rules: Iterable[Rule]) -> frozenset[str]:
    """Name the files that tests ask for."""
    return frozenset(test.fixture for rule in rules for test in rule.tests if test.fixture)


def run(rules: Sequence[Rule], texts: Mapping[str, str]) -> Iterator[Result]:
    """Run the tests of all rules but retired ones; `texts` holds the fixtures by path."""
    tested = [rule for rule in rules if rule.status != "retired"]
    matcher = Matcher([replace(rule, status="test") for rule in tested])
    for rule in tested:
        for test in rule.tests:
            yield _run(rule, test, matcher, texts)


def _run(rule: Rule, test: RuleTest, matcher: Matcher, texts: Mapping[str, str]) -> Result:
    filled = fill(test, texts)
    if isinstance(filled, str):
        return Result(rule=rule, test=test, match=None, failure=filled)
    match = match_rule(rule, matcher.scan(filled.article, filled.source), filled.source, limit=_ALL)
    failure = judge(filled, match)
    if failure and match is None:
        causes = why_not(replace(rule, status="test"), filled.article, filled.source)
        failure += f": {'; '.join(cause.message for cause in causes[:_CAUSES])}"
    return Result(rule=rule, test=test, match=match, failure=failure)


def judge(test: RuleTest, match: Match | None) -> str:
    """Say how a test failed; an empty string when it passed."""
    if test.kind == "miss":
        return f"must not match, but did: {shown(match)}" if match else ""
    if match is None:
        return "must match, but did not"
    shown_terms = {" ".join(words(text)) for each in match.evidence for text in (each.term, each.as_written)}
    lost = [term for term in test.because if " ".join(words(term.lstrip("=").rstrip("*"))) not in shown_terms]
    return f"matches, but not because of {_quoted(lost)}; the evidence is {shown(match)}" if lost else ""


def shown(match: Match) -> str:
    """Say in one line why a rule matched."""
    terms = dict.fromkeys(f"'{each.as_written}' in {each.zone}" for each in match.evidence)
    return f"{match.branch or 'term'}: {', '.join(list(terms)[:6])}"


def _quoted(terms: Iterable[str]) -> str:
    return ", ".join(f"'{term}'" for term in terms)


def fill(test: RuleTest, texts: Mapping[str, str]) -> RuleTest | str:
    """Put the article of its fixture into a test; a sentence when that cannot be."""
    if not test.fixture:
        return test
    if test.fixture not in texts:
        return f"there is no file {test.fixture}"
    try:
        told = json.loads(texts[test.fixture])
        article, source = article_of(told)
    except (ValueError, TypeError, RecursionError) as error:
        return f"{test.fixture} cannot be read: {error}"
    return replace(test, article=article, source=source)


def article_of(told: object) -> tuple[Article, Source]:
    """Make an article of `{"title", "text", "lang"?, "url"?, "source"?, "author"?}`, or say what is wrong."""
    if not isinstance(told, dict):
        raise TypeError('not an object like {"title": ..., "text": ...}')
    names = {"title": "title", "text": "body", "lang": "language", "url": "url", "source": "source", "author": "author"}
    given = {key: told.get(key, told.get(other)) for key, other in names.items()}
    texts = {key: "" if value is None else value for key, value in given.items()}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise TypeError(f"{key} must be text")
    if not (texts["title"] or texts["text"]):
        raise ValueError("neither title nor text")
    article = Article(
        title=texts["title"], text=texts["text"], url=texts["url"], language=texts["lang"], author=texts["author"]
    )
    return article, source_of(texts["source"], texts["url"])


def missing(rules: Iterable[Rule], texts: Mapping[str, str]) -> list[Problem]:
    """Report the tests whose article cannot be had."""
    return [
        test.mark.problem("E050", said)
        for rule in rules
        for test in rule.tests
        if isinstance(said := fill(test, texts), str)
    ]


def lacking(rule: Rule) -> Problem | None:
    """Say what a live rule lacks: it needs at least one test that it hits and one that it misses."""
    kinds = {test.kind for test in rule.tests}
    lost = [kind for kind in ("hit", "miss") if kind not in kinds]
    if rule.status != "live" or not lost:
        return None
    return rule.mark.warning(
        "W108", f"live rule '{rule.id}' needs a test of each kind: it has no {' and no '.join(lost)}"
    )
