"""Names, quoted phrases and key phrases of a document, ranked against ordinary news."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.seeds.phrases import find_phrases, rare_words

ENGLISH = (
    "The Harbour Sensor Act obliges every port to publish tide readings, the government said on Monday.",
    "Minister Ada Quell called the act “a charter for open tide data” and thanked the country.",
    "Critics of the Harbour Sensor Act fear that small ports cannot pay for tide sensors.",
    "Sensor-data groups such as TideWatch want penalties for late tide readings.",
)


def texts(found):
    return [phrase.text for phrase in found]


def test_names_are_found_with_their_paragraphs():
    act = next(p for p in find_phrases(ENGLISH, "en") if p.text == "Harbour Sensor Act")

    assert act.kind == "name"
    assert act.paragraphs == (1, 3)
    assert act.count == 2


def test_quoted_phrases_are_found():
    assert "a charter for open tide data" in texts(find_phrases(ENGLISH, "en"))


def test_a_compound_keeps_its_noun():
    assert "Sensor-data groups" in texts(find_phrases(ENGLISH, "en"))


def test_ordinary_words_of_news_are_no_phrases():
    found = {text.casefold() for text in texts(find_phrases(ENGLISH, "en"))}

    assert not found & {"the country", "country", "government", "the government", "monday", "minister"}


@pytest.mark.parametrize("word", ["countries", "reported", "sharing", "greater", "President", "2025", "said"])
def test_inflected_ordinary_words_are_ordinary_too(word):
    assert rare_words(word) == []


@pytest.mark.parametrize("name", ["United States", "White House", "President Donald Trump"])
def test_names_that_every_paper_prints_are_left_out(name):
    paragraphs = [f"A sensor law reached {name} on Monday.", f"It was sent to {name} by the ports.", "Tide data grew."]

    assert name not in texts(find_phrases(paragraphs, "en"))


def test_a_name_of_ordinary_words_is_kept():
    assert "Global South" in texts(find_phrases(["Sensors are rare in the Global South."], "en"))


def test_the_words_that_only_start_a_sentence_are_taken_from_a_name():
    found = texts(find_phrases(["At the Tide Data Forum, all was calm.", "Ports met.", "They left."], "en"))

    assert "Tide Data Forum" in found


def test_a_phrase_inside_a_better_one_is_left_out():
    found = texts(find_phrases(ENGLISH, "en"))

    assert "Sensor Act" not in found
    assert "Harbour Sensor" not in found
    assert not any(text.startswith("Sensor Act") for text in found)


def test_chinese_is_read_by_marks_and_repetition():
    paragraphs = ["港口传感器法今日生效。", "《潮汐数据条例》要求港口传感器公开数据。", "港口传感器的费用由政府承担。"]

    found = texts(find_phrases(paragraphs, "zh"))

    assert "港口传感器" in found
    assert "潮汐数据条例" in found


def test_german_nouns_alone_are_no_names():
    found = find_phrases(["Der Hafen bekommt eine Pegelmessstelle.", "Das Pegelgesetz gilt ab Mai."], "de")

    assert [phrase.text for phrase in found if phrase.kind == "name" and " " not in phrase.text] == []


def test_better_phrases_come_first_and_equal_ones_in_their_order():
    found = find_phrases(ENGLISH, "en")

    assert [p.weight for p in found] == sorted((p.weight for p in found), reverse=True)
    assert find_phrases(ENGLISH, "en") == found


def test_nothing_gives_nothing():
    assert find_phrases([], "en") == []
    assert find_phrases(["12 34", "!!!", ""], "") == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=120), max_size=6), st.sampled_from(["", "en", "zh", "de", "xx"]))
def test_any_text_is_parsed_and_each_phrase_is_in_the_paragraphs_it_names(paragraphs, language):
    for phrase in find_phrases(paragraphs, language):
        assert phrase.count >= len(phrase.paragraphs) > 0
        assert all(1 <= number <= len(paragraphs) for number in phrase.paragraphs)
