"""Edits of rules from judged articles: what is suggested, and what becomes of the file."""

from __future__ import annotations

import pytest

from monitor.core import rules
from monitor.core.audit import rule_edits
from monitor.core.audit.edit_back_test import JudgedArticles
from monitor.core.audit.edited_files import RuleEdit, applied
from monitor.core.audit.log_odds import JudgedFeatures
from monitor.core.audit.suggestions import suggest
from monitor.core.errors import UsageError
from monitor.core.model import Article
from monitor.core.rules import SourceFile

PATH = "ports.yaml"
TEXT = """\
# Ports of the north
version: 1
topics: {port: {title: Ports, order: 1}}
lists:
  works: [mole, jetty]   # what is built
rules:
  - id: dredging
    title: Dredging   # the daily work
    topic: port
    status: live
    any:
      # words that are enough
      - dredging
      - $works
    tests: [{hit: New dredging licence}, {miss: Ports meet}]
  - {id: tides, title: Tides, topic: port, status: test, any: [tide gauge], tests: [{hit: Tide gauge}, {miss: No}]}
"""
FILES = [SourceFile(PATH, TEXT)]
RULE = rules.load(FILES)[0].rule("dredging")


def articles(*texts: str, number: int = 8) -> list[Article]:
    return [
        Article(title=f"Report {place}", text=f"{text} of town{place}.", language="en")
        for text in texts
        for place in range(number)
    ]


def judged(**changes) -> JudgedArticles:
    known = {
        "misses": articles("The quay wall is new at the pier"),
        "irrelevant": articles("The club is new at the stadium"),
        "background": articles("The opera is new", "A bakery is new", number=40),
        "unmatched": 80,
    }
    return JudgedArticles(**known | changes)


def after(edit: RuleEdit) -> str:
    return applied(FILES, edit)[0].text


def test_a_term_of_the_misses_is_suggested_with_a_test_and_its_back_test() -> None:
    (first, *_) = suggest(FILES, RULE, judged())
    assert first.edit.entry in {"quay", "wall", "quay wall", "pier"}
    assert (first.edit.target, first.misses_gained, first.irrelevant_gained, first.unjudged_gained) == ("any", 8, 0, 0)
    assert first.edit.test
    assert f"+      - {first.edit.entry}" in first.diff
    book, problems = rules.load(applied(FILES, first.edit))
    assert [problem for problem in problems if problem.level == "error"] == []
    assert len(book.rule("dredging").tests) == 3


def test_terms_that_the_others_have_too_are_not_suggested() -> None:
    same = articles("The quay wall is new at the pier")
    assert suggest(FILES, RULE, judged(irrelevant=same)) == []


def test_a_word_of_a_small_archive_is_suggested_only_if_it_is_in_more_misses_than_by_chance() -> None:
    misses = [
        *articles("The first", number=4),
        *articles("A zebra", number=2),
        *articles("The quay wall is new at the pier", number=8),
    ]
    suggested = suggest(FILES[:1], RULE, judged(misses=misses, background=articles("The opera is new", number=150)))
    entries = " ".join(each.edit.entry for each in suggested)
    assert any(word in entries for word in ("quay", "wall", "pier"))
    assert "first" not in entries
    assert "zebra" not in entries


def test_two_broad_terms_are_suggested_near_each_other() -> None:
    wrong = [*articles("The harbour opera opens"), *articles("A stadium gate opens")]
    misses = articles("The harbour gate opens")
    suggested = suggest(FILES, RULE, judged(misses=misses, irrelevant=wrong))
    assert any({"harbour", "gate"} <= set(each.edit.entry.replace(",", " ").replace("]", " ").replace("[", " ").split()) or each.edit.entry == "harbour gate" for each in suggested)  # fmt: skip  # noqa: E501


def test_false_alarms_suggest_an_exclusion_that_loses_no_relevant_hit() -> None:
    alarms = articles("Dredging up memories of the band", number=4)
    right = articles("Dredging of the fairway", number=4)
    (only,) = suggest(FILES, RULE, JudgedArticles(false_alarms=alarms, relevant_hits=right))
    assert (only.edit.target, only.false_alarms_lost, only.relevant_lost) == ("none", 4, 0)
    assert "none: [" in after(only.edit)
    assert only.edit.kind == "miss"


def test_nothing_judged_suggests_nothing() -> None:
    assert suggest(FILES, RULE, JudgedArticles()) == []


