"""One slot each local day, checked against an oracle that steps through days and minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.digests.slots import expand_weekdays, latest_slot, longest_wait, next_slot, to_instant

ZONES = (
    "UTC", "Europe/Brussels", "Europe/London", "Europe/Lisbon", "Europe/Chisinau", "America/New_York",
    "America/Los_Angeles", "America/St_Johns", "America/Santiago", "America/Havana", "America/Sao_Paulo",
    "Africa/Cairo", "Africa/Casablanca", "Asia/Jerusalem", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo",
    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Antarctica/Troll",
)  # fmt: skip
TIMES = ("0:00", "0:30", "1:30", "2:00", "2:30", "2:59", "3:00", "8:00", "23:45")
FIRST, DAYS = date(2025, 1, 1), 730
MINUTE = timedelta(minutes=1)


def by_the_clock_on_the_wall(day: date, at: str, zone: ZoneInfo) -> datetime:
    """The oracle: step through the minutes until the wall clock first shows the time or a later one."""
    hour, minute = map(int, at.split(":"))
    wanted = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - a wall clock knows no zone
    instant = wanted.replace(tzinfo=UTC) - (zone.utcoffset(wanted) or timedelta()) - timedelta(hours=3)

    def shown(at: datetime) -> datetime:
        return at.astimezone(zone).replace(tzinfo=None)

    while shown(instant) < wanted:
        instant += 15 * MINUTE
    while shown(instant - MINUTE) >= wanted:
        instant -= MINUTE
    return instant


@pytest.mark.parametrize("name", ZONES)
def test_every_local_day_of_two_years_has_one_slot_in_twenty_zones(name):
    zone = ZoneInfo(name)
    expected = [by_the_clock_on_the_wall(FIRST + timedelta(days=day), "2:30", zone) for day in range(DAYS)]
    now, slots = expected[0] - MINUTE, []
    while len(slots) < DAYS:
        now = next_slot("30 2 * * *", name, now)
        slots.append(now)
    assert slots == expected
    lengths = [after - before for before, after in pairwise(expected)]
    for day in range(1, DAYS - 1):
        if day % 30 == 0 or {*lengths[max(0, day - 3) : day + 3]} != {timedelta(days=1)}:  # the clocks change
            assert latest_slot("30 2 * * *", name, expected[day]) == expected[day]
            assert latest_slot("30 2 * * *", name, expected[day] - MINUTE) == expected[day - 1]


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(ZONES),
    at=st.sampled_from(TIMES),
    minutes=st.integers(24 * 60, DAYS * 24 * 60),
    weekdays=st.sampled_from(("*", "mon-fri", "mon", "sun", "6,0")),
)
def test_the_latest_slot_is_the_last_one_that_the_oracle_has_seen(name, at, minutes, weekdays):
    zone = ZoneInfo(name)
    now = datetime(2025, 1, 8, tzinfo=UTC) + minutes * MINUTE
    hour, minute = at.split(":")
    today = now.astimezone(zone).date()
    days = (today - timedelta(days=back) for back in range(-1, 9))
    allowed = {
        "*": range(7), "mon-fri": range(5), "mon": (0,), "sun": (6,), "6,0": (5, 6),
    }[weekdays]  # fmt: skip
    seen = (by_the_clock_on_the_wall(day, at, zone) for day in days if day.weekday() in allowed)
    assert latest_slot(f"{minute} {hour} * * {weekdays}", name, now) == max(slot for slot in seen if slot <= now)


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(ZONES), minutes=st.lists(st.integers(0, DAYS * 24 * 60), min_size=2, max_size=2))
def test_the_wall_clock_never_leads_back_in_time(name, minutes):
    earlier, later = (datetime(2025, 1, 1) + each * MINUTE for each in sorted(minutes))  # noqa: DTZ001 - wall clock
    assert to_instant(earlier, ZoneInfo(name)) <= to_instant(later, ZoneInfo(name))


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("Europe/Brussels", date(2026, 3, 29), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("Europe/Brussels", date(2026, 10, 25), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2026, 10, 4), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ],
)
def test_a_time_that_is_skipped_falls_on_the_jump_and_one_that_comes_twice_counts_once(name, day, expected):
    wall = datetime(day.year, day.month, day.day, 2, 30)  # noqa: DTZ001 - wall clock
    assert to_instant(wall, ZoneInfo(name)) == expected
    assert latest_slot("30 2 * * *", name, expected + 40 * MINUTE) == expected  # also while the hour is repeated


def test_a_day_that_samoa_never_had_is_caught_up_at_once():
    assert latest_slot("0 8 30 12 *", "Pacific/Apia", datetime(2012, 1, 1, tzinfo=UTC)) == datetime(
        2011, 12, 30, 10, tzinfo=UTC
    )


def test_a_leap_day_waits_for_its_year():
    assert next_slot("0 8 29 2 *", "UTC", datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2028, 2, 29, 8, tzinfo=UTC)
    assert latest_slot("0 8 29 2 *", "UTC", datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2024, 2, 29, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("sat-sun", "Sat Sun"),
        ("SAT-SUN", "Sat Sun"),
        ("6-7", "Sat Sun"),
        ("6-0", "Sat Sun"),
        ("mon-sun", "Mon Tue Wed Thu Fri Sat Sun"),
        ("1-7", "Mon Tue Wed Thu Fri Sat Sun"),
        ("0-7", "Mon Tue Wed Thu Fri Sat Sun"),
        ("sun-tue", "Mon Tue Sun"),
        ("7-2", "Mon Tue Sun"),
        ("fri-mon", "Mon Fri Sat Sun"),
        ("mon-sun/2", "Mon Wed Fri Sun"),
        ("wed,sat-sun", "Wed Sat Sun"),
        ("mon-fri", "Mon Tue Wed Thu Fri"),
        ("7", "Sun"),
        ("*", "Mon Tue Wed Thu Fri Sat Sun"),
    ],
)
def test_ranges_of_weekdays_are_read_as_people_mean_them(written: str, days: str) -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)  # a Sunday
    found = set()
    while (at := next_slot(f"0 8 * * {written}", "UTC", at)) < datetime(2026, 11, 29, 12, tzinfo=UTC):
        found.add(f"{at:%a}")
    assert found == set(days.split())


def test_what_is_no_range_of_weekdays_is_left_to_the_parser() -> None:
    for schedule in ("0 8 1-7 * *", "0 8 * * sat-funday", "0 8 * * 5#2", "0 8 * *"):
        assert expand_weekdays(schedule) == schedule


@pytest.mark.parametrize(
    ("schedule", "days"),
    [("0 8 * * *", 1), ("0 8 * * mon-fri", 3), ("0 16 * * fri", 7), ("0 9 1 * *", 31), ("0 9 31 * *", 61), ("x", 0)],
)
def test_the_longest_wait_between_two_slots_is_that_of_the_schedule(schedule, days):
    assert longest_wait(schedule) == timedelta(days=days)
