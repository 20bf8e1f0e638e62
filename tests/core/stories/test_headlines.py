import pytest

from monitor.core.stories.headline_words import action, place
from monitor.core.stories.headlines import headline_features
from monitor.core.text import words


@pytest.mark.parametrize(
    ("title", "core"),
    [
        ("Ministers agree on AI treaty text - The Daily Courier", "ministers agree on ai treaty text"),
        ("Ministers agree on AI treaty text | Courier", "ministers agree on ai treaty text"),
        ("BREAKING: Exclusive: Ministers agree on AI treaty text", "ministers agree on ai treaty text"),
        ("UPDATE 2-Ministers agree on AI treaty text", "ministers agree on ai treaty text"),
    ],
)
def test_a_title_is_compared_without_lead_in_and_site_name(title, core):
    assert headline_features(title).folded == core


@pytest.mark.parametrize("title", ["AI Act guidance for everyone - Part 2", "Chips - AI", "Live: ", ""])
def test_a_part_number_and_a_short_title_are_not_taken_for_a_site(title):
    assert headline_features(title).folded == headline_features(title.replace(" - ", " ")).folded


def test_all_forms_of_a_place_and_an_action_are_one():
    assert place("italian") == place("italy") == "italy"
    assert action("fined") == action("fines") == "fine"
    assert action("approves") == action("passed") == "pass"


@pytest.mark.parametrize("word", ["finance", "banker", "background", "suite", "signal", "asking-price"])
def test_a_word_that_only_begins_like_a_short_action_is_none(word):
    assert action(word) == ""


@pytest.mark.parametrize(
    "written", ["1,000,000", "1.000.000", "1'000'000", "1\u2019000\u2019000", "1\xa0000\xa0000", "1\u202f000\u202f000"]
)
def test_a_number_in_groups_is_the_number(written):
    assert headline_features(f"More than {written} firms sign the code") == headline_features(
        "More than 1000000 firms sign the code"
    )


@pytest.mark.parametrize(
    "title", ["Version 1.000.5 is out", "Rise of 3.5 and 12,45", "On 24.11.2026", "In 2026 100 firms"]
)
def test_what_is_no_number_in_groups_stays_as_it_is(title):
    assert headline_features(title).folded == " ".join(words(title))


def test_different_numbers_places_years_and_actions_contradict():
    fine = headline_features("EU fines Meta 200 million in 2025")
    for other in ("EU fines Meta 390 million", "Japan fines Meta", "EU sues Meta", "EU fines Meta in 2023"):
        assert fine.contradicts(headline_features(other))
    assert not fine.contradicts(headline_features("Meta fined 200m"))


def test_a_title_of_everyday_words_is_not_specific():
    assert not headline_features("Daily news from the European Commission").is_specific
    assert not headline_features("Press release").is_specific
    assert headline_features("Nvidia resumes H20 chip sales to China").is_specific


def test_titles_without_spaces_are_compared_by_pairs_of_characters():
    one, other = headline_features("世界人工智能合作组织在上海成立"), headline_features("上海成立世界人工智能合作组织")
    both, share = one.shared(other)
    assert both > 5
    assert share > 0.75


def test_words_that_many_titles_have_can_be_left_out():
    one, other = headline_features("Nvidia chip sales resume"), headline_features("Nvidia chip exports resume")
    assert one.shared(other)[0] - one.shared(other, {"nvidia"})[0] == 1
