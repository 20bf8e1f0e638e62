"""Every message about a rule file: the file that causes it, and the printed lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.core.rules import SourceFile, load
from tests.core.rule_samples import HEAD, body_lines, lines, read

CASES = Path(__file__).parent / "messages"


def _cases(name: str) -> list[tuple[str, list[str]]]:
    blocks = (CASES / name).read_text("utf-8").split("\n\n", 1)[1]
    found = re.findall(r"((?:^(?!=> ).*\n)+?)((?:^=> .*\n)+)", blocks, re.MULTILINE)
    return [(text.strip("\n") + "\n", [f"r.yaml:{line[3:]}" for line in said.splitlines()]) for text, said in found]


@pytest.mark.parametrize(("body", "said"), _cases("rule_bodies.txt"))
def test_errors_of_a_rule_are_reported_by_line(body: str, said: list[str]) -> None:
    indented = "".join(f"  {line}\n" for line in body.splitlines())

    assert body_lines(indented, channels=["chips-daily"], themes=["doc#theme"]) == said


@pytest.mark.parametrize(("text", "said"), _cases("rule_files.txt"))
def test_errors_of_a_file_are_reported_by_line(text: str, said: list[str]) -> None:
    assert lines(text) == said


@pytest.mark.parametrize(("query", "said"), _cases("queries.txt"))
def test_an_error_of_a_query_is_reported_at_its_column(query: str, said: list[str]) -> None:
    assert body_lines(f"  query: '{query.rstrip()}'\n") == said


SPACE = "error: E040 a space between 'beta' and 'gamma'; quote a phrase: \"beta gamma\", or put AND or OR"


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("alpha OR beta gamma", "7:24"),
        ("(é中) AND beta gamma", "7:24"),
        ("'alpha OR beta gamma'", "7:25"),
        ("'''x OR beta gamma'", "7:23"),
        ('"\\"é中\\" AND beta gamma"', "7:27"),
        ("|\n    (alpha OR\n     beta gamma)", "9:11"),
        ("|\n\n      alpha OR beta gamma", "9:21"),
    ],
)
def test_the_column_of_a_query_is_that_of_the_file_however_it_is_quoted(written: str, place: str) -> None:
    assert body_lines(f"  query: {written}\n") == [f"r.yaml:{place}: {SPACE}"]


@pytest.mark.parametrize(
    "written", [">\n    (alpha OR\n     beta)", "(alpha OR\n     beta)", "'(alpha OR\n     beta)'"]
)
def test_a_query_over_several_lines_is_a_block(written: str) -> None:
    said = "r.yaml:7:10: error: E040 write the query on one line, or as a block that starts with |"

    assert body_lines(f"  query: {written}\n") == [said]


def test_a_query_of_unbounded_length_is_refused() -> None:
    said = "the query is longer than 10000 characters; put terms into lists: and name them as $list"

    assert body_lines(f"  query: {' OR '.join(['alpha'] * 2_000)}\n") == [f"r.yaml:7:10: error: E040 {said}"]


def test_errors_of_all_files_are_reported_in_one_run_and_in_order() -> None:
    files = [SourceFile("b.yaml", HEAD + "  non: [x]\n"), SourceFile("a.yaml", HEAD + "  any: [$nix]\n  {\n")]

    _, problems = load(files)

    assert [f"{problem.path} {problem.code}" for problem in problems] == ["a.yaml E001", "b.yaml E002"]


def test_a_list_that_no_file_has_is_reported_once_however_often_it_is_used() -> None:
    uses = "  any: [$nix, {all: [$nix, $ai]}]\n  ignore: [$said, $chip]\n"
    listed = "lists: {said: [said], chips: [chips]}\n" + HEAD.removeprefix("version: 1\n")
    before, after = SourceFile("rules/b.yaml", listed + uses), SourceFile("rules/c.yaml", "lists: {x1: [$ai, beta]}\n")

    assert [str(problem) for problem in load([before, after])[1]] == [
        "rules/b.yaml:7:9: error: E010 unknown list '$nix', and at 1 more place; no file has it under lists:",
        "rules/b.yaml:7:28: error: E010 unknown list '$ai', and at 1 more place; no file has it under lists:",
        "rules/b.yaml:8:19: error: E010 unknown list '$chip'; did you mean \"$chips\"?",
    ]
    lost = SourceFile("rules/d/d.yaml", "lists: {y1: [$lost, $nix]}\n")
    found = [str(problem) for problem in load([before, after, lost])[1]]
    assert found[0] == ("rules: error: E010 4 lists are unknown; a file of lists may be missing or not end with .yaml")
    assert found[3] == "rules/b.yaml:8:19: error: E010 unknown list '$chip'"


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("lists:\n  ai: [AI\n  nix: [x]\n", "E001"),
        ("{lists: {'ai': [a, 'b]}, \"nix\" : [c]}", "E001"),
        ("list:\n  ai: [AI]\n  nix: [alpha]\n", "E002"),
        ("lists: {chips: [GPU]}\nlists:\n  ai: [AI]\n  nix: [alpha]\n", "E003"),
    ],
)
def test_a_list_in_a_file_that_is_not_read_whole_is_not_reported_as_unknown(broken: str, code: str) -> None:
    uses = SourceFile("b.yaml", HEAD + "  any: [$ai, $nix, $other]\n")

    _, problems = load([SourceFile("a.yaml", broken), uses])
    _, without_file = load([uses], complete=False)

    assert [f"{problem.path} {problem.code}" for problem in problems] == [f"a.yaml {code}", "b.yaml E010"]
    assert without_file == []


def test_a_rule_has_no_further_error_where_its_list_has_one() -> None:
    text = HEAD.replace("rules:", "lists: {bad: [AI AND chips]}\nrules:") + "  at_least: 2\n  of: [$bad, alpha]\n"

    assert [line.partition("error: ")[2][:4] for line in lines(text)] == ["E014"]


def test_names_are_global_over_all_files() -> None:
    text = "topics: {t: One}\nlists: {l: [alpha]}\n" + HEAD.removeprefix("version: 1\n") + "  any: [$l]\n"
    other = text.replace("One", "Two")

    _, problems = load([SourceFile("a.yaml", text), SourceFile("b.yaml", other)])

    assert [str(problem) for problem in problems if problem.level == "error"] == [
        "b.yaml:1:10: error: E013 topic 't' is already defined, in a.yaml:1, as 'One'",
        "b.yaml:2:9: error: E013 list 'l' is already defined, in a.yaml:2",
        "b.yaml:4:7: error: E012 rule id 'the-rule' is already used, in a.yaml:4; ids are never reused",
    ]


def test_a_mistake_in_many_places_is_reported_in_each_and_hides_no_other() -> None:
    body = "".join(f"  key{number}: x\n" for number in range(30))

    said = body_lines(f"{body}  any: [$nix]\n")

    assert sum("E002" in line for line in said) == 30
    assert "E010" in said[-1]


def test_what_is_sound_is_there_beside_what_is_not() -> None:
    made, problems = read(HEAD + "  any: [alpha]\n- {id: other, title: Other, topic: testing, any: [$nix]}\n")

    assert [rule.id for rule in made.rules] == ["the-rule"]
    assert [problem.code for problem in problems] == ["E010"]


@pytest.mark.parametrize(("text", "said"), _cases("lint.txt"))
def test_warnings_are_reported_by_line(text: str, said: list[str]) -> None:
    assert lines(text) == [line for line in said if line != "r.yaml:nothing"]


def _chain(number: int, entry: str, last: str) -> str:
    listed = "".join(f"  l{n}: [{entry.replace('NEXT', f'$l{n + 1}')}]\n" for n in range(number))
    return f"lists:\n{listed}  l{number}: [{last}]\nrules:\n- {{id: the-rule, title: T, topic: t, any: [$l0]}}\n"


DEEP = "E033 nested more than 60 levels deep, lists included"


def test_trees_too_deep_to_look_through_are_refused_once() -> None:
    nested = HEAD + "  any: [" + "{any: [" * 46 + "$l0" + "]}" * 46 + "]\n"
    chained = nested.replace("rules:", "lists: {l0: [$l1], l1: [" + "{any: [" * 15 + "alpha" + "]}" * 15 + "]}\nrules:")

    assert [line for line in lines(_chain(5_000, "NEXT", "alpha")) if "error" in line] == [
        "r.yaml:62:9: error: " + DEEP,
        "r.yaml:4973:3: error: " + DEEP,
    ]
    assert [line for line in lines(chained) if "error" in line] == ["r.yaml:8:3: error: " + DEEP]


def test_lists_that_double_are_refused_before_they_are_looked_through() -> None:
    said = [line for line in lines(_chain(25, "NEXT, NEXT", "alpha, beta")) if "error" in line]

    assert said == ["r.yaml:8:3: error: E033 expands to 1048576 terms; at most 1000000 can be looked through"]


def test_a_rule_that_expands_beyond_all_bounds_is_refused() -> None:
    text = _chain(17, "NEXT, NEXT", "alpha, beta").replace("any: [$l0]", "any: [" + "$l0, " * 4 + "]")

    assert lines(text)[-1].endswith("E033 expands to 1048576 terms; at most 1000000 can be looked through")
