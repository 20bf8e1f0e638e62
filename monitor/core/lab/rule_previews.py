"""What an edited text of rules would do if it were saved: its findings, the results of its tests, and a back-test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from monitor.core.errors import Problem, count_errors, errors_of
from monitor.core.lab.article_previews import ArticlePreview
from monitor.core.lab.backtests import Backtest
from monitor.core.lab.batch_matches import SampleHit
from monitor.core.lab.edited_files import EditedFiles
from monitor.core.lab.next_steps import NextSteps
from monitor.core.lab.placed_findings import MAX_FINDINGS, PlacedFinding, place_findings, shorten_paths
from monitor.core.matching.passages import Passage, Piece, best_sentence, mark_spans, marked_sentences
from monitor.core.matching.rulebook import Rule
from monitor.core.rules.rule_tests import RuleTestResult
from monitor.core.text import clean_line
from monitor.core.text.shortening import shorten

MAX_ARTICLES = 10
"""Articles that are shown of those that an edit gains, and of those that it loses, the newest."""
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
    not_run: int = 0
    """Tests of retired rules."""
    notable: tuple[FailedTest, ...] = ()
    """The first ones that fail, and those of which `todo` can be removed."""
    unlisted: int = 0
    """The number of further ones."""
    refused: tuple[str, ...] = ()
    """Live rules whose edit the daemon would not take: a test of them fails, or they have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticle:
    """An article of the archive that the rule finds, or found before."""

    article_id: int
    feed_id: str
    title: Passage
    """The headline, with the terms in it marked."""
    stored_at: datetime
    prominence: str
    sentence: Passage
    """The sentence with the most terms; empty if they are all in the headline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestPreview:
    """What a rule of the text finds in the archive, compared with the rule in force that has its id."""

    rule_id: str
    state: str
    """`new`: no rule in force has its id; `same`: it finds the same; `changed`."""
    since: datetime
    articles: int
    """The number of articles that were read, the newest ones."""
    oldest: datetime | None
    """When the oldest of them was stored; None without any."""
    end: Literal["period", "articles", "time"]
    """Why no older ones were read: the period begins there, it was as many as are read at once, or time was over."""
    hits: int
    stories: int
    hits_before: int
    gained: int
    lost: int
    shown: tuple[FoundArticle, ...]
    """The newest articles that are gained; of a rule that is new or unchanged, of all that it finds."""
    shown_lost: tuple[FoundArticle, ...]
    warnings: tuple[str, ...]

    @property
    def kept(self) -> int:
        """The number of articles that the rule finds and found before."""
        return self.hits - self.gained

    def per_day(self, now: datetime) -> float | None:
        """Return the hits a day since the oldest article; None if that is less than a day ago."""
        days = 0.0 if self.oldest is None else (now - self.oldest) / timedelta(days=1)
        return self.hits / days if days >= 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePreview:
    """The whole answer about one text."""

    findings: Findings
    rule_ids: tuple[str, ...] = ()
    """The rules in the text."""
    tests: TestResults | None = None
    """None if there are errors: then nothing else was looked at."""
    backtest: BacktestPreview | None = None
    """None if there are errors or no rules."""
    article: ArticlePreview | None = None
    """None if no article was given, too."""
    notes: tuple[str, ...] = ()
    """What is to be known about the ids of the rules, as sentences."""
    steps: NextSteps | None = None


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


def summarize_backtest(
    backtest: Backtest, oldest: datetime | None, end: Literal["period", "articles", "time"], path: str, folder: str
) -> BacktestPreview:
    """Sum up a back-test against the rule in force."""
    against = backtest.against
    is_changed = against is not None and against.state == "changed"
    shown = against.gained_samples if against and against.state != "same" else backtest.samples
    return BacktestPreview(
        rule_id=str(backtest.rule.id),
        state=against.state if against else "new",
        since=backtest.since,
        articles=backtest.articles,
        oldest=oldest,
        end=end,
        hits=backtest.hits,
        stories=backtest.stories,
        hits_before=against.hits if against else 0,
        gained=against.gained if against and is_changed else 0,
        lost=against.lost if against and is_changed else 0,
        shown=tuple(map(_found, shown[:MAX_ARTICLES])),
        shown_lost=tuple(map(_found, against.lost_samples[:MAX_ARTICLES] if against else ())),
        warnings=tuple(f"{each.code} {shorten_paths(each.message, path, folder)}" for each in backtest.warnings),
    )


def _found(sample: SampleHit) -> FoundArticle:
    best = best_sentence(sample.match.evidence)
    titles = [each for each in marked_sentences(sample.match.evidence) if each.zone == "title"]
    title = mark_spans(titles[0].text, titles[0].marks) if titles else (Piece(clean_line(sample.title)),)
    return FoundArticle(
        article_id=sample.article_id,
        feed_id=str(sample.feed_id),
        title=title,
        stored_at=sample.stored_at,
        prominence=sample.match.prominence,
        sentence=mark_spans(best.text, best.marks) if best and best.zone != "title" else (),
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
        not_run=sum(len(rule.tests) for rule in rules if rule.status == "retired"),
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
        unlisted=max(0, len(notable) - MAX_FAILURES),
        refused=(*failing, *untested),
    )
