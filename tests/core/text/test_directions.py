"""Numbers after names in scripts that run from right to left."""

from __future__ import annotations

import pytest

from monitor.core.text.directions import before_number

MARK = "\u200e"


@pytest.mark.parametrize("name", ["الجريدة", "הארץ", "Al-Ahram الأهرام", "الجريدة 24", "(الجريدة)"])
def test_a_name_that_ends_from_right_to_left_is_marked(name: str) -> None:
    assert before_number(name) == name + MARK


@pytest.mark.parametrize("name", ["Gazette", "الأهرام Weekly", "南方周末", "24", ""])
def test_any_other_name_stays_as_it_is(name: str) -> None:
    assert before_number(name) == name
