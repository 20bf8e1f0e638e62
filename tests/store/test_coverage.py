"""Coverage of a time in the past is computed from its polls, since the current state of a feed is newer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sample_polls import DAY, FEED, HOUR, MINUTE, NOW, a_find, a_poll, an_article

from monitor.core.model import Failed, Feed, FeedState, Health, Severity, Unchanged

LOOK = timedelta(seconds=2)
"""What a sample poll takes."""
FEEDS = [Feed(id=FEED, url="https://gazette.example/rss")]
BROKEN = Failed(reason="http 500", severity=Severity.SOFT)


def of(store, since, until):
    (feed,) = store.coverage(FEEDS, since, until).feeds
    return feed


def test_a_feed_that_fails_today_did_not_fail_last_week(any_store):
    any_store.record(a_poll(a_find("probe"), at=NOW + MINUTE))
    state = FeedState(
        feed_id=FEED, health=Health.FAILING, reason="http 500", last_poll_at=NOW + 7 * DAY, last_success_at=NOW
    )
    any_store.record(a_poll(at=NOW + 7 * DAY, outcome=BROKEN, state=state))
    then = of(any_store, NOW, NOW + HOUR)
    assert (then.health, then.reason, then.last_success_at) == (Health.OK, "", NOW + MINUTE - LOOK)
    now = of(any_store, NOW + 7 * DAY - HOUR, NOW + 7 * DAY)
    assert (now.health, now.reason, now.last_success_at) == (Health.FAILING, "http 500", NOW)


def test_a_healthy_feed_counts_as_failing_in_last_weeks_coverage_with_the_reason_of_then(any_store):
    any_store.record(a_poll(at=NOW + MINUTE, outcome=Unchanged()))
    any_store.record(a_poll(at=NOW + 2 * MINUTE, outcome=Failed(reason="dns", severity=Severity.SOFT)))
    any_store.record(a_poll(at=NOW + 3 * MINUTE, outcome=BROKEN))
    any_store.record(a_poll(at=NOW + 7 * DAY, state=FeedState(feed_id=FEED, last_poll_at=NOW + 7 * DAY)))
    then = of(any_store, NOW, NOW + HOUR)
    assert (then.health, then.reason, then.last_success_at) == (Health.FAILING, "http 500", NOW + MINUTE - LOOK)


def test_a_feed_that_was_not_polled_then_is_neither_healthy_nor_failing(any_store):
    state = FeedState(feed_id=FEED, health=Health.FAILING, reason="http 500", last_poll_at=NOW + 7 * DAY)
    any_store.record(a_poll(at=NOW + 7 * DAY, outcome=BROKEN, state=state))
    then = of(any_store, NOW, NOW + HOUR)
    assert (then.polls, then.health, then.reason, then.last_success_at) == (0, Health.NEW, "", None)


def test_a_poll_that_ended_while_a_digest_was_made_does_not_make_its_time_past(any_store):
    state = FeedState(feed_id=FEED, health=Health.SILENT, last_poll_at=NOW + MINUTE)
    any_store.record(a_poll(at=NOW + MINUTE, outcome=Unchanged(), state=state))
    assert of(any_store, NOW - HOUR, NOW).health == Health.SILENT


def test_coverage_names_the_last_poll_before_a_window_and_the_next_one_after_it(any_store):
    state = FeedState(feed_id=FEED, last_poll_at=NOW, last_success_at=NOW, next_poll_at=NOW + HOUR)
    any_store.record(a_poll(at=NOW, outcome=Unchanged(), state=state))
    feed = of(any_store, NOW + MINUTE, NOW + 2 * MINUTE)
    assert (feed.polls, feed.last_poll_at, feed.next_poll_at) == (0, NOW, NOW + HOUR)


@pytest.mark.parametrize(
    ("reasons", "unread", "is_named"),
    [
        (["robots: a.example"] * 3 + [""] * 3, 3, True),
        (["http: 403", "left for later: the host does not answer", "timeout: no whole answer within 30 s"], 3, True),
        (["too large: more than 10,000,000 bytes"] * 3 + [""] * 4, 3, False),
        (["http: 503"] * 2, 2, False),
        (["no link", "beyond the newest 50", "left for later: out of time", "not an article: a video"], 0, False),
        (["short page: 3 words", "over the daily budget: it is 9", "not matched whole: it took too long"], 0, False),
    ],
)  # fmt: skip
def test_pages_that_a_site_did_not_give_are_counted_and_named_if_most_are_missing(any_store, reasons, unread, is_named):
    found = [
        a_find(f"{n}", article=replace(an_article(f"{n}"), partial=bool(why), partial_reason=why))
        for n, why in enumerate(reasons)
    ]
    any_store.record(a_poll(*found, at=NOW + MINUTE))
    feed = of(any_store, NOW, NOW + HOUR)
    assert (feed.unread_pages, feed.has_unread_pages) == (unread, is_named)
    assert feed.unread_reason == (max(reasons) if unread else "")


def test_pages_whose_text_looks_wrong_are_counted_by_their_reasons(any_store):
    reasons = ["short page: 3 words", "navigation: no sentence in the text of the page", "http: 403", ""]
    finds = [a_find(f"{n}", article=replace(an_article(f"{n}"), partial_reason=why)) for n, why in enumerate(reasons)]
    any_store.record(a_poll(*finds, at=NOW + MINUTE))
    assert of(any_store, NOW, NOW + HOUR).wrong_texts == 2
