"""How long pages are waited for, and when those that did not come are tried again."""

from datetime import UTC, datetime, timedelta

from monitor.core.feeds.failures import failed
from monitor.core.polls.retry_policy import CircuitBreaker, retry_at, retry_later

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_page_that_could_not_be_had_is_tried_less_and_less_often():
    waits = [retry_at(failed("timeout"), NOW, attempts) for attempts in range(5)]
    assert waits == [NOW + timedelta(hours=hours) for hours in (1, 6, 24, 72)] + [None]


def test_a_page_that_no_waiting_mends_is_not_tried_again():
    assert retry_at(failed("robots"), NOW) is None


def test_a_page_without_an_article_gets_one_more_look_a_day_later():
    assert retry_at(None, NOW) == NOW + DAY
    assert retry_at(None, NOW, 1) is None


def test_patience_ends_with_the_time_or_when_a_host_has_not_answered_three_times_running():
    patience = CircuitBreaker(until=NOW)
    assert patience.stop_reason(NOW - timedelta(seconds=1)) == ""
    assert patience.stop_reason(NOW) == "left for later: out of time"
    for failure in (
        failed("timeout"),
        failed("connection failed"),
        failed("http", "404"),
        failed("timeout"),
        failed("dns"),
    ):
        patience.record(failure)
    assert patience.stop_reason(NOW - DAY) == ""
    patience.record(failed("timeout"))
    assert patience.stop_reason(NOW - DAY) == "left for later: the host does not answer"
    patience.record(None)
    assert patience.stop_reason(NOW - DAY) == ""
    assert retry_later(NOW) == NOW + timedelta(hours=1)
