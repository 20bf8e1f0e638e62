"""`{since}` in the address of an API."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.model import Feed, FeedState
from monitor.core.sources import kind_of, since

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_entry_at", "window"),
    [
        (None, since.FIRST_PERIOD),
        (NOW - timedelta(days=2), timedelta(days=2) + since.OVERLAP),
        (NOW + timedelta(days=400), since.OVERLAP),
        (NOW - timedelta(days=5_000), since.MAX_PERIOD),
    ],
)
def test_the_window_begins_before_the_last_new_item_and_is_bounded(last_entry_at, window):
    assert NOW - since.start_of_window(FeedState(feed_id="x", last_entry_at=last_entry_at), NOW) == window


def test_the_address_is_filled_in_and_asked_for_without_validators_or_redirects_of_another_window():
    url = "https://api.example/x?a={since}&b={since:time}&c={since:unix}&d={other}"
    state = FeedState(feed_id="x", etag='"1"', url="https://api.example/moved", last_entry_at=NOW)
    request = kind_of(Feed(id="x", url=url, kind="json")).request(Feed(id="x", url=url, kind="json"), state, NOW)
    assert request.url == "https://api.example/x?a=2026-11-22&b=2026-11-22T12:30:00Z&c=1795350600&d={other}"
    assert request.validators.etag is None
