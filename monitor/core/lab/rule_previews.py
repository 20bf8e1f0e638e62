"""What an edited text of rules would do if it were saved: its findings, and the results of the tests of its rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.core.errors import Problem, count_errors, errors_of
from monitor.core.lab.edited_files import EditedFiles
from monitor.core.lab.placed_findings import MAX_FINDINGS, PlacedFinding, place_findings, shorten_paths
from monitor.core.matching.rulebook import Rule
from monitor.core.rules.rule_tests import RuleTestResult
from monitor.core.text.shortening import shorten

MAX_FAILURES = 20
"""Tests that are listed with the reason why they fail; the others are counted."""
_NAME_CHARS = 80
"""Characters of the name of a test, which is the title of its article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is wrong with the text, errors first."""

    placed: tuple[PlacedFinding, ...] = ()
    """The first ones."""
    errors: int = 0
    warnings: int = 0

    @property
    def unlisted(self) -> int:
        """The number of findings that are not placed."""
        return max(0, self.errors + self.warnings - len(self.placed))


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTest:
    """A test that fails, or one marked as `todo` that does not fail any more."""

    rule_id: str
    kind: str
    name: str
    line: int
    reason: str
    """Why it fails; empty if it passes."""
    todo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResults:
    """The results of the tests of all rules in the text."""

    __test__ = False  # pytest would collect it otherwise
    passed: int = 0
    failed: int = 0
    todo: int = 0
    """Tests that fail and are marked as known to."""
    notable: tuple[FailedTest, ...] = ()
    """The first ones that fail, and those of which `todo` can be removed."""
    refused: tuple[str, ...] = ()
    """Live rules whose edit the daemon would not take: a test of them fails, or they have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePreview:
    """The whole answer about one text."""

    findings: Findings
    rule_ids: tuple[str, ...] = ()
    """The rules in the text."""
    tests: TestResults | None = None
    """None if there are errors: then nothing else was looked at."""


def own_findings(problems: Iterable[Problem], edited: EditedFiles, folder: str) -> Findings:
    """Return the findings about the text itself, and the errors that it would cause in other files."""
    other_paths = {file.path for file in edited.others}
    own = [each for each in problems if each.level == "error" or each.path not in other_paths]
    errors = errors_of(own)
    return Findings(
        placed=place_findings(own, edited.text.text, edited.text.path, folder)[:MAX_FINDINGS],
        errors=count_errors(errors),
        warnings=len(own) - len(errors),
    )


def summarize_tests(results: Sequence[RuleTestResult], rules: Sequence[Rule], path: str, folder: str) -> TestResults:
    """Sum up the results of the tests of these rules."""
    failed = sum(each.fatal for each in results)
    todo = sum(bool(each.failure) for each in results) - failed
    notable = [each for each in results if each.failure or each.test.todo]
    live = {rule.id: rule for rule in rules if rule.status == "live"}
    untested = [rule_id for rule_id, rule in live.items() if not rule.tests]
    failing = dict.fromkeys(each.rule.id for each in results if each.fatal and each.rule.id in live)
    return TestResults(
        passed=len(results) - failed - todo,
        failed=failed,
        todo=todo,
        notable=tuple(
            FailedTest(
                rule_id=each.rule.id,
                kind=each.test.kind,
                name=shorten(each.test.name, _NAME_CHARS),
                line=each.test.mark.line,
                reason=shorten_paths(each.failure, path, folder),
                todo=each.test.todo,
            )
            for each in sorted(notable, key=lambda each: not each.fatal)[:MAX_FAILURES]
        ),
        refused=(*failing, *untested),
    )
