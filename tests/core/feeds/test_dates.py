import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feeds import dates, month_names

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Wed, 25 Feb 2026 21:07:00 GMT", "2026-02-25 21:07"),
        ("Wed, 25 Feb 2026 21:07:00 CET", "2026-02-25 20:07"),
        ("Wed Feb 25 21:07:00 CET 2026", "2026-02-25 20:07"),
        ("Wed, 25 Jul 2026 21:07:00 CEST", "2026-07-25 19:07"),
        ("Sat, 5 Sept 2026 00:00:00 BST", "2026-09-04 23:00"),
        ("Wed, 25 Feb 2026 21:07:00 EST", "2026-02-26 02:07"),
        ("Wed, 25 Feb 2026 21:07:00 +0530", "2026-02-25 15:37"),
        ("Wed, 25 Feb 2026 21:07:00 GMT+2", "2026-02-25 19:07"),
        ("25 Feb 2026 21:07:00 +0000 (UTC)", "2026-02-25 21:07"),
        ("Wed, 25 Feb 26 21:07 +0200", "2026-02-25 19:07"),
        ("Wed, 25 Feb 97 21:07 GMT", "1997-02-25 21:07"),
        ("Wednesday, February 25, 2026 - 21:07", "2026-02-25 21:07"),
        ("Tue, 03 Mar 2026 09:30:00 PM EST", "2026-03-04 02:30"),
        ("Mar 3, 2026 12:05 a.m.", "2026-03-03 00:05"),
        ("Wed, 25 Feb 2026 09:00:00 PST", "2026-02-25 17:00"),
        ("Thu, 4 Jun 2026 09:00 PDT", "2026-06-04 16:00"),
        ("Wed, 3 Jun 2026 08:00:00 AEST", "2026-06-02 22:00"),
        ("3 Jun 2026 8:00am AEST", "2026-06-02 22:00"),
        ("Wed, 3 Jun 2026 08:00 AWST", "2026-06-03 00:00"),
        ("3 maart 2026", "2026-03-03 00:00"),
        ("5 czerwca 2026", "2026-06-05 00:00"),
        ("5 Haziran 2026", "2026-06-05 00:00"),
        ("5 июня 2026, 09:00", "2026-06-05 09:00"),
        ("15 أغسطس 2026", "2026-08-15 00:00"),
        ("15 Kas\u0131m 2026 14:05", "2026-11-15 14:05"),
        ("26 Maret 2026 | 10:30 WIB", "2026-03-26 03:30"),
        ("ngày 5 tháng 3 năm 2026", "2026-03-05 00:00"),
        ("5 มิถุนายน 2569", "2026-06-05 00:00"),
        ("५ जून २०२६", "2026-06-05 00:00"),
        ("5 בינואר 2026", "2026-01-05 00:00"),
        ("5 Μαρτίου 2026", "2026-03-05 00:00"),
        ("2026. március 5.", "2026-03-05 00:00"),
        ("2026 m. kovo 5 d.", "2026-03-05 00:00"),
        ("22. toukokuuta 2026", "2026-05-22 00:00"),
        ("5. studenoga 2025.", "2025-11-05 00:00"),
        ("Fri Feb 27 10:21:16 +0000 2026", "2026-02-27 10:21"),
        ("2026 Feb 25 10:00", "2026-02-25 10:00"),
        ("4 août 2026", "2026-08-04 00:00"),
        ("mar. 4 août 2026 14h05", "2026-08-04 14:05"),
        ("mardi 3 mars 2026 à 8 h 15", "2026-03-03 08:15"),
        ("25. Februar 2026, 10:00 Uhr", "2026-02-25 10:00"),
        ("Mi, 11 März 2026 10:00:00 MEZ", "2026-03-11 09:00"),
        ("25 de fevereiro de 2026", "2026-02-25 00:00"),
        ("miércoles, 25 de febrero de 2026 10:00", "2026-02-25 10:00"),
        ("25 luglio 2026", "2026-07-25 00:00"),
        ("2026-02-25T21:07:00Z", "2026-02-25 21:07"),
        ("2026-02-25T21:07:00.123456+01:00", "2026-02-25 20:07"),
        ("2026-02-25 21:07:00 -0500", "2026-02-26 02:07"),
        ("2026-02-25T24:00:00Z", "2026-02-26 00:00"),
        ("2026-02-25T21:07:60Z", "2026-02-25 21:07"),
        ("2026-2-5", "2026-02-05 00:00"),
        ("2026/02/25 10:00", "2026-02-25 10:00"),
        ("20260225", "2026-02-25 00:00"),
        ("2026年2月25日 21:07", "2026-02-25 21:07"),
        ("2026년 2월 25일", "2026-02-25 00:00"),
        ("25.02.2026 10:00", "2026-02-25 10:00"),
        ("25/08/2026", "2026-08-25 00:00"),
        ("02/25/26 08:00", "2026-02-25 08:00"),
        ("05/05/2026", "2026-05-05 00:00"),
        ("2026-11-23 09:30:00 PM", "2026-11-23 21:30"),
        ("20261123T120000Z", "2026-11-23 12:00"),
        ("20261123T1200+0100", "2026-11-23 11:00"),
        ("20261123T10Z", "2026-11-23 10:00"),
        ("20261123T100000,5+0100", "2026-11-23 09:00"),
        ("20261123120000", "2026-11-23 12:00"),
        ("19991231235959", "1999-12-31 23:59"),
        ("2026-11-25T12:00:00Z", "2026-11-25 12:00"),  # a day ahead
        ("202611231200", "2026-11-23 12:00"),
        ("20261123 120000", "2026-11-23 12:00"),
        ("2026-11-23T120000Z", "2026-11-23 12:00"),
        ("20261123T12:00:00.25Z", "2026-11-23 12:00"),
        ("2026-11-23 12:00:00 UTC", "2026-11-23 12:00"),
        ("2026-11-23T12:00:00,123456789123Z", "2026-11-23 12:00"),
        ("2026-11-23T12+01:00", "2026-11-23 11:00"),
        ("2026-11-23T12:00:00\u221205:00", "2026-11-23 17:00"),
        ("2026-11-23T12:00:00+01:00[Europe/Berlin]", "2026-11-23 11:00"),
        ("2026-11-23+01:00", "2026-11-22 23:00"),
        ("2026-11-23Z", "2026-11-23 00:00"),
        ("2026-W48-1", "2026-11-23 00:00"),
        ("2026W481T101500Z", "2026-11-23 10:15"),
        ("2026-W48-1T10:15:00+0100", "2026-11-23 09:15"),
        ("2026-327", "2026-11-23 00:00"),
        ("2026327", "2026-11-23 00:00"),
        ("2026-327T10:15Z", "2026-11-23 10:15"),
        ("2024-366", "2024-12-31 00:00"),
        ("Mon Nov 23 2026 10:00:00 GMT+0100 (Central European Standard Time)", "2026-11-23 09:00"),
        ("23. 11. 2026 10:00", "2026-11-23 10:00"),
        ("2026. 11. 23. 10:00", "2026-11-23 10:00"),
        ("1767225600", "2026-01-01 00:00"),
        ("1767225600000", "2026-01-01 00:00"),
    ],
)
def test_a_date_is_read_as_feeds_write_it(raw, expected):
    when = dates.parse_date(raw, NOW)
    assert when is not None
    assert f"{when:%Y-%m-%d %H:%M}" == expected
    assert when.tzinfo is UTC


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "garbage",
        "yesterday",
        "04/08/2026",
        "31 Jun 2026",
        "2025-06-31",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+14:00",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sun, 31 Dec 1989 23:59:59 GMT",
        "2026-11-25T12:00:01Z",
        "2026-02-25T25:00:00Z",
        "2026-02-25T10:75:00Z",
        "99999999999999999999",
        "Feb",
        "12 Feb",
        "2026-02-25T10:00:00+99:99",
        "2026-02-25T24:00:01Z",
        "20260225T240100Z",
        "20260225T126000Z",
        "20260225250000",
        "20261325T120000Z",
        "2025-W53-1",
        "2025-W00-1",
        "2025-W10-8",
        "2025-366",
        "2025-000",
        "2026-W10",
        "may 12 people 15 attended",
    ],
)
def test_an_impossible_or_ambiguous_date_is_none(raw):
    assert dates.parse_date(raw, NOW) is None


