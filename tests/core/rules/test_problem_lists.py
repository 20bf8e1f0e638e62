"""Collected problems, and the suggestions in them."""

from __future__ import annotations

import pytest

from monitor.core.errors import count_errors
from monitor.core.model import refusals_of_folder
from monitor.core.problems import ProblemList, closest
from monitor.core.yaml_nodes import Mark

MARK = Mark("r.yaml", 3, 5)


@pytest.mark.parametrize(
    ("word", "choices", "guess"),
    [
        ("non", ["any", "none", "note"], "none"),
        ("titel", ["title", "topic"], "title"),
        ("fo", ["in", "of"], "of"),
        ("Status", ["status"], "status"),
        ("xyz", ["title"], ""),
        ("", ["title"], ""),
        ("ab", [], ""),
    ],
)
def test_the_closest_choice_is_suggested_or_none(word: str, choices: list[str], guess: str) -> None:
    assert closest(word, choices) == guess
    suggested = ProblemList().did_you_mean(word, choices, otherwise="use one of these")
    assert suggested == (f"; did you mean '{guess}'?" if guess else "; use one of these")


def test_suggestions_are_limited_in_length_and_number() -> None:
    problems = ProblemList()

    assert problems.did_you_mean("n" * 100, ["n" * 99]) == ""
    assert [problems.did_you_mean("non", ["none"]) for _ in range(60)].count("; did you mean 'none'?") == 49
    assert problems.did_you_mean("non", ["none"], otherwise="use none") == "; use none"


def test_problems_are_sorted_reported_once_and_counted() -> None:
    problems = ProblemList()
    problems.warning(Mark("r.yaml", 9, 1), "W101", "later")
    for _ in range(2):
        problems.error(MARK, "E002", "unknown")

    assert [str(problem) for problem in problems.all()] == [
        "r.yaml:3:5: error: E002 unknown",
        "r.yaml:9:1: warning: W101 later",
    ]
    assert problems.error_count == 2


def test_beyond_five_hundred_only_the_errors_are_counted() -> None:
    problems = ProblemList()
    for line in range(600):
        problems.warning(Mark("r.yaml", line + 1, 2), "W101", "odd")
    for line in range(600):
        problems.error(Mark("r.yaml", line + 1, 1), "E002", f"unknown {'x' * line}")

    found = problems.all()

    assert [problem.level for problem in found].count("warning") == 500
    assert str(found[-1]) == "r.yaml: error: E000 and 100 more; correct these first"
    assert count_errors(found) == 600


def test_the_last_of_ten_errors_with_one_message_counts_the_others_once_each_and_others_are_all_listed() -> None:
    problems = ProblemList()
    problems.error(Mark("r.yaml", 90, 1), "E003", "duplicate")
    for line in (*range(1, 31), *range(1, 31)):
        problems.error(Mark("q.yaml", line, 1), "E002", "unknown list 'nix'")
        problems.error(Mark("r.yaml", line, 1), "E002", f"unknown key 'key{line}'")
    again = ProblemList()
    again.add(problems.all())  # as the loader does with the problems of the rules

    found = [str(problem) for problem in again.all()]

    assert found[8:11] == [
        "q.yaml:9:1: error: E002 unknown list 'nix'",
        "q.yaml:10:1: error: E002 unknown list 'nix'; and 20 more errors like this",
        "r.yaml:1:1: error: E002 unknown key 'key1'",
    ]
    assert len(found) == 10 + 30 + 1
    assert (count_errors(again.all()), refusals_of_folder(again.all())[0].more) == (30 + 30 + 1, 60)
