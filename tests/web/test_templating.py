from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.web.templating import TimeFormatter, clean_title, format_rounded_duration, safe_url

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
FORMAT_TIME = TimeFormatter(ZoneInfo("Europe/Brussels"), NOW)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)",
        "data:text/html,x",        "vbscript:x", "//evil.example", "/inside", "", "http://", "https:///x", "http://[", "ftp://a.example/",
        "https://a.example/\u202egnp", "https://a.example/a b", "https://a.example/" + "x" * 5000,
    ],
)  # fmt: skip
def test_only_http_and_https_urls_become_links(url):
    assert safe_url(url) == ""


@pytest.mark.parametrize("url", ["https://a.example/x?y=1&z=2#w", "http://a.example", "https://例え.example/"])
def test_http_urls_are_unchanged(url):
    assert safe_url(url) == url


def test_a_title_is_cut_and_loses_bidirectional_characters():
    assert len(clean_title("x" * 1_000_000)) == 300
    assert clean_title("a\u202eb\x00c\u2066") == "abc"
    assert clean_title(" \u200e ") == "(no title)"


def test_times_are_shown_in_the_configured_zone():
    assert FORMAT_TIME(NOW) == "24 Nov, 09:00"
    assert FORMAT_TIME(datetime(2025, 7, 1, tzinfo=UTC)) == "1 Jul 2025, 02:00"
    assert FORMAT_TIME(None) == "never"
    assert FORMAT_TIME.day(NOW - timedelta(hours=10)) == "Yesterday, Monday 23 November"
    assert FORMAT_TIME.day(datetime(2025, 7, 1, tzinfo=UTC)) == "Tuesday 1 July 2025"


def test_an_article_that_states_no_time_of_day_has_the_stated_day_in_every_zone():
    west = TimeFormatter(ZoneInfo("America/New_York"), NOW)
    assert west.publication(datetime(2026, 11, 20, tzinfo=UTC)) == "20 Nov"
    assert west.publication(datetime(2025, 11, 20, tzinfo=UTC)) == "20 Nov 2025"
    assert west.publication(datetime(2026, 11, 20, 0, 1, tzinfo=UTC)) == "19 Nov, 19:01"


@pytest.mark.parametrize(
    ("length", "message"),
    [
        (timedelta(0), "0 seconds"), (timedelta(seconds=1), "1 second"), (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=90), "2 hours"), (timedelta(hours=30), "30 hours"), (timedelta(days=2), "2 days"),
        (None, "-"),
    ],
)  # fmt: skip
def test_durations_are_formatted_in_their_largest_unit(length, message):
    assert format_rounded_duration(length) == message


def test_future_times_are_formatted_as_such():
    assert FORMAT_TIME.ago(NOW + timedelta(hours=3)) == "in 3 hours"
    assert FORMAT_TIME.ago(NOW - timedelta(hours=3)) == "3 hours ago"
    assert FORMAT_TIME.ago(None) == "never"
