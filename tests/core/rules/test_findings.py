"""Problems as they are gathered, and the suggestions in them."""

from __future__ import annotations

import pytest

from monitor.core.documents import Mark
from monitor.core.findings import Findings, closest

MARK = Mark("r.yaml", 3, 5)


@pytest.mark.parametrize(
    ("word", "choices", "guess"),
    [
        ("non", ["any", "none", "note"], "none"),
        ("titel", ["title", "topic"], "title"),
        ("Status", ["status"], "status"),
        ("xyz", ["title"], ""),
        ("", ["title"], ""),
        ("ab", [], ""),
    ],
)
def test_the_closest_choice_is_suggested_or_none(word: str, choices: list[str], guess: str) -> None:
    assert closest(word, choices) == guess
    assert Findings().guess(word, choices) == guess


def test_suggestions_are_rationed() -> None:
    findings = Findings()

    assert findings.guess("n" * 100, ["n" * 99]) == ""
    assert [findings.guess("non", ["none"]) for _ in range(60)].count("none") == 49


def test_problems_are_sorted_told_once_and_counted() -> None:
    findings = Findings()
    findings.warning(Mark("r.yaml", 9, 1), "W101", "later")
    for _ in range(2):
        findings.error(MARK, "E002", "unknown")

    assert [str(problem) for problem in findings.all()] == [
        "r.yaml:3:5: error: E002 unknown",
        "r.yaml:9:1: warning: W101 later",
    ]
    assert findings.errors == 2


def test_beyond_five_hundred_only_the_errors_are_counted() -> None:
    findings = Findings()
    for line in range(600):
        findings.error(Mark("r.yaml", line + 1, 1), "E002", "unknown")
        findings.warning(Mark("r.yaml", line + 1, 2), "W101", "odd")

    found = findings.all()

    assert len(found) == 501
    assert str(found[-1]) == "r.yaml: error: E000 and 350 more; mend these first"
