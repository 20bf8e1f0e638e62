"""Which feed an address leads to: itself, one that its page names, a usual place; and never another than was meant."""

import pytest

from monitor.diagnostics.feed_discovery import FeedChecker
from monitor.fetch import Fetcher
from tests.newsroom import Answer, Site, feed_xml, page, rss
from tests.poll.world import START, InlineReading

FEED = rss(feed_xml([{"title": "News", "link": "https://example.org/1"}], title="The usual place"))
JSON_FEED = b'{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": []}'


@pytest.fixture
async def site():
    async with Site() as site:
        site.routes["/atom.xml"] = FEED
        yield site


async def found(site, answer):
    site.routes["/here"] = answer
    fetcher = Fetcher(user_agent="test", min_gap=0, allow_networks=["127.0.0.0/8"])
    try:
        checks = await FeedChecker(fetcher=fetcher, pool=InlineReading(), clock=lambda: START).discover(
            site.url("/here")
        )
    finally:
        await fetcher.aclose()
    return [(check.feed.url.removeprefix(site.url("")), check.ok, check.reason) for check in checks]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(b"", 429, {"Retry-After": "600"}), "too many requests: http 429"),
        (Answer(b"<html><body>not here</body></html>", 404, {"Content-Type": "text/html"}), "http: 404"),
        (
            Answer(JSON_FEED, headers={"Content-Type": "application/feed+json"}),
            "not a feed: a JSON Feed, which is not read; its site may have an RSS or Atom feed",
        ),
        (page("<title>Just a moment...</title>"), "bot wall: a challenge page instead of a feed"),
        (Answer(b"", 200), "empty answer: http 200 with nothing in it"),
    ],
)
async def test_where_the_address_itself_fails_no_other_feed_is_looked_for(site, answer, reason):
    assert await found(site, answer) == [("/here", False, reason)]
    assert site.paths() == ["/here"]


async def test_a_feed_is_itself_and_is_asked_for_once(site):
    assert await found(site, FEED) == [("/here", True, "")]
    assert site.paths() == ["/here"]


async def test_the_usual_places_are_tried_for_a_page_that_names_none(site):
    assert await found(site, page("<p>News</p>")) == [("/atom.xml", True, "")]


async def test_a_page_that_asks_for_a_password_may_name_its_feeds(site):
    link = '<a href="/atom.xml">Atom</a><form><input type="password"></form>'
    assert await found(site, page(link)) == [("/atom.xml", True, "")]


async def test_where_the_feeds_that_a_page_names_fail_none_is_guessed(site):
    named = page('<link rel="alternate" type="application/rss+xml" href="/named">')
    assert await found(site, named) == [("/named", False, "http: 404")]
    assert "/atom.xml" not in site.paths()


async def test_a_page_without_any_says_that_it_is_a_page(site):
    del site.routes["/atom.xml"]
    assert await found(site, page("<p>News</p>")) == [("/here", False, "not a feed: a web page")]
