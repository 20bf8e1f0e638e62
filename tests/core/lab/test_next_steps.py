"""What to do with a text that was tried: where it belongs, and what would change there."""

from __future__ import annotations

import pytest

from monitor.core.lab.edited_files import edit_files
from monitor.core.lab.next_steps import id_notes, next_steps
from monitor.core.rules import SourceFile

FOLDER = "/config/rules"
CHIPS = SourceFile(
    f"{FOLDER}/trade/chips.yaml",
    """\
version: 1
rules:
    - id: chips
      title: Chips
      topic: trade
      any: [chip]

      tests: [{hit: A chip}]
    # about controls
    - id: controls
      title: Controls
      topic: trade
      any: [control]
""",
)
PORTS = SourceFile(f"{FOLDER}/ports.yaml", "rules: [{id: ports, title: Ports, topic: trade, any: [port]}]\n")
AS_IN_FILE = (
    "    - id: chips\n      title: Chips\n      topic: trade\n      any: [wafer]\n\n      tests: [{hit: A wafer}]\n"
)
BARE = AS_IN_FILE.replace("    - ", "      ", 1).replace("      ", "")
CHANGED = [("-", "      any: [chip]"), ("+", "      any: [wafer]"), ("-", "      tests: [{hit: A chip}]"),
           ("+", "      tests: [{hit: A wafer}]")]  # fmt: skip


def steps_for(text, *inactive):
    files = [CHIPS, PORTS]
    return next_steps(edit_files(text, files, FOLDER), files, FOLDER, inactive)


def changed(steps):
    (file,) = steps.diffs
    return [(line.mark, line.text) for line in file.lines if line.mark in "+-"]


def test_the_file_and_lines_of_a_rule_are_named_and_what_changes_there():
    steps = steps_for(AS_IN_FILE)
    assert steps.sentence == "Put the text in place of the rule 'chips' in rules/trade/chips.yaml, lines 3 to 8."
    assert changed(steps) == CHANGED
    assert (steps.diffs[0].name, steps.diffs[0].lines[0].mark) == ("rules/trade/chips.yaml", "@")
    assert (steps.yaml, steps.is_new) == ("", False)


@pytest.mark.parametrize("text", [BARE, "- " + BARE.strip().replace("\n", "\n  ").replace("\n  \n", "\n\n") + "\n"])
def test_a_rule_with_other_indentation_is_compared_and_offered_with_that_of_the_file(text):
    steps = steps_for(text)
    assert changed(steps) == CHANGED
    assert steps.yaml == AS_IN_FILE


def test_a_new_rule_is_offered_as_a_file():
    steps = steps_for(BARE.replace("id: chips", "id: wafers"))
    assert steps.sentence.startswith("Save the text as a new file, such as rules/wafers.yaml")
    assert steps.yaml.startswith("version: 1\n\nrules:\n  - id: wafers\n    title: Chips\n")
    assert (steps.diffs, steps.is_new) == ((), True)


def test_a_new_rule_is_never_saved_over_a_file_that_exists():
    files = [CHIPS, SourceFile(f"{FOLDER}/Wafers.yaml", CHIPS.text), SourceFile(f"{FOLDER}/wafers-2.yaml", PORTS.text)]
    steps = next_steps(edit_files(BARE.replace("id: chips", "id: wafers"), files, FOLDER), files, FOLDER)
    assert "as a new file, such as rules/wafers-3.yaml," in steps.sentence


def test_a_whole_new_file_is_used_as_it_is():
    text = "version: 1\nrules:\n  - {id: wafers, title: Wafers, topic: trade, any: [wafer]}\n"
    assert steps_for(text).yaml == ""
    assert steps_for(text).is_new


def test_a_text_with_all_rules_of_a_file_replaces_its_content():
    steps = steps_for(CHIPS.text.replace("[chip]", "[wafer]"))
    assert steps.sentence == "Replace the content of rules/trade/chips.yaml by the text."
    assert changed(steps) == CHANGED[:2]


def test_of_two_rules_one_new_both_are_explained():
    steps = steps_for(
        f"- {BARE.strip().replace(chr(10), chr(10) + '  ')}\n- {{id: wafers, title: W, topic: t, any: [w]}}"
    )
    assert "in place of the rule 'chips' in rules/trade/chips.yaml, lines 3 to 8." in steps.sentence
    assert "Save 'wafers' as a new file, such as rules/wafers.yaml" in steps.sentence
    assert changed(steps) == CHANGED


def test_lists_beside_an_edited_rule_are_not_forgotten():
    text = "version: 1\nlists: {wafers: [wafer]}\nrules:\n  - " + BARE.strip().replace("\n", "\n    ")
    assert "Its lists and topics belong under those keys of a file, too." in steps_for(text).sentence


def test_where_nothing_changes_there_is_nothing_to_do():
    text = "\n".join(CHIPS.text.split("\n")[2:8])
    assert steps_for(text).sentence == "The files in force have this text already."
    assert steps_for(CHIPS.text).is_done


def test_a_rule_within_brackets_is_not_cut_out_of_its_line():
    steps = steps_for("{id: ports, title: Ports, topic: trade, any: [harbour]}")
    (file,) = steps.diffs
    assert (file.lines, "within brackets" in file.note) == ((), True)


def test_a_text_without_rules_has_no_next_step():
    assert steps_for("lists: {a: [b]}\n") is None
    assert steps_for("") is None


def test_that_the_daemon_does_not_run_a_draft_is_said():
    assert steps_for(AS_IN_FILE, "chips").remark == "It does not run 'chips' while the status is draft or retired."


def test_a_difference_of_many_lines_is_cut():
    terms = "".join(f"        - term {number}\n" for number in range(500))
    (file,) = steps_for(AS_IN_FILE.replace("any: [wafer]", f"any:\n{terms.rstrip()}")).diffs
    assert (len(file.lines), file.unlisted > 300) == (200, True)


@pytest.mark.parametrize(
    ("text", "opened", "found"),
    [
        (BARE, "chips", []),
        (BARE, "", ["There is a rule 'chips' (rules/trade/chips.yaml, lines 3 to 8) already"]),
        (BARE, "controls", ["The text does not have the rule 'controls'", "There is a rule 'chips'"]),
        (
            BARE.replace("id: chips", "id: wafers"),
            "chips",
            ["The text does not have the rule 'chips', which would stay"],
        ),
        (BARE.replace("id: chips", "id: wafers"), "", []),
        (CHIPS.text, "", []),
    ],
)
def test_an_id_that_is_taken_or_gone_is_said(text, opened, found):
    notes = id_notes(edit_files(text, [CHIPS, PORTS], FOLDER), opened, FOLDER)
    assert len(notes) == len(found)
    assert all(note.startswith(start) for note, start in zip(notes, found, strict=True))


def test_rules_of_a_file_that_a_text_would_remove_are_named():
    chips = SourceFile(CHIPS.path, CHIPS.text.replace("rules:", "lists: {makers: [maker]}\nrules:"))
    text = f"lists: {{makers: [chip maker]}}\nrules:\n{AS_IN_FILE}"
    for opened in ("", "chips", "controls"):
        (note,) = id_notes(edit_files(text, [chips, PORTS], FOLDER), opened, FOLDER)
        assert note.startswith("The text would remove 'controls' from rules/trade/chips.yaml")
    assert id_notes(edit_files(chips.text, [chips, PORTS], FOLDER), "chips", FOLDER) == ()
