"""Durations and bounds of time as users write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.durations import (
    format_duration,
    parse_duration,
    parse_start,
    parse_time_bound,
    resolve_start,
    resolve_time_bound,
)

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *[("500ms", 0.5), ("30s", 30), ("15m", 900), ("6h", 21_600), ("7d", 604_800), ("2w", 1_209_600)],
        *[(" 5 s ", 5), ("0", 0), ("0s", 0), ("36500d", 36_500 * 86_400)],
    ],
)
def test_a_duration_is_a_number_and_its_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", "has no unit; write it like 30s, 15m, 6h, 7d or 2w"),
        ("36501d", "is longer than 100 years"),
        ("999999999w", "is longer than 100 years"),
        *((text, "is not a duration") for text in ("", "s", "-5s", "1.5h", "1h30m", "5 seconds", "٣s", "5S", "1y")),
        ("9999999999s", "is not a duration"),
    ],
)
def test_anything_else_is_refused_with_an_example(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_duration(text)


@given(st.integers(0, 10**9))
def test_a_duration_that_is_formatted_is_parsed_to_the_same(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(days=14)),
        ("0s", NOW),
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("1900-01-01", datetime(1900, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_bound_of_time_is_a_duration_before_now_or_a_day(text: str, instant: datetime) -> None:
    assert resolve_time_bound(parse_time_bound(text), NOW) == instant


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-02-30", "is not a day of the calendar"),
        ("0001-01-01", "is not a day of the years 1900 to 2999"),
        ("yesterday", "is not a duration; .* or 2w, or a day: 2026-11-24"),
        ("7", "has no unit; .* or a day"),
    ],
)
def test_any_other_bound_is_refused_with_examples(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_time_bound(text)


@pytest.mark.parametrize("text", ["0", "0s", "0d", " 0 w "])
def test_a_period_does_not_begin_now(text: str) -> None:
    with pytest.raises(ValueError, match="is no time before now"):
        parse_start(text)


def test_a_period_begins_at_the_present_day_and_not_at_the_next_one() -> None:
    today, tomorrow = NOW.date(), NOW.date() + timedelta(days=1)
    assert resolve_start(today, NOW) == datetime(today.year, today.month, today.day, tzinfo=UTC)
    with pytest.raises(ValueError, match=f"has not begun, it is {NOW:%Y-%m-%d %H:%M} UTC; write an earlier day"):
        resolve_start(tomorrow, NOW)


@pytest.mark.parametrize("text", ["7d", "1ms", "2026-11-24"])
def test_a_period_begins_with_any_other_bound(text: str) -> None:
    assert parse_start(text) == parse_time_bound(text)


def test_the_day_of_a_bound_is_that_day() -> None:
    assert parse_time_bound("2026-11-24") == date(2026, 11, 24)
