"""A text is cut between words, in any script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text.shortening import shorten


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 9, "short"),
        ("two words and more", 12, "two words…"),
        ("two words, and more", 11, "two words…"),
        ("监管条例草案征求意见", 12, "监管条例草…"),
        ("监管 regulation of AI", 12, "监管…"),
        ("ข้อบังคับใหม่", 6, "ข้อบั…"),
        ("Donaudampfschifffahrt", 8, "Donauda…"),
        ("नियमों का मसौदा", 9, "नियमों…"),
    ],
)
def test_a_cut_falls_between_words(text, limit, short):
    assert shorten(text, limit) == short


@given(st.text(max_size=300), st.integers(2, 80))
def test_a_shortened_text_is_one_line_within_the_limit(text, limit):
    short = shorten(text, limit)
    assert len(short) <= limit
    assert len(short.splitlines()) <= 1


@given(st.lists(st.sampled_from(["AI", "regulation", "of", "modelės"]), min_size=3).map(" ".join), st.integers(12, 60))
def test_no_word_is_cut(text, limit):
    assert set(shorten(text, limit).removesuffix("…").split()) <= set(text.split())