@pytest.mark.parametrize(
    ("rule", "target", "added"),
    [
        ("dredging", "any", "      - quay\n      - dredging\n"),
        ("tides", "any", "any: [quay, tide gauge]"),
        ("dredging", "none", "    none: [quay]\n    tests:"),
        ("tides", "none", "{none: [quay], id: tides"),
        ("dredging", "list works", "works: [quay, mole, jetty]   # what is built"),
        ("dredging", "tests", "tests: [quay, {hit: New"),
    ],
)
def test_an_edit_changes_its_line_alone_and_keeps_every_comment(rule: str, target: str, added: str) -> None:
    text = after(RuleEdit(rule_id=rule, path=PATH, target=target, entry="quay"))
    assert added in text
    assert [line for line in TEXT.splitlines() if "#" in line and line not in text] in ([], ["  works: [mole, jetty]   # what is built"])  # fmt: skip  # noqa: E501
    assert len(text) - len(TEXT) < 30


def test_a_key_is_added_below_the_id_of_a_rule_without_tests() -> None:
    text = TEXT.partition("    tests:")[0]
    assert "- id: dredging\n    tests: [quay]\n    title: Dredging" in rule_edits.insert(
        text, PATH, "dredging", "tests", "quay"
    )


def test_terms_that_yaml_would_read_otherwise_are_quoted() -> None:
    assert [rule_edits.quoted(term) for term in ("quay wall", "no", "80 000", "a: b", "人工")] == [
        "quay wall", '"no"', '"80 000"', '"a: b"', "人工",
    ]  # fmt: skip


def test_an_edit_that_does_not_fit_its_file_any_more_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no rule 'gone'"):
        after(RuleEdit(rule_id="gone", path=PATH, target="any", entry="quay"))
    with pytest.raises(UsageError, match="there is no list 'gone'"):
        after(RuleEdit(rule_id="dredging", path=PATH, target="list gone", entry="quay"))


def test_beside_few_other_articles_two_misses_suggest_no_word_that_they_share_by_chance() -> None:
    few = articles("What the quay wall answers", number=2)
    assert suggest(FILES, RULE, judged(misses=few, background=(), unmatched=8)) == []
    found = suggest(FILES, RULE, judged(misses=few, background=articles("The opera is new", number=200), unmatched=200))
    assert found
    assert all("what" not in each.edit.entry for each in found)


def test_what_a_term_gains_is_projected_between_what_its_misses_stand_for_and_their_share() -> None:
    evidence = JudgedFeatures(
        misses=[frozenset()] * 4,
        irrelevant=[],
        background=[frozenset()] * 100,
        weights=[1, 1, 1, 33],
        irrelevant_weights=[],
        unmatched=1_000,
    )
    stand_for, share = 33, 36 / 4
    assert evidence.precision([3], (), 4) == pytest.approx((stand_for * share) ** 0.5 / (4.5 * 10))


def test_an_irrelevant_article_that_stands_for_many_outweighs_misses_at_the_beginning_of_the_ranking() -> None:
    misses, irrelevant = articles("The quay wall is new"), articles("The quay wall is old", number=2)
    assert suggest(FILES, RULE, judged(misses=misses, irrelevant=irrelevant))
    assert suggest(FILES, RULE, judged(misses=misses, irrelevant=irrelevant, irrelevant_weights=[40.0, 40.0])) == []


def test_a_broad_term_that_fails_its_back_test_leaves_the_misses_to_narrower_ones() -> None:
    misses = [*articles("The harbour has a pier"), *articles("The harbour has a quay")]
    long = articles("word " * 700 + "harbour", number=80)
    found = suggest(FILES, RULE, judged(misses=misses, background=long))
    assert {each.edit.entry for each in found} == {"pier", "quay"}


def test_a_word_that_relevant_hits_may_lack_by_chance_is_not_excluded() -> None:
    alarms, right = articles("Dredging is very much a memory", number=4), articles("Dredging of the fairway", number=2)
    assert suggest(FILES, RULE, JudgedArticles(false_alarms=alarms, relevant_hits=right)) == []
    many = articles("Dredging of the fairway", number=4)
    assert suggest(FILES, RULE, JudgedArticles(false_alarms=alarms, relevant_hits=many))
    common = articles("The memory is very much alive", number=4)
    assert suggest(FILES, RULE, JudgedArticles(false_alarms=alarms, relevant_hits=many, background=common)) == []
