"""Numbers after names in scripts that run from right to left."""

from __future__ import annotations

import pytest

from monitor.core.text.directions import before_number, mark_names

MARK = "\u200e"


@pytest.mark.parametrize("name", ["الجريدة", "הארץ", "Al-Ahram الأهرام", "الجريدة 24", "(الجريدة)"])
def test_a_name_that_ends_from_right_to_left_is_marked(name: str) -> None:
    assert before_number(name) == name + MARK


@pytest.mark.parametrize("name", ["Gazette", "الأهرام Weekly", "南方周末", "24", ""])
def test_any_other_name_stays_as_it_is(name: str) -> None:
    assert before_number(name) == name


def test_names_within_a_line_are_marked_in_their_order() -> None:
    line = "Top: الجريدة الكويتية 3; Gazette 2; الجريدة 1"
    marked = f"Top: الجريدة الكويتية{MARK} 3; Gazette 2; الجريدة{MARK} 1"
    assert mark_names(line, ("الجريدة الكويتية", "Gazette", "الجريدة")) == marked
    assert mark_names("Top: Gazette…", ("Gazette", "الجريدة")) == "Top: Gazette…"
