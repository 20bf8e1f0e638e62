from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.model import FeedState
from monitor.core.polls.feed_queue import stalled_polls

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("last", "due", "started", "is_stalled"),
    [(3, 3, 9, True), (1, 3, 9, False), (3, 1, 9, False), (3, 3, 1, False), (3, -1, 9, False)],
    ids=["nothing ends", "others end", "due since shortly", "just started", "not due"],
)
def test_polls_are_stalled_when_none_has_ended_for_hours_although_feeds_are_due(last, due, started, is_stalled):
    states = [
        FeedState(feed_id="x", last_poll_at=NOW - last * HOUR, next_poll_at=NOW - due * HOUR),
        FeedState(feed_id="new"),
    ]
    found = stalled_polls(states, NOW - started * HOUR, NOW)
    assert found == ["no poll has ended since 2026-11-25 05:00:00 UTC, although feeds are due (1)"] * is_stalled
