"""Feed discovery: the address itself, one that its page links, a usual place."""

from dataclasses import replace

import pytest

from monitor.core.model import Feed, ItemFields
from monitor.core.sources.page import NO_LIST
from monitor.diagnostics.feed_discovery import FeedChecker
from monitor.fetch import Fetcher
from tests.poll.polled_feeds import START, InlineReading
from tests.siteserver import Answer, Site, feed_xml, page, rss

FEED = rss(feed_xml([{"title": "News", "link": "https://example.org/1"}], title="The usual place"))
JSON_FEED = b'{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": []}'


@pytest.fixture
async def site():
    async with Site() as site:
        site.routes["/atom.xml"] = FEED
        yield site


async def discover(site, allow_networks=("127.0.0.0/8",)):
    fetcher = Fetcher(user_agent="test", now=lambda: START, min_gap=0, allow_networks=allow_networks)
    try:
        checker = FeedChecker(fetcher=fetcher, pool=InlineReading(), clock=lambda: START)
        return await checker.discover(site.url("/here"))
    finally:
        await fetcher.aclose()


async def found(site, answer):
    site.routes["/here"] = answer
    checks = await discover(site)
    return [(check.feed.url.removeprefix(site.url("")), check.ok, check.reason) for check in checks]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(b"", 429, {"Retry-After": "600"}), "too many requests: http 429"),
        (Answer(b"<html><body>not here</body></html>", 404, {"Content-Type": "text/html"}), "http: 404"),
        (page("<title>Just a moment...</title>"), "bot wall: a challenge page instead of a feed"),
        (Answer(b"", 200), "empty answer: http 200 with nothing in it"),
    ],
)
async def test_where_the_address_itself_fails_no_other_feed_is_looked_for(site, answer, reason):
    assert await found(site, answer) == [("/here", False, reason)]
    assert site.paths() == ["/here"]


async def test_for_a_private_address_the_setting_that_allows_it_is_named(site):
    (check,) = await discover(site, allow_networks=())
    assert check.reason.startswith("address refused: 127.0.0.1 (not a public address: ")
    assert "`fetch.allow_networks` in monitor.yaml" in check.reason


async def test_a_page_without_entries_is_not_said_to_have_changed(site):
    fetcher = Fetcher(user_agent="test", now=lambda: START, min_gap=0, allow_networks=["127.0.0.0/8"])
    site.routes["/here"] = page("<p>We are moving house.</p>")
    try:
        checker = FeedChecker(fetcher=fetcher, pool=InlineReading(), clock=lambda: START)
        check, entries = await checker.preview(Feed(id="x", url=site.url("/here"), kind="page"))
    finally:
        await fetcher.aclose()
    assert (check.reason, entries) == (f"no entries: {NO_LIST}", ())


async def test_a_check_and_a_preview_name_the_selector_that_finds_nothing_and_filters_that_leave_nothing(site):
    fetcher = Fetcher(user_agent="test", now=lambda: START, min_gap=0, allow_networks=["127.0.0.0/8"])
    site.routes["/here"] = page("".join(f"<h2><a href=/{n}>Headline number {n} of the day</a></h2>" for n in range(5)))
    feed = Feed(id="x", url=site.url("/here"), kind="page", fields=ItemFields(items="h2", date="time.posted"))
    try:
        checker = FeedChecker(fetcher=fetcher, pool=InlineReading(), clock=lambda: START)
        check, entries = await checker.preview(feed)
        assert (await checker.check(feed)).reason == check.reason
        filtered = await checker.check(replace(feed, fields=ItemFields(), include=("artificial intelligence",)))
    finally:
        await fetcher.aclose()
    assert (check.reason, len(entries)) == ("selector finds nothing: `time.posted` (date) in any of 5 items", 5)
    assert filtered.reason == "no entries: `include` and `exclude` in feeds.yaml leave out all 5 entries"


async def test_a_feed_is_itself_and_is_requested_once(site):
    assert await found(site, FEED) == [("/here", True, "")]
    assert site.paths() == ["/here"]


async def test_a_json_feed_is_a_feed(site):
    item = '{"url": "https://example.org/1", "title": "News"}'
    body = JSON_FEED.replace(b"[]", f"[{item}]".encode())
    assert await found(site, Answer(body, headers={"Content-Type": "application/feed+json"})) == [("/here", True, "")]


async def test_a_site_without_a_feed_offers_its_news_sitemap_its_posts_and_the_list_on_its_page(site):
    del site.routes["/atom.xml"]
    site.routes["/robots.txt"] = Answer(f"User-agent: *\nSitemap: {site.url('/map-of-news')}\n".encode())
    site.routes["/map-of-news"] = Answer(b"<urlset><url><loc>https://example.org/1</loc></url></urlset>")
    site.routes["/wp-json/wp/v2/posts"] = Answer(b'[{"link": "https://example.org/2", "title": {"rendered": "Two"}}]')
    items = "".join(
        f'<li><a href="/news/{n}">Minister signs agreement number {n} on chatbots</a></li>' for n in range(4)
    )
    body = page(f'<link rel="https://api.w.org/" href="{site.url("/wp-json/")}"><ul>{items}</ul>')
    site.routes["/here"] = body
    checks = await discover(site)
    assert [(check.feed.kind, check.entries) for check in checks] == [("sitemap", 1), ("json", 1), ("page", 4)]
    assert checks[2].newest_entries[0].title == "Minister signs agreement number 0 on chatbots"


async def test_a_site_that_answers_everything_with_a_page_offers_no_sitemap(site):
    for path in (
        "/robots.txt",
        "/atom.xml",
        "/news-sitemap.xml",
        "/sitemap-news.xml",
        "/sitemap_index.xml",
        "/sitemap.xml",
    ):
        site.routes[path] = page("<p>Welcome</p>")
    assert await found(site, page("<p>News</p>")) == [("/here", False, "not a feed: a web page")]


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
