from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.polls.rhythm import Rhythm, measure_rhythm

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_feed_without_entries_has_no_rhythm():
    assert measure_rhythm([], NOW) == Rhythm()


def test_the_entries_of_the_first_poll_do_not_count():
    assert measure_rhythm([NOW - 10 * DAY] * 50, NOW) == Rhythm()


def test_the_gap_is_the_mean_time_between_entries():
    seen = [NOW - 10 * DAY, NOW - 8 * DAY, NOW - 3 * DAY]
    assert measure_rhythm(seen, NOW) == Rhythm(gap=5 * DAY)


def test_twice_the_longest_pause_is_unusual_silence():
    seen = [NOW - days * DAY for days in (20, 19, 18, 13, 12)]
    assert measure_rhythm(seen, NOW).silence == 10 * DAY


def test_a_busy_feed_may_be_quiet_over_a_weekend():
    seen = [NOW - hours * timedelta(hours=1) for hours in range(10, 0, -1)]
    assert measure_rhythm(seen, NOW).silence == 2 * DAY


def test_no_silence_is_expected_for_longer_than_a_quarter():
    seen = [NOW - days * DAY for days in (300, 299, 298, 100, 99)]
    assert measure_rhythm(seen, NOW).silence == 90 * DAY


@given(st.lists(st.timedeltas(timedelta(0), 60 * DAY), max_size=20))
def test_a_rhythm_is_within_its_limits(ages):
    rhythm = measure_rhythm(sorted(NOW - age for age in ages), NOW)
    assert rhythm.gap is None or rhythm.gap > timedelta(0)
    assert rhythm.silence is None or 2 * DAY <= rhythm.silence <= 90 * DAY
