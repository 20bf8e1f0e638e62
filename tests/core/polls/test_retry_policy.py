"""When no further page is fetched, and when pages are retried."""

from datetime import UTC, datetime, timedelta

from monitor.core.articles.unmatched import mark_unmatched
from monitor.core.feeds.failures import failed
from monitor.core.model import Article
from monitor.core.polls.retry_policy import CircuitBreaker, retry_at, retry_later

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_page_that_could_not_be_fetched_is_retried_at_growing_intervals():
    waits = [retry_at(failed("timeout"), NOW, attempts) for attempts in range(5)]
    assert waits == [NOW + timedelta(hours=hours) for hours in (1, 6, 24, 72)] + [None]


def test_a_page_is_not_retried_if_waiting_cannot_help():
    assert retry_at(failed("robots"), NOW) is None


def test_a_page_without_an_article_is_retried_once_a_day_later():
    assert retry_at(None, NOW) == NOW + DAY
    assert retry_at(None, NOW, 1) is None


def test_no_further_page_is_fetched_after_the_time_limit_or_three_requests_in_a_row_without_response():
    breaker = CircuitBreaker(until=NOW)
    assert breaker.stop_reason(NOW - timedelta(seconds=1)) == ""
    assert breaker.stop_reason(NOW) == "left for later: out of time"
    for failure in (
        failed("timeout"),
        failed("connection failed"),
        failed("http", "404"),
        failed("timeout"),
        failed("dns"),
    ):
        breaker.record(failure)
    assert breaker.stop_reason(NOW - DAY) == ""
    breaker.record(failed("timeout"))
    assert breaker.stop_reason(NOW - DAY) == "left for later: the host does not answer"
    breaker.record(None)
    assert breaker.stop_reason(NOW - DAY) == ""
    assert retry_later(NOW) == NOW + timedelta(hours=1)


def test_no_further_page_is_fetched_after_three_texts_in_a_row_that_met_the_deadline():
    def text(reason: str = "") -> Article:
        return Article(title="T", text="t", partial=bool(reason), partial_reason=reason)

    unread = text("extraction timeout: over 20 s")
    unmatched = mark_unmatched(text(), "timeout: over 20 s", beginning=True)
    breaker = CircuitBreaker(until=NOW + DAY)
    for article in (unread, unmatched, text(), unread, unmatched, text("left for later: out of time")):
        breaker.record_text(article)
        assert breaker.stop_reason(NOW) == ""
    breaker.record_text(mark_unmatched(text("http: 404"), "crash: the worker died", beginning=False))
    assert breaker.stop_reason(NOW) == "left for later: its pages take too long to read"
    breaker.record_text(text("http: 404"))
    assert breaker.stop_reason(NOW) == ""