LIKE_A_DATE = (
    r"[A-Za-z]{0,9},? ?[0-9]{0,5}[ ./-]?[A-Za-z0-9]{0,9}[ ./-]?[0-9]{0,5}"
    r"[T ]?[0-9]{0,3}:?[0-9]{0,3}(:[0-9]{2})? ?[A-Z+-]{0,4}[0-9]{0,4}"
)


@given(st.from_regex(LIKE_A_DATE, fullmatch=True) | st.text(max_size=200))
def test_any_text_gives_a_plausible_date_or_none(raw):
    when = dates.parse_date(raw, NOW)
    assert when is None or dates.EARLIEST <= when <= NOW + dates.AHEAD


@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2026, 11, 24)))  # noqa: DTZ001 the zone is added
def test_dates_as_the_standards_write_them_are_parsed(moment):
    from email.utils import format_datetime

    moment = moment.replace(tzinfo=UTC, microsecond=0)
    assert dates.parse_date(moment.isoformat(), NOW) == moment
    assert dates.parse_date(format_datetime(moment), NOW) == moment
    assert dates.parse_date(format_datetime(moment, usegmt=True), NOW) == moment


DAYS = st.sampled_from(["{0:%Y-%m-%d}", "{0:%Y%m%d}", "{0:%G}-W{0:%V}-{0:%u}", "{0:%G}W{0:%V}{0:%u}", "{0:%Y}-{0:%j}"])
CLOCKS = st.sampled_from(
    ["T{:%H:%M:%S}", " {:%H:%M:%S}", "T{:%H%M%S}", "T{:%H%M%S}.5", "T{:%H:%M:%S},000001", " {:%H%M%S}"]
)
ZONES = st.integers(min_value=-14 * 4, max_value=14 * 4)


