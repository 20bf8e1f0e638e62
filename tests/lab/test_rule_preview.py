"""What an edited text would do if it were saved: its findings, and the results of its tests."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path

import pytest
from archive_samples import FEEDS, NOW, SampleArticle, store_samples

from monitor.core.errors import MonitorError
from monitor.core.rules import SourceFile, load
from monitor.lab.preview_process import PreviewBusyError, PreviewProcess
from monitor.lab.rule_preview import PreviewRequest, preview_rules
from monitor.settings.settings import known_rules

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


@pytest.fixture
def request_for(store):
    """Build a request about a text."""

    def request(text=RULE, texts=TEXTS, **other):
        in_force = [SourceFile(f"/config/{name}", text) for name, text in TEXTS.items()]
        fields = {
            "folder": Path("/config"),
            "store": store,
            "channels": ("mail",),
            "sources": frozenset({"official", "gazette"}),
        }
        return PreviewRequest(
            text=text, texts=texts, rules_in_force=partial(known_rules, load(in_force)[0]), now=NOW,
            feeds={feed.id: feed for feed in FEEDS}, **fields | other,
        )  # fmt: skip

    return request


@pytest.fixture
def preview(request_for):
    """Preview a text."""
    return lambda text=RULE, **other: preview_rules(request_for(text, **other))


def test_a_rule_may_use_the_topics_and_lists_of_the_other_files(preview):
    result = preview()
    assert (result.findings.errors, result.findings.warnings, result.rule_ids) == (0, 0, ("chips",))
    assert (result.tests.passed, result.tests.failed) == (3, 0)


def test_warnings_about_other_files_are_left_out(preview):
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
def test_a_finding_is_at_its_line_and_column(preview, written, instead, found):
    placed = preview(RULE.replace(written, instead)).findings.placed
    assert found in [(each.code, each.line, each.column) for each in placed]


def test_nothing_else_is_done_if_there_is_an_error(preview):
    assert preview(RULE.replace("topic: trade\n", "")).tests is None


def test_an_error_that_the_edit_causes_in_another_file_is_reported(preview):
    text = TEXTS["rules/chips.yaml"].replace("{makers: [chip maker]}", "{makers2: [chip maker]}")
    other = {**TEXTS, "rules/more.yaml": "rules: [{id: more, title: More, topic: trade, any: [$makers]}]\n"}
    text = text.replace("$makers", "$makers2")
    (finding,) = preview(text, texts=other).findings.placed[:1]
    assert finding.message.startswith("more.yaml:1:53: unknown list '$makers'")
    assert finding.line == 0


def test_a_failing_test_has_its_line_and_the_reason_of_rules_test(preview):
    result = preview(RULE.replace("Nothing new", "A chip maker stays"))
    (failed,) = result.tests.notable
    assert (failed.kind, failed.line, failed.name) == ("miss", 9, "A chip maker stays")
    assert failed.reason == "must not match, but did: any[1]: 'chip maker' in title"
    assert result.tests.refused == ("chips",)


def test_thousands_of_failing_tests_end_long_before_the_deadline(preview):
    terms = ", ".join(f"word{n} other{n}" for n in range(2000))
    tests = "".join(f"  - hit: Nothing {n} is here but word{n} and other{n}\n" for n in range(4000))
    begun = time.process_time()
    result = preview(f"{RULE.partition('any:')[0]}any: [{terms}]\ntests:\n{tests}")
    assert (result.tests.failed, len(result.tests.notable)) == (4000, 20)
    assert all("must match, but did not: " in each.reason for each in result.tests.notable)
    assert time.process_time() - begun < 2


def test_the_article_of_a_test_is_read_beside_the_file_of_the_rule(preview, tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "one.json").write_text('{"title": "A chip maker", "text": ""}')
    text = RULE.replace("hit: New export controls", "hit: {article: one.json}")
    result = preview(text, folder=tmp_path)
    assert result.tests.passed == 3
    missing = preview(text.replace("one.json", "two.json"), folder=tmp_path).tests.notable
    assert missing[0].reason == "there is no file two.json"


def test_a_live_rule_without_tests_is_not_taken(preview):
    assert preview(RULE.partition("tests:")[0]).tests.refused == ("chips",)


def test_of_many_findings_the_first_are_placed_and_the_others_counted(preview):
    result = preview("rules:\n" + "".join(f"  - {{id: r{i:03}, k{i:03}: x}}\n" for i in range(40)))
    assert len(result.findings.placed) == 50
    assert result.findings.unlisted == result.findings.errors - 50 > 0


# ---------------------------------------------------------------- the back-test

ARCHIVE = [
    SampleArticle("A chip maker leaves", days_ago=2),
    SampleArticle("New export controls", "A lead.", days_ago=3),
    SampleArticle("Weather", "In the north an export control on timber was lifted, a chip maker said.", days_ago=4),
    SampleArticle("Nothing new", days_ago=9.5),
    SampleArticle("An old chip maker", days_ago=40),
]


def titles(found):
    return ["".join(piece.text for piece in each.title) for each in found]


def test_a_rule_is_compared_with_the_one_in_force(preview, store):
    store_samples(store, ARCHIVE)
    test = preview(RULE.replace("[$controls, $makers]", "[$controls]")).backtest
    assert (test.state, test.hits, test.hits_before, test.gained, test.lost, test.kept) == ("changed", 2, 2, 1, 1, 1)
    assert (titles(test.shown), titles(test.shown_lost)) == (["New export controls"], ["A chip maker leaves"])
    assert (test.articles, test.end, test.oldest) == (4, "period", ARCHIVE[3].at)
    assert test.per_day(NOW) == pytest.approx(2 / 9.5)


def test_the_sentence_with_its_terms_is_shown_or_the_headline_marked(preview, store):
    store_samples(store, ARCHIVE)
    _, controls, weather = preview(RULE.replace("id: chips", "id: wafers")).backtest.shown
    assert [piece.text for piece in controls.title if piece.marked] == ["export controls"]
    assert controls.sentence == ()
    assert titles([weather]) == ["Weather"]
    assert [piece.text for piece in weather.sentence if piece.marked] == ["export control", "chip maker"]


def test_of_a_new_rule_all_hits_are_found_and_of_one_with_the_same_condition_nothing_changes(preview, store):
    store_samples(store, ARCHIVE)
    new = preview(RULE.replace("id: chips", "id: wafers")).backtest
    assert (new.state, new.hits, len(new.shown), new.lost) == ("new", 3, 3, 0)
    same = preview(RULE.replace("[$controls, $makers]", "[$makers]")).backtest
    assert (same.state, same.hits, same.gained, same.lost) == ("same", 2, 0, 0)


def test_ten_articles_of_each_kind_are_shown_the_newest(preview, store):
    store_samples(store, [SampleArticle(f"Chip maker {n:02}", days_ago=n + 1) for n in range(15)])
    test = preview(RULE.replace("id: chips", "id: wafers")).backtest
    assert (test.hits, titles(test.shown)) == (15, [f"Chip maker {n:02}" for n in range(10)])


def test_the_period_is_chosen(preview, store):
    store_samples(store, ARCHIVE)
    assert preview(days=2).backtest.articles == 1
    assert preview(days=90).backtest.articles == 5


def test_a_rule_that_gives_way_does_so_in_its_back_test(preview, store):
    store_samples(store, ARCHIVE)
    text = RULE.replace("id: chips", "id: wafers\nunless_topic: trade").replace("topic: trade\n", "topic: other\n", 1)
    text = text.replace("unless_topic: other", "unless_topic: trade").replace("status: live", "status: test")
    assert preview(text).backtest.hits == 1  # the rules of the topic trade find the other two


def test_of_several_rules_one_is_chosen(preview):
    text = TEXTS["rules/chips.yaml"]
    assert preview(text).rule_ids == ("chips", "makers")
    assert preview(text).backtest.rule_id == "chips"
    assert preview(text, rule_id="makers").backtest.rule_id == "makers"
    assert preview(text, rule_id="other").backtest.rule_id == "chips"


def test_no_more_articles_are_read_than_allowed(preview, store):
    store_samples(store, ARCHIVE)
    test = preview(max_articles=2).backtest
    assert (test.articles, test.end, test.oldest) == (2, "articles", ARCHIVE[1].at)


# ---------------------------------------------------------------- one article


def test_a_given_text_shows_its_sentences_or_the_causes(preview):
    found = preview(article="Weather\n\nIt rained. A chip maker left the town.\n\nAn export control followed.").article
    assert (found.matches, found.article_id, found.title, found.prominence) == (True, None, "Weather", "major")
    marked = [[piece.text for piece in each.passage if piece.marked] for each in found.sentences]
    assert marked == [["chip maker"], ["export control"]]
    missed = preview(article="Weather\nIt rained.").article
    assert missed.matches is False
    assert "not found" in missed.causes[0]


def test_an_article_of_the_archive_is_named_by_its_number_or_address(preview, store):
    store_samples(store, ARCHIVE)
    by_number, by_address = preview(article=" 2 ").article, preview(article=ARCHIVE[3].url).article
    assert (by_number.title, by_address.title) == (ARCHIVE[3].title, ARCHIVE[3].title)
    assert (by_number.article_id, by_number.feed_id, by_number.matches) == (2, "harbour-post", False)
    assert preview(article="99").article.problem.startswith("there is no article 99 in the archive;")
    assert "no feed has shown https://nowhere.example" in preview(article="https://nowhere.example").article.problem


def test_another_rule_that_takes_the_article_is_named_as_the_cause(preview):
    text = RULE.replace("id: chips", "id: wafers\nunless_topic: trade").replace(
        "topic: trade\nstatus: live", "topic: other"
    )
    found = preview(text, article="A chip maker leaves").article
    assert (found.matches, found.causes) == (
        False,
        ("unless_topic: rule 'chips' of topic trade matches, so this rule has no hit",),
    )


# ---------------------------------------------------------------- the process


def test_a_preview_runs_in_a_process_of_its_own(any_store, request_for):
    store_samples(any_store, ARCHIVE)
    request = request_for(store=any_store)
    result = PreviewProcess().run(request)
    assert result == preview_rules(request)
    assert result.backtest.articles == 4


def test_a_text_that_takes_too_long_is_stopped_at_the_deadline(request_for):
    with pytest.raises(MonitorError, match=r"more than 0\.5 s and was stopped"):
        PreviewProcess(0.5).run(request_for(SLOW))


def test_while_one_preview_runs_another_is_refused_and_closing_ends_the_one_that_runs(request_for):
    process, ended = PreviewProcess(), []

    def run():
        with pytest.raises(MonitorError, match="the program is ending"):
            process.run(request_for(SLOW))
        ended.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    while not process.is_running:
        assert thread.is_alive()
    with pytest.raises(PreviewBusyError, match="another text is being tried"):
        process.run(request_for())
    process.close()
    thread.join(60)
    assert ended == [True]


def test_after_a_preview_the_next_one_runs(request_for):
    process = PreviewProcess(0.5)
    with pytest.raises(MonitorError):
        process.run(request_for(SLOW))
    process.seconds = 30.0
    assert process.run(request_for()).rule_ids == ("chips",)
