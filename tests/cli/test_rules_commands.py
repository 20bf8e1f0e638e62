"""`monitor rules check|test|list|show` and `monitor match`: what they print, and how they end."""

# ruff: noqa: RUF001, ISC004, E501 - tables of what is said
from __future__ import annotations

import csv
import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from monitor import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RULES = """version: 1
topics: {chips: Chips}
lists:
  controls: [export control, export ban]
rules:
- id: chip-controls
  title: Controls on chips
  description: What it is for.
  topic: chips
  status: live
  priority: high
  tags: [topic.chips]
  near: 5
  of: [$controls, {any: [GPU, advanced chip]}]
  tests:
  - hit: Export controls on GPUs
  - hit: {title: Export ban, body: An export ban on advanced chips., because: [advanced chip]}
  - miss: Export controls on steel
- id: only-a-draft
  title: A draft
  topic: chips
  status: draft
  any: [steel]
  tests: [{hit: Steel}]
- id: french-only
  title: In French
  topic: chips
  any: [{term: IA, lang: [fr]}]
  tests: [{hit: {title: IA, lang: fr}}]
"""
HIT = {"id": "a", "title": "Export controls on GPUs", "text": "It said so. The export ban on GPUs came."}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], folder: Path) -> Iterator[Callable[..., tuple[int, str, list[str]]]]:
    """Run a command on the folder; gives exit code, stdout, and the lines of stderr, without the folder's name."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def command(*words: str) -> tuple[int, str, list[str]]:
        capsys.readouterr()
        code = cli.run([*words, "--rules", str(folder)])
        result = capsys.readouterr()
        return code, result.out, result.err.replace(f"{folder}/", "").splitlines()

    yield command
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


Run = "Callable[..., tuple[int, str, list[str]]]"


# ---------------------------------------------------------------- rules check


def test_check_of_good_rules_says_so(run: Run) -> None:
    assert run("rules", "check") == (0, "3 rules with 5 tests: 0 errors, 0 warnings\n", [])


def test_check_names_errors_and_ends_with_three(run: Run, folder: Path) -> None:
    (folder / "bad.yml").write_text("rules:\n- {id: bad-rule, title: T, topic: chips, non: [x]}\n", "utf-8")

    code, out, err = run("rules", "check")

    assert (code, out) == (3, "3 rules with 5 tests: 1 error, 0 warnings\n")
    assert err == ["bad.yml:2:42: error: E002 unknown key 'non'; did you mean 'none'?"]


def test_warnings_end_with_one_only_when_strict(run: Run, folder: Path) -> None:
    (folder / "odd.yaml").write_text("lists: {unused: [a word]}\n", "utf-8")
    said = ["odd.yaml:1:9: warning: W111 list '$unused' is not used by any rule"]

    assert run("rules", "check") == (0, "3 rules with 5 tests: 0 errors, 1 warning\n", said)
    assert run("rules", "check", "--strict")[::2] == (1, said)


def test_check_for_editors_is_json(run: Run, folder: Path) -> None:
    (folder / "bad.yaml").write_text("rules:\n- {id: bad-rule, title: T, topic: chips, any: ['*x']}\n", "utf-8")

    code, out, err = run("rules", "check", "--format", "json")

    assert (code, err) == (3, [])
    (problem,) = json.loads(out)
    assert problem.pop("path").endswith("bad.yaml")
    assert problem == {"line": 2, "column": 48, "level": "error", "code": "E022", "unlisted": 0,
                       "message": "term '*x' has * before its end; only a trailing * is a wildcard"}  # fmt: skip


def test_check_tells_of_a_test_whose_article_is_missing(run: Run, folder: Path) -> None:
    rule = "rules:\n- {id: with-case, title: T, topic: chips, any: [alpha], tests: [{hit: {article: case.json}}]}\n"
    (folder / "case.yaml").write_text(rule, "utf-8")

    assert run("rules", "check")[::2] == (
        3, [f"case.yaml:2:71: error: E050 there is no file {folder}/case.json".replace(f"{folder}/", "")],
    )  # fmt: skip

    (folder / "case.json").write_text('{"title": "An alpha"}', "utf-8")
    assert run("rules", "check")[0] == 0
    assert run("rules", "test", "with-case")[:2] == (0, "1 test of 1 rule: 1 passed, 0 failed\n")


def test_a_folder_without_rules_is_refused(run: Run, folder: Path) -> None:
    (folder / "chips.yaml").unlink()

    for words in (["rules", "check"], ["rules", "list"], ["match"]):
        code, _, err = run(*words)
        assert code == 3
        assert err[0].endswith("error: E001 there is no rule file here: *.yaml or *.yml")


def test_one_file_can_be_checked_alone(capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("rules: [é]\n".encode("latin-1"))

    assert cli.run(["rules", "check", "--rules", str(folder / "chips.yaml")]) == 0
    assert cli.run(["rules", "check", "--rules", str(tmp_path / "latin.yaml")]) == 3
    assert "is not text in UTF-8" in capsys.readouterr().err


# ---------------------------------------------------------------- rules test


def test_the_tests_of_rules_pass_in_one_line(run: Run) -> None:
    assert run("rules", "test") == (0, "5 tests of 3 rules: 5 passed, 0 failed\n", [])
    assert run("rules", "test", "only-a-draft")[1] == "1 test of 1 rule: 1 passed, 0 failed\n"


def test_a_failed_test_is_a_line_that_an_editor_jumps_to_and_says_why(run: Run, folder: Path) -> None:
    text = RULES.replace("miss: Export controls on steel", "miss: Export ban for GPUs").replace(
        "- hit: Export controls on GPUs",
        "- hit: GPUs\n  - {hit: nothing, todo: yes}\n  - {hit: Export ban of GPUs, todo: yes}",
    )
    (folder / "chips.yaml").write_text(text, "utf-8")

    code, out, err = run("rules", "test")

    assert (code, out) == (1, "7 tests of 3 rules: 4 passed, 2 failed, 1 todo\n")
    assert err == [
        "chips.yaml:16:10: failed: chip-controls: hit 'GPUs' must match, but did not: "
        "nothing of list $controls found (export control, export ban)",
        "chips.yaml:17:11: todo: chip-controls: hit 'nothing' must match, but did not: "
        "any ['GPU', 'advanced chip'] not found; nothing of list $controls found (export control, export ban)",
        "chips.yaml:18:11: passes: chip-controls: this todo passes now; take todo away",
        "chips.yaml:20:11: failed: chip-controls: miss 'Export ban for GPUs' must not match, but did: "
        "near: 'Export ban' in title, 'GPUs' in title",
        "With rules.on_failing_tests: refuse, the daemon does not take edits of chip-controls.",
    ]


def test_a_live_rule_without_a_miss_fails(run: Run, folder: Path) -> None:
    (folder / "chips.yaml").write_text(RULES.replace("  - miss: Export controls on steel\n", ""), "utf-8")

    code, _, err = run("rules", "test")

    assert code == 1
    assert err == ["chips.yaml:6:3: warning: W108 live rule 'chip-controls' needs a test of each kind: it has no miss"]
    assert run("rules", "check")[2] == err


def test_a_live_rule_without_tests_is_the_same_error_in_check_and_test(run: Run, folder: Path) -> None:
    (folder / "chips.yaml").write_text(RULES.partition("  tests:")[0], "utf-8")
    said = "E052 live rule 'chip-controls' has no tests: it needs a hit and a miss; the daemon does not take this edit of the rule"

    checked, tested = run("rules", "check"), run("rules", "test")

    assert checked[::2] == (3, [f"chips.yaml:6:3: error: {said}"])
    assert tested[0] == 1
    assert tested[2][:-1] == checked[2]
    assert tested[2][-1].startswith("With rules.on_failing_tests: refuse, the daemon does not take edits of")


def test_coverage_names_what_no_test_would_miss(run: Run) -> None:
    code, _, err = run("rules", "test", "--coverage", "chip-controls")

    assert code == 0
    assert err == [
        "chips.yaml:4:3: warning: W114 no test of 'chip-controls' notices when $controls is left out of near: 5"
    ]


def test_the_results_of_tests_can_be_read_by_a_program(run: Run) -> None:
    result = json.loads(run("rules", "test", "--format", "json")[1])

    assert [test["outcome"] for test in result["tests"]] == ["passed"] * 5
    assert (result["gaps"], result["coverage"]) == ([], [])


def test_a_refusal_shows_what_stops_it_and_no_warning(run: Run, folder: Path) -> None:
    rules = "rules: [{id: one, title: T, topic: chips, anny: [x]}, {id: two, title: T, topic: chips, any: [alpha]}]\n"
    (folder / "more.yaml").write_text(rules, "utf-8")

    code, _, err = run("rules", "test")

    assert code == 3
    assert [line.split(": ")[1] for line in err] == ["error", "invalid configuration"]
    assert any("warning: W108" in line for line in run("rules", "check")[2])


def test_an_unknown_rule_is_a_usage_error_with_a_guess(run: Run) -> None:
    code, _, err = run("rules", "test", "chip-control")

    assert (code, err) == (2, ["there is no rule 'chip-control'; did you mean 'chip-controls'?"])


# ---------------------------------------------------------------- rules list and show


def test_rules_are_listed_with_what_users_sort_by(run: Run) -> None:
    rows = json.loads(run("rules", "list", "--format", "json")[1])

    assert [row["id"] for row in rows] == ["chip-controls", "only-a-draft", "french-only"]
    assert {key: rows[0][key] for key in ("title", "topic", "status", "priority", "tests", "line")} == {
        "title": "Controls on chips", "topic": "chips", "status": "live", "priority": "high", "tests": 3, "line": 6,
    }  # fmt: skip
    assert "chip-controls" in run("rules", "list", "--format", "table")[1]


def test_a_rule_is_shown_with_its_lists_folded_or_written_out(run: Run) -> None:
    assert "  $controls: export control, export ban\n" in run("rules", "show", "chip-controls", "--format", "table")[1]

    out = run("rules", "show", "chip-controls", "--lists", "--format", "table")[1]
    result = json.loads(run("rules", "show", "chip-controls", "--format", "json")[1])

    one = run("rules", "show", "chip-controls", "--list", "controls", "--format", "table")[1]

    assert "What it is for." in out
    assert one.endswith("\n\n$controls: export control, export ban\n")
    assert "    export control\n" in out
    assert result["condition"][:3] == ["near: 5", "  $controls", "    export control"]
    assert len(result["hash"]) == 64
    one_list = json.loads(run("rules", "show", "chip-controls", "--list", "controls", "--format", "json")[1])
    assert one_list["condition"] == ["$controls", "  export control", "  export ban"]
    assert run("rules", "show", "chip-controls", "--list", "chip")[0] == 2


def test_a_rule_is_shown_with_all_that_narrows_it(run: Run, folder: Path) -> None:
    more = "  sources: {only: [europa.eu], not: [ted.europa.eu]}\n  spike: {stories: 5, within: 36h, min_sources: 3}\n"
    more += "  created: 2026-01-31\n  suppress: {W103: on purpose}\n  unless_topic: [rest]\n  near: 5\n"
    (folder / "chips.yaml").write_text(RULES.replace("  near: 5\n", more), "utf-8")

    out = run("rules", "show", "chip-controls", "--format", "table")[1]
    result = json.loads(run("rules", "show", "chip-controls", "--format", "json")[1])

    assert result["sources"] == {"only": ["europa.eu"], "not": ["ted.europa.eu"]}
    assert result["spike"] == {"stories": 5, "within_s": 129_600, "min_sources": 3}
    assert (result["created"], result["suppress"]) == ("2026-01-31", {"W103": "on purpose"})
    assert "gives way   to topics: rest\n" in out
    assert "sources     only europa.eu; not ted.europa.eu\n" in out
    assert "spike       5 stories from 3 sources within 36 h\n" in out
    assert "suppress    W103 (on purpose)\n" in out


# ---------------------------------------------------------------- match


def _match(run: Run, tmp_path: Path, *lines: object, raw: bytes = b"") -> tuple[int, list[Any], list[str]]:
    file = tmp_path / "texts.jsonl"
    file.write_bytes(raw or "".join(f"{json.dumps(line)}\n" for line in lines).encode())
    code, out, err = run("match", "--jsonl", str(file))
    return code, [json.loads(line) for line in out.splitlines()], err


def test_each_line_in_gives_a_line_out_in_order(run: Run, tmp_path: Path) -> None:
    code, out, err = _match(run, tmp_path, HIT, {"id": 2, "title": "Steel"}, {**HIT, "id": None})

    assert (code, err) == (0, [])
    assert [line["id"] for line in out] == ["a", 2, None]
    assert [len(line["hits"]) for line in out] == [1, 0, 1]


def test_a_hit_has_the_promised_fields_and_offsets_into_the_text_as_given(run: Run, tmp_path: Path) -> None:
    _, (line,), _ = _match(run, tmp_path, {**HIT, "text": "A\r\n\r\nThe \u202eexport–ban on GPUs."})

    (hit,) = line["hits"]
    assert (hit["rule_id"], hit["topic"], hit["status"], hit["prominence"], hit["score"]) == (
        "chip-controls", "chips", "live", "major", 6.0,
    )  # fmt: skip
    for each in hit["evidence"]:
        text = HIT["title"] if each["zone"] == "title" else "A\r\n\r\nThe \u202eexport–ban on GPUs."
        assert text[each["start"] : each["end"]] == each["as_written"]
        assert each["as_written"] in each["sentence"]
    assert {each["term"] for each in hit["evidence"]} == {"export control", "export ban", "GPU"}


def test_bad_lines_are_reported_by_number_and_the_others_are_answered(run: Run, tmp_path: Path) -> None:
    bad = [
        b"nonsense", b"[1]", b'{"id": 4}', b'{"title": 5}', b'{"title": "\xff"}', b"[" * 100_000, b"", b'{"title": "x", "lang": []}',
        b'{"title": "x", "text": 1.5}',
    ]  # fmt: skip
    raw = b"\n".join([json.dumps(HIT).encode(), *bad, json.dumps({**HIT, "id": "z"}).encode()])

    code, out, err = _match(run, tmp_path, raw=raw)

    assert code == 1
    assert [line["id"] for line in out] == ["a", "z"]
    assert err == [
        "line 2: not JSON: Expecting value (column 1)",
        'line 3: not an object like {"title": ..., "text": ...}',
        "line 4: neither title nor text",
        "line 5: title must be text",
        "line 6: not UTF-8: byte 12 cannot be read",
        "line 7: not JSON that can be read: nested too deep",
        "line 9: lang must be text",
        "line 10: text must be text",
    ]


@pytest.mark.parametrize("empty", [{"title": "", "text": ""}, {"title": "", "text": None}, {"text": ""}])
def test_a_text_of_nothing_is_answered_like_any_other(empty: dict[str, Any], run: Run, tmp_path: Path) -> None:
    assert _match(run, tmp_path, {"id": 1, **empty}, HIT)[:1] == (0,)
    assert _match(run, tmp_path, {"id": 1, **empty})[1] == [{"id": 1, "hits": []}]


def test_a_folder_of_drafts_says_that_nothing_is_run(run: Run, folder: Path, tmp_path: Path) -> None:
    drafts = RULES.replace("status: live", "status: retired").replace(
        "title: In French", "title: In French\n  status: draft"
    )
    (folder / "chips.yaml").write_text(drafts, "utf-8")

    code, out, err = _match(run, tmp_path, HIT)

    assert (code, out) == (0, [{"id": "a", "hits": []}])
    assert err == ["no rule is run: 2 draft, 1 retired; give one `status: test` or `live`"]


def test_a_lone_surrogate_comes_out_as_it_came_in(run: Run, tmp_path: Path) -> None:
    _, (line,), _ = _match(run, tmp_path, {**HIT, "title": "\ud800 export ban on GPUs"})

    assert line["hits"][0]["evidence"][0]["sentence"] == "\ud800 export ban on GPUs"


def test_a_line_beyond_all_bounds_is_a_bad_line(run: Run, tmp_path: Path) -> None:
    long = json.dumps({"title": "x" * 21_000_000}).encode()

    code, out, err = _match(run, tmp_path, raw=long + b"\n" + json.dumps(HIT).encode() + b"\n" + long)

    assert (code, [line["id"] for line in out]) == (1, ["a"])
    assert err == ["line 1: longer than 20 MB", "line 3: longer than 20 MB"]


@pytest.mark.parametrize(("lang", "number"), [("fr", 1), ("en", 0), (None, 1)])
def test_the_language_is_that_of_the_input_or_else_detected(
    lang: str | None, number: int, run: Run, tmp_path: Path
) -> None:
    text = (
        "Le gouvernement a présenté hier son projet de règlement sur l’IA, et les députés en débattront demain matin."
    )
    line = {"id": 1, "title": "Un règlement", "text": text, **({"lang": lang} if lang else {})}

    assert len(_match(run, tmp_path, line)[1][0]["hits"]) == number


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_a_text_is_read_in_whatever_encoding_it_is(encoding: str, run: Run, folder: Path, tmp_path: Path) -> None:
    rule = "rules: [{id: french, title: T, topic: chips, status: live, any: [règlement européen]}]\n"
    (folder / "chips.yaml").write_text(rule, "utf-8")
    (tmp_path / "text.txt").write_bytes("Le règlement européen\n\nIl a été adopté.\n".encode(encoding))
    _, out, _ = run("match", str(tmp_path / "text.txt"))
    assert [hit["rule_id"] for hit in json.loads(out)["hits"]] == ["french"]


def test_one_text_is_a_file_whose_first_line_is_its_title(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("Export controls on GPUs\n\nThey came.\n", "utf-8")

    code, out, _ = run("match", str(tmp_path / "text.txt"))

    result = json.loads(out)
    assert (code, result["id"].endswith("text.txt")) == (0, True)
    assert [each["zone"] for each in result["hits"][0]["evidence"]] == ["title", "title"]


def test_one_text_is_printed_in_each_format(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("Export controls on GPUs\n", "utf-8")
    printed = {form: run("match", "--format", form, str(tmp_path / "text.txt")) for form in ("json", "jsonl", "csv")}

    assert json.loads(printed["json"][1]) == json.loads(printed["jsonl"][1])
    assert printed["jsonl"][1].count("\n") == 1
    (row,) = csv.DictReader(printed["csv"][1].splitlines())
    assert (row["rule_id"], row["status"]) == ("chip-controls", "live")
    assert run("match", "--format", "table", str(tmp_path / "text.txt"))[1].startswith("chip-controls  chips, live")
    assert run("match", "--jsonl", "--format", "csv", str(tmp_path / "text.txt"))[0] == 2


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b" \n\n", 1, "holds no text, so that no rule can match"),
        (bytes(range(1, 27)) * 3, 2, "not a text file"),
        (b"<!doctype html><p>GPU", 0, "is HTML, whose tags were matched, too; try: monitor extract "),
    ],
)
def test_what_is_no_text_is_named(content: bytes, code: int, said: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)

    answered, _, (line,) = run("match", str(tmp_path / "file"))

    assert answered == code
    assert line.startswith(f"{tmp_path}/file: {said}")


def test_a_text_that_is_matched_to_its_200000th_character_says_so(run: Run, tmp_path: Path) -> None:
    late = "Nothing of note. " * 12_000 + "Export controls on GPUs."
    code, (cut, whole), err = _match(run, tmp_path, {"id": 1, "title": "T", "text": late}, HIT)

    assert (code, cut, "truncated" in whole) == (0, {"id": 1, "hits": [], "truncated": True}, False)
    assert err == ["1 text: only the first 200,000 characters were matched"]
    (tmp_path / "long.txt").write_text(f"T\n{late}", "utf-8")
    _, out, err = run("match", str(tmp_path / "long.txt"))
    assert json.loads(out)["truncated"]
    assert err == [f"{tmp_path}/long.txt: only the first 200,000 characters were matched"]


def test_a_file_that_is_not_there_is_a_usage_error(run: Run) -> None:
    assert run("match", "/nowhere/text.txt") == (2, "", ["/nowhere/text.txt: No such file or directory"])


def test_each_answer_comes_before_the_next_line_is_read(folder: Path) -> None:
    command = [sys.executable, "-m", "monitor", "match", "--jsonl", "--rules", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps({**HIT, "id": number, "lang": "en"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_check_names_live_rules_that_fail_their_tests_as_the_daemon_does(run: Run, folder: Path) -> None:
    (folder / "chips.yaml").write_text(RULES.replace("- hit: Export controls on GPUs", "- hit: GPUs"), "utf-8")
    code, _, err = run("rules", "check")
    assert code == 3
    assert err == [
        "chips.yaml:16:10: error: E051 live rule 'chip-controls' fails its test hit 'GPUs': must match, but did not: "
        "nothing of list $controls found (export control, export ban); the daemon does not take this edit of the rule"
    ]
