from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.web.screen import Times, href, span, title

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
TIMES = Times(ZoneInfo("Europe/Brussels"), NOW)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)",
        "data:text/html,x",        "vbscript:x", "//evil.example", "/inside", "", "http://", "https:///x", "http://[", "ftp://a.example/",
        "https://a.example/\u202egnp", "https://a.example/a b", "https://a.example/" + "x" * 5000,
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_become_links(url):
    assert href(url) == ""


@pytest.mark.parametrize("url", ["https://a.example/x?y=1&z=2#w", "http://a.example", "https://例え.example/"])
def test_addresses_of_the_web_stay_as_they_are(url):
    assert href(url) == url


def test_a_title_ends_somewhere_and_turns_no_text_around():
    assert len(title("x" * 1_000_000)) == 300
    assert title("a\u202eb\x00c\u2066") == "abc"
    assert title(" \u200e ") == "(no title)"


def test_times_are_those_of_the_zone():
    assert TIMES(NOW) == "24 Nov, 09:00"
    assert TIMES(datetime(2025, 7, 1, tzinfo=UTC)) == "1 Jul 2025, 02:00"
    assert TIMES(None) == "never"
    assert TIMES.day(NOW - timedelta(hours=10)) == "Yesterday, Monday 23 November"
    assert TIMES.day(datetime(2025, 7, 1, tzinfo=UTC)) == "Tuesday 1 July 2025"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(0), "a moment"), (timedelta(seconds=1), "1 second"), (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=90), "2 hours"), (timedelta(hours=30), "30 hours"), (timedelta(days=2), "2 days"),
        (None, "-"),
    ],
)  # fmt: skip
def test_lengths_are_told_in_words(length, said):
    assert span(length) == said


def test_what_is_ahead_is_told_as_such():
    assert TIMES.ago(NOW + timedelta(hours=3)) == "in 3 hours"
    assert TIMES.ago(NOW - timedelta(hours=3)) == "3 hours ago"
    assert TIMES.ago(None) == "never"
