from collections import Counter

import pytest

from monitor.core.boilerplate import Parted, is_boilerplate, paragraph_keys, part

PLEA = "Sign up to our Friday letter, which Ilse Varga writes from the harbour."
NEWS = "The Assembly voted on Tuesday to register every use of automated decisions."


def seen(*texts: str) -> Counter[int]:
    return Counter(key for text in texts for key in paragraph_keys(text))


def test_what_a_source_prints_under_everything_is_taken_out_and_kept_aside():
    earlier = [f"Piece number {n} about something else entirely.\n\n{PLEA}" for n in range(5)]
    assert part(f"{NEWS}\n\n{PLEA}", seen(*earlier), 5) == Parted(NEWS, (PLEA,))


def test_it_is_recognised_in_other_capitals_and_punctuation():
    counts = dict.fromkeys(paragraph_keys(PLEA.upper()), 9)
    assert part(f"{PLEA}\n\n{NEWS}", counts, 20).text == NEWS


@pytest.mark.parametrize(
    ("count", "articles", "verdict"), [(4, 4, False), (5, 5, True), (5, 200, True), (5, 300, False)]
)
def test_five_articles_and_two_in_a_hundred_must_have_it(count, articles, verdict):
    assert is_boilerplate(count, articles) is verdict


def test_headings_and_names_stay_however_often_they_come():
    text = f"Background\n\n{NEWS}\n\nIlse Varga"
    assert part(text, seen(*[text] * 4, *["Background"] * 50), 54) == Parted(text)
    assert paragraph_keys("Background\n\nIlse Varga\n\n") == frozenset()


def test_an_article_that_would_be_left_empty_is_the_same_one_again_and_stays_whole():
    text = f"Background\n\n{NEWS}\n\n{PLEA}"
    assert part(text, seen(*[text] * 9), 9) == Parted(text)


def test_keys_fit_a_database():
    assert all(-(2**63) <= key < 2**63 for key in paragraph_keys(f"{NEWS}\n\n{PLEA}"))
    assert len(paragraph_keys(f"{NEWS}\n\n{NEWS}")) == 1
