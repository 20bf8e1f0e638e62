"""Digests that were missed wait for the feeds that are due, and no longer than a limit."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.digests import catch_up
from monitor.core.model import FeedState

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LIMIT = 10 * MINUTE
DUE = [FeedState(feed_id="new"), FeedState(feed_id="due", next_poll_at=NOW - MINUTE)]
POLLED = [
    FeedState(feed_id="polled", last_poll_at=NOW + 5 * MINUTE, next_poll_at=NOW + 30 * MINUTE),
    FeedState(feed_id="not due", next_poll_at=NOW + SECOND),
]


@pytest.mark.parametrize(
    ("after", "awaited"), [(SECOND, 2), (LIMIT - SECOND, 2), (LIMIT, 0), (timedelta(hours=-1), 0)], ids=str
)
def test_feeds_that_were_due_at_the_start_are_awaited_within_the_limit(after, awaited):
    assert catch_up.begin_waiting(NOW).count_awaited([*DUE, *POLLED], NOW + after, LIMIT) == awaited


def test_nothing_is_awaited_when_all_that_was_due_was_polled_whatever_is_due_since():
    state = catch_up.begin_waiting(NOW).check(NOW + 6 * MINUTE)
    assert state.count_awaited(POLLED, NOW + 6 * MINUTE, LIMIT) == 0


def test_after_the_machine_was_suspended_the_feeds_that_are_due_then_are_awaited():
    running = catch_up.begin_waiting(NOW).end_waiting()
    later = running.check(NOW + 10 * SECOND)
    assert not later.is_waiting
    woken = later.check(NOW + timedelta(hours=9))
    assert woken.is_waiting
    assert woken.count_awaited(POLLED, NOW + timedelta(hours=9), LIMIT) == 2
