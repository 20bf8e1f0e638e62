"""The registry of source kinds, and the configuration key that selects one."""

from typing import get_args

import pytest

from monitor.core import sources
from monitor.core.model import Failed, Feed, FeedState, Response, Validators
from monitor.settings.feeds_yaml import FeedSection
from tests.core.sources.samples import NOW, URL
from tests.siteserver import feed_xml

RSS_OF_ONE = feed_xml([{"title": "One", "link": "https://ministry.example/1"}])


def test_every_registered_kind_and_no_other_can_be_configured():
    assert set(get_args(FeedSection.model_fields["kind"].annotation)) == set(sources.KINDS)
    assert all(kind.name == name for name, kind in sources.KINDS.items())


def test_a_feed_that_has_moved_is_requested_at_its_new_address_with_its_validators():
    feed = Feed(id="x", url="https://example.org/feed")
    state = FeedState(feed_id="x", url="https://example.org/new", etag='"1"', last_modified="yesterday")
    request = sources.kind_of(feed).request(feed, state, NOW)
    assert request.url == "https://example.org/new"
    assert request.validators == Validators(etag='"1"', last_modified="yesterday")


def test_no_kind_is_given_the_cache_of_another():
    """The address of an index that answers with a feed or a page for once."""
    index = b"<sitemapindex><sitemap><loc>https://ministry.example/1.xml</loc></sitemap></sitemapindex>"
    feed, cache = Feed(id="x", url=URL), b""
    for body in (index, RSS_OF_ONE, b"<html><body>Back soon</body></html>", index, RSS_OF_ONE):
        response = Response(url=URL, status=200, headers={}, body=body)
        outcome, cache, *_ = sources.kind_of(feed).parse(feed, response, NOW, cache)
        assert isinstance(outcome, Failed) is (b"Back soon" in body)


@pytest.mark.parametrize("kind", ["auto", "feed"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            '{"status": 500, "error": "Server Error", "path": "/rss"}',
            "http: 200 with an error of the server: Server Error",
        ),
        ('{"message": "Internal server error"}', "the server says: Internal server error"),
    ],
)
def test_a_feed_whose_server_answers_with_an_error_in_json_fails_with_what_the_server_said(kind, body, said):
    feed = Feed(id="x", url=URL, kind=kind)
    response = Response(url=URL, status=200, headers={"content-type": "application/json"}, body=body.encode())
    outcome, *_ = sources.kind_of(feed).parse(feed, response, NOW, b"")
    assert isinstance(outcome, Failed)
    assert said in outcome.reason
