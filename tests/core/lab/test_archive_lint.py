"""Lint by the archive: each code, the exact line, and when there is no warning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.lab.archive_lint import archive_lint
from monitor.core.lab.backtests import Backtest, Overlap, TermCount
from monitor.core.matching.expressions import terms_of
from monitor.core.model import RuleId
from monitor.core.rules import SourceFile, load

UNTIL = datetime(2026, 11, 24, tzinfo=UTC)
RULE = """\
version: 1
rules:
  - id: chips
    title: Chips
    topic: chips
    {suppress}any: [GPU, {{near: 5, of: [export, regulat*]}}]
    none: [horoscope]
"""


def record(*, articles=1000, hits=10, without_none=None, terms=None, overlaps=(), suppress="", days=90) -> Backtest:
    """A record; `terms` gives (articles, words) by term."""
    book, problems = load([SourceFile("chips.yaml", RULE.format(suppress=suppress))])
    assert not [problem for problem in problems if problem.level == "error"], problems
    (rule,) = book.rules
    found = terms or {}
    counts = []
    for term in terms_of([rule.condition]):
        number, words = found.get(term.text, (1, ()))
        counts.append(TermCount(term, number, 0, words))
    return Backtest(
        rule=rule, since=UNTIL - timedelta(days=days), until=UNTIL, articles=articles, hits=hits, stories=hits,
        without_none=hits if without_none is None else without_none, weeks=(), terms=tuple(counts),
        overlaps=tuple(Overlap(RuleId(name), both, theirs) for name, both, theirs in overlaps),
        peaks=(), peaks_left_out=0, samples=(),
    )  # fmt: skip


def lines(backtest: Backtest) -> list[str]:
    return [str(problem) for problem in archive_lint(backtest)]


def test_a_sound_rule_has_no_warning() -> None:
    assert lines(record()) == []


def test_w101_names_a_bare_term_that_stands_in_too_many_articles() -> None:
    assert lines(record(terms={"GPU": (21, ())}, hits=21)) == [
        "chips.yaml:6:11: warning: W101 'GPU' alone is too broad: it occurs in 2.1 % of the archive"
    ]


def test_w101_lets_a_frequent_term_be_that_does_not_stand_alone() -> None:
    assert lines(record(terms={"export": (500, ())})) == []


def test_w101_names_the_rule_where_no_term_makes_it_broad_alone() -> None:
    assert lines(record(hits=300)) == [
        "chips.yaml:3:5: warning: W101 rule 'chips' is broad: it matches 30.0 % of the archive"
    ]


def test_w101_says_nothing_of_a_handful_of_articles() -> None:
    assert lines(record(articles=20, hits=9, terms={"GPU": (9, ())})) == []


def test_w107_names_a_rule_that_never_matched() -> None:
    (line,) = lines(record(hits=0, days=180))
    assert line == (
        "chips.yaml:3:5: warning: W107 rule 'chips' has no match in 180 days (1,000 articles); "
        "are its terms those that the sources use?"
    )


def test_w107_says_nothing_of_an_empty_archive() -> None:
    assert lines(record(articles=0, hits=0)) == []


@pytest.mark.parametrize(
    ("hits", "without_none", "warned"), [(80, 100, False), (79, 100, True), (9, 18, False), (10, 20, True)]
)
def test_w109_names_a_none_that_takes_away_more_than_a_fifth(hits: int, without_none: int, warned: bool) -> None:
    share = 100 * (without_none - hits) / without_none
    line = f"chips.yaml:3:5: warning: W109 none of 'chips' takes away {share:.1f} % of what it would find"
    assert lines(record(hits=hits, without_none=without_none, articles=9999)) == (
        [f"{line} ({without_none - hits} articles)"] if warned else []
    )


def test_w112_names_a_rule_that_finds_nearly_the_same() -> None:
    assert lines(record(hits=20, overlaps=[("gpus", 19, 20), ("wide", 20, 400), ("few", 9, 9)])) == [
        "chips.yaml:3:5: warning: W112 rule 'chips' finds nearly the same as 'gpus': 90.5 % of what either finds"
    ]


def test_w113_prints_the_words_that_a_wildcard_stands_for() -> None:
    words = tuple(f"regulat{number:02}" for number in range(51))
    assert lines(record(terms={"regulat*": (60, words[:50])})) == []
    assert lines(record(terms={"regulat*": (60, words)})) == [
        f"chips.yaml:6:39: warning: W113 'regulat*' stands for 51 words of the archive: {', '.join(words)}"
    ]
    many = tuple(f"regulat{number:03}" for number in range(99))
    (line,) = lines(record(terms={"regulat*": (99, many)}))
    assert line.endswith("regulat058, regulat059, ...")


def test_a_rule_silences_a_code_with_a_reason() -> None:
    assert lines(record(hits=300, suppress="suppress: {W101: that is what it is for}\n    ")) == []
