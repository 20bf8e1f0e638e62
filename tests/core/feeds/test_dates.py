from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feeds import dates

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
        ("1767225600", "2026-01-01 00:00"),
        ("1767225600000", "2026-01-01 00:00"),
    ],
)
def test_a_date_is_read_as_feeds_write_it(raw, expected):
    when = dates.read(raw, NOW)
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
    ],
)
def test_an_absurd_or_ambiguous_date_is_none(raw):
    assert dates.read(raw, NOW) is None


def test_a_date_up_to_a_day_ahead_is_let_through():
    assert dates.read("2026-11-25T12:00:00Z", NOW) == NOW + timedelta(days=1)


@given(st.text(max_size=200))
def test_any_text_gives_a_sane_date_or_none(raw):
    when = dates.read(raw, NOW)
    assert when is None or dates.EARLIEST <= when <= NOW + dates.AHEAD


LIKE_A_DATE = (
    r"[A-Za-z]{0,9},? ?[0-9]{0,5}[ ./-]?[A-Za-z0-9]{0,9}[ ./-]?[0-9]{0,5}"
    r"[T ]?[0-9]{0,3}:?[0-9]{0,3}(:[0-9]{2})? ?[A-Z+-]{0,4}[0-9]{0,4}"
)


@given(st.from_regex(LIKE_A_DATE, fullmatch=True))
def test_anything_that_looks_like_a_date_gives_a_sane_date_or_none(raw):
    when = dates.read(raw, NOW)
    assert when is None or dates.EARLIEST <= when <= NOW + dates.AHEAD


@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2026, 11, 24)))  # noqa: DTZ001 the zone is added
def test_what_the_standards_write_is_read_back(moment):
    from email.utils import format_datetime

    moment = moment.replace(tzinfo=UTC, microsecond=0)
    assert dates.read(moment.isoformat(), NOW) == moment
    assert dates.read(format_datetime(moment), NOW) == moment
    assert dates.read(format_datetime(moment, usegmt=True), NOW) == moment