@given(
    st.datetimes(min_value=datetime(1990, 1, 3), max_value=datetime(2026, 11, 23)),  # noqa: DTZ001 the zone is added
    DAYS,
    CLOCKS,
    ZONES,
    st.sampled_from(["", " ", ":", "\u2212"]),
)
def test_every_form_of_iso_8601_is_read_back(moment, day, clock, quarters, style):
    moment = moment.replace(microsecond=0)
    hours, minutes = divmod(abs(quarters) * 15, 60)
    sign = "+" if quarters >= 0 else "\u2212" if style == "\u2212" else "-"
    zone = f"{' ' * (style == ' ')}{sign}{hours:02}{':' * (style == ':')}{minutes:02}" if quarters else "Z"
    expected = (moment - timedelta(minutes=15 * quarters)).replace(tzinfo=UTC)
    assert dates.parse_date(day.format(moment) + clock.format(moment) + zone, NOW) == expected


def test_a_month_whose_name_is_another_month_elsewhere_is_that_of_the_language_of_the_page():
    october, november = datetime(2025, 10, 5, tzinfo=UTC), datetime(2025, 11, 5, tzinfo=UTC)
    assert dates.parse_date("5. listopada 2025.", NOW, "hr") == october
    assert dates.parse_date("5 listopada 2025", NOW, "pl") == november
    assert dates.parse_date("5 listopada 2025", NOW) == november


def test_each_language_names_twelve_months_and_only_those_of_polish_and_croatian_contradict_each_other():
    months: dict[str, set[int]] = {}
    for names in (*month_names.IN_DATES.values(), *month_names.ALONE.values()):
        for number, name in enumerate(names.split(), 1):
            months.setdefault(name, set()).add(number)
        assert len(names.split()) == 12
    assert {name: numbers for name, numbers in months.items() if len(numbers) > 1} == {
        "listopada": {10, 11},
        "listopad": {10, 11},
    }


@given(st.text(st.characters(exclude_categories=("Nd", "No", "Nl")), max_size=80))
def test_what_has_no_digit_is_no_date(raw):
    assert dates.parse_date(raw, NOW) is None


@given(st.one_of(st.from_regex(LIKE_A_DATE, fullmatch=True), st.text("0123456789 -/.:,TZWmayfeb+", max_size=30)))
def test_a_date_is_spelled_by_the_digits_that_stand_there_or_counted_from_its_year(raw):
    """Nothing is made up: neither today's year nor the first of a month."""
    when = dates.parse_date(raw, NOW)
    if when is None or re.fullmatch(r"\d{10}(\d{3})?", raw.strip()):
        return
    near = [when + timedelta(days=shift) for shift in (-1, 0, 1)]  # a zone may have moved it
    assert any(_is_spelled(day, raw) for day in near)


def _is_spelled(day, raw):
    week = re.search(r"(\d{4})-?[wW](\d\d)-?([1-7])", raw)
    counted = re.match(r"\s*(\d{4})-?(\d{3})(?!\d)", raw)
    if week:
        return tuple(map(int, week.groups())) == tuple(day.isocalendar())
    if counted and f"{day:%Y%j}" == "".join(counted.groups()):
        return True
    return f"{day:%y}" in raw and str(day.day) in raw
