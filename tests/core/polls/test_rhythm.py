from datetime import UTC, datetime, timedelta

import pytest
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


def working_days(number, *, hour=9):
    """Times on the last so many Mondays to Fridays before Monday 23 November, ascending."""
    monday = datetime(2026, 11, 23, hour, tzinfo=UTC)
    days = [monday - DAY * back for back in range(number * 2)]
    return sorted(day for day in days if day.weekday() < 5)[-number:]


def test_four_times_the_rhythm_is_unusual_silence():
    seen = [NOW - days * DAY for days in range(20, 0, -1)]
    assert measure_rhythm(seen, NOW).usual_gap == DAY
    assert measure_rhythm(seen, NOW).silence == 4 * DAY


def test_one_long_failure_of_the_publisher_does_not_make_long_silence_usual():
    seen = [NOW - days * DAY for days in (*range(58, 45, -1), *range(15, 0, -1))]
    assert measure_rhythm(seen, NOW).silence == 4 * DAY


def test_of_few_pauses_the_longest_is_usual_too():
    seen = [NOW - days * DAY for days in (20, 19, 18, 13, 12)]
    assert measure_rhythm(seen, NOW).silence == 5 * DAY


def test_a_source_that_publishes_rarely_is_not_judged():
    seen = [NOW - days * DAY for days in (58, 40, 25, 3)]
    assert measure_rhythm(seen, NOW).silence is None


def test_a_busy_feed_may_be_quiet_for_two_days():
    seen = [NOW - hours * timedelta(hours=1) for hours in range(10, 0, -1)]
    assert measure_rhythm(seen, NOW).silence == 2 * DAY


@pytest.mark.parametrize(
    ("last", "hour"), [(datetime(2026, 11, 20, 9, tzinfo=UTC), 9), (datetime(2026, 11, 19, tzinfo=UTC), 0)]
)
def test_weekends_on_which_a_feed_rests_do_not_count(last, hour):
    seen = [each for each in working_days(28, hour=hour) if each <= last]
    silence = measure_rhythm(seen, last).silence
    assert silence == 6 * DAY  # four working days after a Friday or a Thursday


def test_a_weekend_is_the_feeds_own():
    sundays_to_thursdays = [NOW - days * DAY for days in range(40, 0, -1) if (NOW - days * DAY).weekday() not in {4, 5}]
    assert measure_rhythm(sundays_to_thursdays, NOW).usual_gap == DAY


def test_the_days_around_new_year_do_not_count():
    last = datetime(2026, 12, 23, 15, tzinfo=UTC)
    seen = [last - days * DAY for days in range(20, -1, -1)]
    assert last + measure_rhythm(seen, last).silence == datetime(2027, 1, 5, 15, tzinfo=UTC)


def test_the_dates_of_the_first_entries_show_a_rhythm_until_others_came():
    dates = [NOW - days * DAY for days in range(300, 1, -1)]
    first = measure_rhythm([NOW] * 299, NOW, dates)
    assert (first.gap, first.silence) == (None, 4 * DAY)


def test_no_silence_is_expected_for_longer_than_a_quarter():
    seen = [NOW - days * DAY for days in (300, 299, 298, 100, 99)]
    assert measure_rhythm(seen, NOW).silence == 90 * DAY


@given(st.lists(st.timedeltas(timedelta(0), 60 * DAY), max_size=20))
def test_a_rhythm_is_within_its_limits(ages):
    rhythm = measure_rhythm(sorted(NOW - age for age in ages), NOW)
    assert rhythm.gap is None or rhythm.gap > timedelta(0)
    assert rhythm.silence is None or 2 * DAY <= rhythm.silence <= 90 * DAY
