"""Numeric dates whose order of day and month only the list shows."""

import pytest

from monitor.core.sources.day_order import resolve_day_order
from tests.core.sources.samples import parse
from tests.core.sources.test_page import HEADLINES, page


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["3/2/2021", "Filed 23/04/2021"], ["2021-02-03", "Filed 2021-04-23"]),
        (["3/2/2021", "4/23/2021"], ["2021-03-02", "2021-04-23"]),
        (["3/2/2021", "23/04/2021", "4/23/2021"], ["3/2/2021", "23/04/2021", "4/23/2021"]),
        (["3/2/2021", "2021-04-23", "", "12 May 2021"], ["3/2/2021", "2021-04-23", "", "12 May 2021"]),
    ],
    ids=["day first", "month first", "contradiction", "nothing to tell by"],
)
def test_one_date_shows_the_order_of_all_unless_another_contradicts(written, expected):
    assert resolve_day_order(written) == expected


def test_the_dates_of_a_list_are_read_in_the_order_that_it_shows():
    days = ("3/2/2021", "3/13/2021", "4/5/2021", "5/6/2021", "7/8/2021")
    items = "".join(f"<li>{day} <a href='/{n}'>{HEADLINES[n][0]}</a></li>" for n, day in enumerate(days))
    outcome = parse(page(f"<main><ul>{items}</ul></main>"), kind="page").outcome
    assert [f"{entry.published_at:%d %b}" for entry in outcome.entries] == [
        "02 Mar", "13 Mar", "05 Apr", "06 May", "08 Jul",
    ]  # fmt: skip
