"""Dates in the texts of pages, as people of many countries write them."""

from datetime import UTC, datetime

import pytest

from monitor.core.feeds import dates, month_names
from monitor.core.sources.written_dates import first_date, is_only_date

NOW = datetime(2026, 12, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-25",
        "2026. 11. 25.",
        "25. 11. 2026",
        "25.11.26",
        "25 2026-11",
        "25 2026/11",
        "2026年11月25日",
        "令和8年11月25日",
        "民國115年11月25日",
        "115年11月25日",
        "2026년 11월 25일",
        "25-Nov-2026",
        "2026-Nov-25",
        "Nov-25-2026",
        "25th of November 2026",
        "November 25th, 2026",
        "25. November 2026",
        "25 нояб. 2026",
        "25 Νοε 2026",
        "25º de novembro de 2026",
        "25 de novembre del 2026",
        "2026. november 25.",
        "2026 m. lapkričio 25 d.",
        "2026. gada 25. novembris",
        "ngày 25 tháng 11 năm 2026",
        "25 בנובמבר 2026",
        "25 พฤศจิกายน 2569",
        "25 नवंबर 2026",
        "٢٥ نوفمبر ٢٠٢٦",
    ],
)
def test_a_date_within_a_text_is_found_and_parsed(written):
    found = first_date(f"Guidance 3/2026: {written} (new)")
    assert f"{dates.parse_date(found, NOW):%F}" == "2026-11-25"


@pytest.mark.parametrize("language", month_names.IN_DATES)
def test_every_month_of_a_language_makes_a_date(language):
    names = month_names.IN_DATES[language].split()
    days = [dates.parse_date(first_date(f"On 25 {name} 2025 in force"), NOW, language) for name in names]
    assert [day and day.month for day in days] == list(range(1, 13))


@pytest.mark.parametrize(
    "text", ["document 12 2026", "12 articles 2026", "2026 items 12", "section 3.2.1 of 2026", "年金 26年3月"]
)
def test_numbers_beside_another_word_are_no_date(text):
    assert not first_date(text)


def test_the_number_of_an_issue_is_not_a_year_of_taiwan():
    assert dates.parse_date("第115年11月25日", NOW) is None


def test_a_text_is_only_a_date_if_at_most_one_word_is_beside_it():
    assert is_only_date("Wednesday, 25 November 2026")
    assert not is_only_date("Minutes of the meeting of 25 November 2026")
    assert not is_only_date("Wednesday")
