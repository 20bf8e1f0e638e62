"""Which rules and which file an edited text stands in for."""

from __future__ import annotations

import pytest

from monitor.core.errors import errors_of
from monitor.core.lab.edited_files import edit_files, find_rule
from monitor.core.rules import SourceFile, load

FOLDER = "/config/rules"
CHIPS = SourceFile(
    f"{FOLDER}/trade/chips.yaml",
    """\
version: 1
lists: {controls: [export control]}
rules:
  - id: chips
    title: Chips
    topic: trade
    any: [chip]
# a note within the rule

    tests: [{hit: A chip}]

  # about the next rule
  - id: controls
    title: Controls
    topic: trade
    any: [$controls]
""",
)
PORTS = SourceFile(f"{FOLDER}/ports.yaml", "rules: [{id: ports, title: Ports, topic: trade, any: [port]}]\n")
RULE = "id: chips\ntitle: Chips\ntopic: trade\nany: [wafer]\n"


def edit(text):
    return edit_files(text, [CHIPS, PORTS], FOLDER)


@pytest.mark.parametrize(
    "text", [RULE, "- " + RULE.replace("\n", "\n  "), "  - " + RULE.replace("\n", "\n    "), f"# new\n{RULE}"]
)
def test_a_rule_replaces_the_rule_with_its_id_and_leaves_the_others(text):
    edited = edit(text)
    book, problems = load([*edited.others, edited.text])
    assert errors_of(problems) == []
    assert sorted(rule.id for rule in book.rules) == ["chips", "controls", "ports"]
    (rule,) = (rule for rule in book.rules if rule.id == "chips")
    assert rule.mark.path == edited.text.path == f"{FOLDER}/trade/the text"
    assert (edited.is_whole_file, edited.replaces_file, edited.rule_ids) == (False, False, ("chips",))


def test_the_place_of_a_rule_is_from_its_dash_to_its_last_line_without_the_comment_on_the_next():
    place = find_rule(CHIPS, "chips")
    assert place is not None
    assert (place.first, place.last) == (4, 10)
    assert find_rule(CHIPS, "chip") is None
    assert edit(RULE).places == (place,)


def test_a_text_with_all_rules_of_a_file_replaces_the_file_with_its_lists():
    edited = edit(CHIPS.text.replace("[export control]", "[export ban]"))
    assert (edited.replaces_file, edited.text.path, [file.path for file in edited.others]) == (
        True, CHIPS.path, [PORTS.path],
    )  # fmt: skip
    _, problems = load([*edited.others, edited.text])
    assert errors_of(problems) == []


def test_a_text_that_defines_a_list_of_the_file_replaces_it_even_if_a_rule_is_gone():
    text = CHIPS.text.partition("  # about the next rule")[0]
    assert edit(text).replaces_file


def test_one_rule_in_the_form_of_a_file_does_not_replace_the_other_rules_of_its_file():
    edited = edit("version: 1\nrules:\n  - " + RULE.replace("\n", "\n    "))
    assert (edited.is_whole_file, edited.replaces_file, len(edited.others)) == (True, False, 2)
    book, _ = load([*edited.others, edited.text])
    assert sorted(rule.id for rule in book.rules) == ["chips", "controls", "ports"]


def test_a_rule_in_brackets_with_others_is_replaced_too():
    edited = edit(RULE.replace("id: chips", "id: ports"))
    book, _ = load([*edited.others, edited.text])
    assert [rule.id for rule in book.rules].count("ports") == 1


def test_a_new_rule_replaces_nothing():
    edited = edit(RULE.replace("id: chips", "id: wafers"))
    assert (edited.places, edited.text.path, len(edited.others)) == ((), f"{FOLDER}/the text", 2)


def test_of_a_text_that_is_no_yaml_only_its_problems_are_known():
    edited = edit("id: [chips\ntitle: Chips\n")
    assert [problem.code for problem in edited.problems] == ["E001"]
    assert edited.rule_ids == ()


@pytest.mark.parametrize("text", ["", "# nothing\n", "word", "[a, b]", "rules: x", "a: b", "lists: []\nid: chips"])
def test_any_other_text_replaces_nothing(text):
    edited = edit(text)
    assert (edited.rule_ids, edited.replaces_file, edited.places) == ((), False, ())
