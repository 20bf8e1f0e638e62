"""A document becomes themes, and the themes a rule file that passes its own checks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core import rules, seeds
from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.core.rules import rule_tests
from monitor.core.seeds.draft_rules import SCHEMA, draft_rule_file

TEXT = """Ports must open their tide data

The Harbour Sensor Act obliges every port to publish tide readings, the government said on Monday.

Minister Ada Quell called the tide readings “a charter for open tide data” and thanked the country.

Dredging licences are another matter. Mud barges near Port Elm need dredging licences before spring.

Critics of the Harbour Sensor Act fear that small ports cannot pay for tide sensors.

Weather was fine.
"""
RULES = """
version: 1
topics: {mud: {title: Mud, order: 1}}
rules:
  - {id: dredging, title: Dredging, topic: mud, status: live, any: [dredging licence, mud barge]}
"""


def a_document(text: str = TEXT, language: str = "en", **changed) -> seeds.SourceDocument:
    paragraphs = seeds.paragraphs_of(text)
    title = paragraphs[0] if paragraphs else "Nothing"
    return seeds.SourceDocument(
        title=title, paragraphs=paragraphs, language=language, origin="ports.txt", digest="ab12", **changed
    )


def find_nothing(_title: str, _text: str):
    return ()


def find_by_existing_rules():
    book, _ = rules.load([rules.SourceFile("mud.yaml", RULES)])
    matcher = Matcher(book.rules)
    return lambda title, text: matcher.match(Article(title=title, text=text), Source())


def a_draft(document: seeds.SourceDocument, find=find_nothing, name: str = "ports") -> str:
    about, themes = seeds.themes(document, find)
    return draft_rule_file(document, about, themes, name)


def loaded(text: str):
    return rules.load([rules.SourceFile("draft.yaml", text)])


def test_blank_lines_separate_paragraphs_and_wrapped_lines_are_joined():
    assert seeds.paragraphs_of("One\ntwo\n\nThree\n \nFour\n") == ("One two", "Three", "Four")


def test_without_blank_lines_each_line_is_a_paragraph():
    assert seeds.paragraphs_of("One\ntwo\nthree\n") == ("One", "two", "three")


def test_paragraphs_that_speak_of_the_same_are_one_theme():
    _, themes = seeds.themes(a_document(), find_nothing)

    acts = next(theme for theme in themes if any(p.text == "Harbour Sensor Act" for p in theme.terms))
    assert {2, 5} <= set(acts.paragraphs)
    assert 4 not in acts.paragraphs


def test_what_half_of_the_paragraphs_name_is_the_subject_and_no_theme():
    text = "\n\n".join(f"The Tideline project reached Port {name} and its {thing}." for name, thing in PLACES)

    about, themes = seeds.themes(a_document(text), find_nothing)

    assert "Tideline" in " ".join(phrase.text for phrase in about)
    assert all("Tideline" not in phrase.text for theme in themes for phrase in theme.terms)


PLACES = (("Elm", "quayside crane"), ("Ash", "pilot cutter"), ("Oak", "sluice keeper"), ("Fir", "mooring buoy"))


def test_terms_that_existing_rules_find_are_named_and_not_repeated():
    _, themes = seeds.themes(a_document(), find_by_existing_rules())

    dredging = next(theme for theme in themes if 4 in theme.paragraphs)
    assert dredging.covered_by == ("dredging",)
    assert dredging.topic == "mud"
    assert all(phrase.text.casefold() != "dredging licences" for phrase in dredging.terms)


def test_the_draft_says_where_it_comes_from_and_what_is_found_already():
    text = a_draft(a_document(), find_by_existing_rules())

    assert "# Draft rules from: Ports must open their tide data" in text
    assert "# ports.txt, sha256 ab12" in text
    assert "# - paragraph 4: dredging" in text


def test_each_term_has_its_paragraph_in_a_comment():
    assert '"Harbour Sensor Act" # paragraphs 2, 5' in a_draft(a_document())


def test_the_draft_passes_check_and_its_own_tests_and_nothing_of_it_runs():
    book, problems = loaded(a_draft(a_document()))

    assert problems == []
    assert {rule.status for rule in book.rules} == {"draft"}
    assert [result.failure for result in rule_tests.run_tests(book.rules, {}) if result.failure] == []
    assert any(rule.tests for rule in book.rules)
    assert Matcher(book.rules).rules == ()


def test_its_tests_are_sentences_of_the_document():
    book, _ = loaded(a_draft(a_document()))

    assert all(test.article.title in " ".join(TEXT.split()) for rule in book.rules for test in rule.tests)


def test_no_two_terms_of_a_theme_hold_each_other():
    quell = "Ada Quell spoke.\n\nThen Quell left, and Quell ate.\n\nHere Quell slept.\n\n"
    text = quell + "Tides rose.\n\nMud dried.\n\nGulls cried.\n\nRain fell.\n\nNight came."

    about, themes = seeds.themes(a_document(text), find_nothing)

    assert not about
    assert [phrase.text for phrase in themes[0].terms if "Quell" in phrase.text] == ["Quell"]


def test_the_schema_is_in_the_first_line():
    assert a_draft(a_document()).splitlines()[0] == SCHEMA


def test_an_address_becomes_a_reference():
    book, _ = loaded(a_draft(a_document(url="https://ports.example/act")))

    assert {rule.references for rule in book.rules} == {("https://ports.example/act",)}


def test_a_document_that_rules_find_whole_gives_a_file_without_rules():
    text = "Dredging licences\n\nDredging licences.\n\nMud barges.\n"

    book, problems = loaded(a_draft(a_document(text), find_by_existing_rules()))

    assert book.rules == ()
    assert [problem.code for problem in problems] == ["W122"]


def test_themes_of_the_same_name_get_numbers():
    _, themes = seeds.themes(a_document(), find_nothing)

    assert len({theme.id for theme in themes}) == len(themes)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Harbour Sensor Act", "harbour-sensor-act"),
        ("U.N. report", "un-report"),
        ("港口", "theme"),
        ("", "theme"),
        ("AI", "theme"),
    ],
)
def test_a_slug_is_plain_letters_or_the_other_word(text, name):
    assert seeds.short_id(text) == name


HOSTILE = """Ports "must" open: [data] {now} # $all *

The “Harbour: Sensor # Act” & its $tide *readings obliges every port: publish {data} AND pay OR leave.

Quay's “#1 charter: 'open' data” = Ada Quell's =plan, [see Harbour: Sensor].

Ada Quell\u2028said Harbour\tSensor\u202e Act \x00 costs 5 % more than Tide Watch.
"""


def test_signs_that_mean_something_in_yaml_or_rules_do_no_harm():
    _, problems = loaded(a_draft(a_document(HOSTILE)))

    assert [problem for problem in problems if problem.level == "error"] == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=200), min_size=1, max_size=8), st.sampled_from(["", "en", "zh", "fr"]))
def test_any_document_gives_a_file_that_loads(blocks, language):
    document = a_document("\n\n".join(blocks), language)

    book, problems = loaded(a_draft(document))

    assert [str(problem) for problem in problems if problem.level == "error"] == []
    assert [result.failure for result in rule_tests.run_tests(book.rules, {}) if result.failure] == []
