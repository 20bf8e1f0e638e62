"""When a digest is due and which window it covers, whatever outages the daemon had."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sample_news import CONFIG

from monitor.core.digests.runs import Baseline, manual_window, plan_run
from monitor.core.digests.slots import is_quiet, quiet_until
from monitor.core.model import DigestConfig, DigestRun
from tests.core.digests.test_slots import DAYS, ZONES, by_the_clock_on_the_wall

START = datetime(2025, 1, 1, 12, tzinfo=UTC)


def run(slot, *, until=None, messages=1):
    until = until or slot
    return DigestRun(
        id=1, digest_id="d", slot=slot, since=until, until=until, hits=messages, messages=messages, created_at=until
    )


def test_a_digest_that_never_ran_begins_with_a_baseline():
    assert plan_run(CONFIG, [], datetime(2026, 11, 24, 12, tzinfo=UTC)) == Baseline(
        datetime(2026, 11, 24, 7, tzinfo=UTC)
    )


def test_a_digest_that_falls_due_in_quiet_hours_waits_for_their_end():
    quiet = replace(CONFIG, timezone="Asia/Tokyo", quiet_hours=(time(22), time(7)))
    runs = [run(datetime(2026, 11, 20, tzinfo=UTC))]
    assert plan_run(quiet, runs, datetime(2026, 11, 24, 21, 59, tzinfo=UTC)) is None  # 6:59 in Tokyo
    assert plan_run(quiet, runs, datetime(2026, 11, 24, 22, tzinfo=UTC)).until == datetime(2026, 11, 24, 22, tzinfo=UTC)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware by the strategy
    st.tuples(st.times(), st.times()).filter(lambda hours: hours[0] != hours[1]),
    st.sampled_from(["UTC", "Europe/Brussels", "America/New_York", "Asia/Tokyo"]),
)
def test_quiet_hours_end_within_a_day_and_then_it_is_not_quiet(now, hours, zone):
    hours = tuple(each.replace(second=0, microsecond=0) for each in hours)
    assume(hours[0] != hours[1])
    end = quiet_until(hours, now, zone)
    assert (end is None) is (not is_quiet(hours, now, zone))
    assert end is None or (now < end <= now + timedelta(hours=25) and not is_quiet(hours, end, zone))


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 10, 25, 0, 10, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 0, 10, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ],
)
def test_quiet_hours_that_end_when_clocks_change_end_after_now(now, end):
    hours = (time(22), time(2, 30))
    assert quiet_until(hours, now, "Europe/Brussels") == end
    assert not is_quiet(hours, end, "Europe/Brussels")


def test_a_manual_run_covers_the_time_since_the_last_run_with_a_message():
    now = START + timedelta(days=3)
    runs = [run(START + timedelta(days=2), messages=0), run(START + timedelta(days=1)), run(START)]
    window = manual_window(runs, now, timedelta(days=7))
    assert (window.since, window.until, window.slot) == (START + timedelta(days=1), now, now)
    assert manual_window([], now, timedelta(days=7)).since == now - timedelta(days=7)
    assert manual_window([run(START, messages=0)], now, timedelta(days=7)).since == START


def test_a_last_run_in_the_future_begins_no_window_after_its_end():
    assert manual_window([run(START + timedelta(days=9))], START, timedelta(days=7)).since == START


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(ZONES),
    at=st.sampled_from(("0:30", "1:30", "2:30", "8:00")),
    outages=st.lists(st.tuples(st.integers(0, 30 * 24), st.integers(1, 24 * 9)), max_size=4),
    pace=st.sampled_from((20, 30, 55)),
    first=st.integers(0, DAYS - 40),
)
def test_runs_over_weeks_with_outages_are_those_of_a_day_by_day_oracle(name, at, outages, pace, first):
    """A daemon that checks every few minutes while it is up runs each slot once, and several missed slots as one."""
    hour, minute = at.split(":")
    config = DigestConfig(id="d", title="", schedule=f"{minute} {hour} * * *", timezone=name)
    begin = START + timedelta(days=first)
    down = [(begin + timedelta(hours=since), timedelta(hours=hours)) for since, hours in outages]
    ticks = [begin + timedelta(minutes=pace * tick) for tick in range(30 * 24 * 60 // pace)]
    up = [now for now in ticks if not any(since <= now < since + long for since, long in down)]
    runs = []
    for now in up:
        match plan_run(config, runs[:50], now):
            case None:
                pass
            case Baseline(slot):
                runs.insert(0, run(slot, until=now, messages=0))
            case window:
                assert window.since == runs[0].until
                runs.insert(0, run(window.slot, until=now))
    actual = [(each.slot, each.until) for each in reversed(runs)][1:]
    assert actual == oracle(up, config, ZoneInfo(name), at)


def oracle(up, config, zone, at):
    """Count runs by walking the local days: what came due during an outage is one run, at its end."""
    if not up:
        return []
    days = [up[0].astimezone(zone).date() + timedelta(days=day) for day in range(40)]
    slots = [slot for slot in (by_the_clock_on_the_wall(day, at, zone) for day in days) if slot > up[0]]
    expected = {}
    checks = iter(up)
    now = next(checks)
    for slot in slots:
        while now is not None and now < slot:
            now = next(checks, None)
        if now is None:
            break
        expected[now] = slot
    return [(slot, now) for now, slot in expected.items()]
