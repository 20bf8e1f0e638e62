"""The registry of source kinds, and the configuration key that selects one."""

from typing import get_args

from monitor.core import sources
from monitor.core.model import Feed, FeedState, Validators
from monitor.settings.feeds_yaml import FeedSection


def test_every_registered_kind_and_no_other_can_be_configured():
    assert set(get_args(FeedSection.model_fields["kind"].annotation)) == set(sources.KINDS)
    assert all(kind.name == name for name, kind in sources.KINDS.items())


def test_a_feed_that_has_moved_is_asked_at_its_new_address_with_its_validators():
    feed = Feed(id="x", url="https://example.org/feed")
    state = FeedState(feed_id="x", url="https://example.org/new", etag='"1"', last_modified="yesterday")
    request = sources.kind_of(feed).request(feed, state)
    assert request.url == "https://example.org/new"
    assert request.validators == Validators(etag='"1"', last_modified="yesterday")
