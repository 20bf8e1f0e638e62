"""What an edited text would do if it were saved: its findings, and the results of its tests."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from monitor.core.errors import MonitorError
from monitor.lab.preview_process import PreviewBusyError, PreviewProcess
from monitor.lab.rule_preview import PreviewRequest, preview_rules

TEXTS = {
    "rules/_topics.yaml": "topics: {trade: {title: Trade}}\n",
    "rules/lists/words.yaml": "lists: {controls: [export control], unused: [nothing]}\n",
    "rules/chips.yaml": """\
lists: {makers: [chip maker]}
rules:
  - {id: chips, title: Chips, topic: trade, any: [$makers], tests: [{hit: A chip maker}]}
  - {id: makers, title: Makers, topic: trade, any: [$makers], tests: [{hit: A chip maker}]}
""",
}
RULE = """\
id: chips
title: Chips
topic: trade
status: live
any: [$controls, $makers]
tests:
  - hit: New export controls
  - hit: A chip maker leaves
  - miss: Nothing new
"""
SLOW = (
    f"lists: {{a: [{', '.join(f'c{i} d' for i in range(5000))}], b: [{', '.join(f'd{i}' for i in range(5000))}]}}\n"
    "rules:\n" + "".join(f" - {{id: r{i:05}, title: t, topic: t, any: [$a], none: [$b]}}\n" for i in range(4000))
)
"""A text that takes about twenty seconds."""


def request(text=RULE, texts=TEXTS, folder=Path("/config")):
    return PreviewRequest(
        text=text, folder=folder, texts=texts, channels=("mail",), sources=frozenset({"official", "gazette"})
    )


def preview(text=RULE, **other):
    return preview_rules(request(text, **other))


def findings(text=RULE):
    return [(each.code, each.line, each.column) for each in preview(text).findings.placed]


def test_a_rule_may_use_the_topics_and_lists_of_the_other_files():
    result = preview()
    assert (result.findings.errors, result.findings.warnings, result.rule_ids) == (0, 0, ("chips",))
    assert (result.tests.passed, result.tests.failed) == (3, 0)


def test_warnings_about_other_files_are_left_out():
    assert "unused" not in str(preview())


@pytest.mark.parametrize(
    ("written", "instead", "found"),
    [
        ("topic: trade", "topic: trad", ("W116", 1, 1)),
        ("$makers", "$markers", ("E010", 5, 18)),
        ("status: live", "status: lively", ("E004", 4, 9)),
        ("status: live", "notify: [slack]", ("E060", 4, 10)),
        ("status: live", "sources: {only: [gazete]}", ("W118", 4, 18)),
        ("id: chips", "id: Chips!", ("E004", 1, 5)),
    ],
)
def test_a_finding_is_at_its_line_and_column(written, instead, found):
    assert found in findings(RULE.replace(written, instead))


def test_nothing_else_is_done_if_there_is_an_error():
    assert preview(RULE.replace("topic: trade\n", "")).tests is None


def test_an_error_that_the_edit_causes_in_another_file_is_reported():
    text = TEXTS["rules/chips.yaml"].replace("{makers: [chip maker]}", "{makers2: [chip maker]}")
    other = {**TEXTS, "rules/more.yaml": "rules: [{id: more, title: More, topic: trade, any: [$makers]}]\n"}
    text = text.replace("$makers", "$makers2")
    (finding,) = preview(text, texts=other).findings.placed[:1]
    assert finding.message.startswith("more.yaml:1:53: unknown list '$makers'")
    assert finding.line == 0


def test_a_failing_test_has_its_line_and_the_reason_of_rules_test():
    result = preview(RULE.replace("Nothing new", "A chip maker stays"))
    (failed,) = result.tests.notable
    assert (failed.kind, failed.line, failed.name) == ("miss", 9, "A chip maker stays")
    assert failed.reason == "must not match, but did: any[1]: 'chip maker' in title"
    assert result.tests.refused == ("chips",)


def test_the_article_of_a_test_is_read_beside_the_file_of_the_rule(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "one.json").write_text('{"title": "A chip maker", "text": ""}')
    text = RULE.replace("hit: New export controls", "hit: {article: one.json}")
    result = preview(text, folder=tmp_path)
    assert result.tests.passed == 3
    missing = preview(text.replace("one.json", "two.json"), folder=tmp_path).tests.notable
    assert missing[0].reason == "there is no file two.json"


def test_a_live_rule_without_tests_is_not_taken():
    assert preview(RULE.partition("tests:")[0]).tests.refused == ("chips",)


def test_of_many_findings_the_first_are_placed_and_the_others_counted():
    result = preview("rules:\n" + "".join(f"  - {{id: r{i:03}, k{i:03}: x}}\n" for i in range(40)))
    assert len(result.findings.placed) == 50
    assert result.findings.unlisted == result.findings.errors - 50 > 0


# ---------------------------------------------------------------- the process


def test_a_preview_runs_in_a_process_of_its_own():
    assert PreviewProcess().run(request()) == preview()


def test_a_text_that_takes_too_long_is_stopped_at_the_deadline():
    with pytest.raises(MonitorError, match=r"more than 0\.5 s and was stopped"):
        PreviewProcess(0.5).run(request(SLOW))


def test_while_one_preview_runs_another_is_refused_and_closing_ends_the_one_that_runs():
    process, ended = PreviewProcess(), []

    def run():
        with pytest.raises(MonitorError, match="the program is ending"):
            process.run(request(SLOW))
        ended.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    while not process.is_running:
        assert thread.is_alive()
    with pytest.raises(PreviewBusyError, match="another text is being tried"):
        process.run(request())
    process.close()
    thread.join(60)
    assert ended == [True]


def test_after_a_preview_the_next_one_runs():
    process = PreviewProcess(0.5)
    with pytest.raises(MonitorError):
        process.run(request(SLOW))
    process.seconds = 30.0
    assert process.run(request()).rule_ids == ("chips",)
