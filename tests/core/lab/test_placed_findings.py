"""Findings are shown with their line, and with a mark under their column."""

from __future__ import annotations

from monitor.core.errors import Problem
from monitor.core.lab.placed_findings import place_findings

PATH, FOLDER = "/config/rules/the text", "/config/rules"


def place(text, line, column, message="wrong", path=PATH):
    (finding,) = place_findings([Problem(path, line, column, "E001", message)], text, PATH, FOLDER)
    return finding


def test_the_mark_stands_under_the_column():
    finding = place("id: a\nany: [b, $c]\n", 2, 10)
    assert (finding.excerpt, finding.pointer) == ("any: [b, $c]", "         ^")


def test_a_long_line_is_cut_around_the_column():
    finding = place("any: [" + "term, " * 100 + "$list, more, and more, and more, and more]", 1, 607)
    assert finding.excerpt.startswith("…")
    assert len(finding.excerpt) <= 62
    assert finding.excerpt[len(finding.pointer) - 1 :].startswith("$list")


def test_the_mark_is_moved_by_two_columns_for_each_wide_character_and_not_by_accents_alone():
    assert place("any: [芯片, $x]", 1, 11).pointer == "      \u3000\u3000  ^"
    assert place("any: [e\u0301, $x]", 1, 11).pointer == " " * 9 + "^"


def test_signs_that_nobody_sees_are_shown():
    assert place("\t- a\u00a0b\u200bc", 1, 5).excerpt == "→- a▯b▯c"


def test_errors_come_before_warnings_and_each_in_the_order_of_the_text():
    problems = [
        Problem(PATH, 1, 1, "W101", "first", "warning"),
        Problem(PATH, 2, 1, "E002", "second"),
        Problem(PATH, 1, 3, "E003", "third"),
    ]
    assert [each.message for each in place_findings(problems, "a\nb\n", PATH)] == ["third", "second", "first"]


def test_a_message_names_lines_of_the_text_and_other_files_below_the_folder():
    finding = place("a", 1, 1, f"already used, in {PATH}:3 and {FOLDER}/eu/act.yaml:7")
    assert finding.message == "already used, in line 3 and eu/act.yaml:7"


def test_an_error_in_another_file_names_the_file_and_has_no_line_of_the_text():
    finding = place("a", 7, 2, "unknown list", f"{FOLDER}/eu/act.yaml")
    assert (finding.message, finding.line, finding.excerpt) == ("eu/act.yaml:7:2: unknown list", 0, "")


def test_a_finding_about_the_text_as_a_whole_or_beyond_its_end_has_no_excerpt():
    assert place("a", 0, 0).excerpt == ""
    assert place("a", 9, 1).excerpt == ""
    assert place("abc", 1, 99).pointer == "   ^"
