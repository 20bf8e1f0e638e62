"""The daily budget of a feed, from its bytes to what is stored and reported."""

from datetime import timedelta

import pytest

from monitor.core.digests.source_coverage import report_coverage
from monitor.core.messages.render._coverage_wording import coverage_summary
from monitor.core.model import Feed
from tests.poll.polled_feeds import polled_feeds
from tests.poll.test_poller import item
from tests.siteserver import Site, feed_xml, rss

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def site():
    async with Site() as site:
        yield site


def publish(site: Site, *numbers: int, words: str = "What the committee said.", title: str = "Meeting") -> None:
    items = [item(number, title=f"{title} {number}", description=words) for number in numbers]
    site.routes["/feed"] = rss(feed_xml(items))


def feed(site: Site, **more) -> Feed:
    return Feed(**{"id": "x", "url": site.url(), "title": "Gazette", "fulltext": "never", **more})


async def test_an_entry_beyond_the_daily_budget_is_stored_and_matched_by_its_title_only(site, store):
    async with polled_feeds(store, [feed(site, max_per_day=3)]) as polled:
        publish(site, 0)
        await polled.poll()
        publish(site, 1, 2, words="Members spoke of artificial intelligence.")
        await polled.poll(HOUR)
        publish(site, 3, 4, 5, words="Members spoke of artificial intelligence.", title="The AI Act, session")
        poll = await polled.poll(HOUR)
    full, *bare = (each.article for each in poll.found)
    assert full.text
    assert [article.text for article in bare] == ["", ""]
    assert {article.partial_reason for article in bare} == {"over the daily budget: max_per_day is 3"}
    assert "over the daily budget: only the titles of 2 entries are kept" in poll.notes
    assert len(store.hits()) == 5


async def test_entries_beyond_the_budget_are_named_in_the_digest_and_counted_for_their_day(site, store):
    watched = feed(site, max_per_day=1)
    async with polled_feeds(store, [watched]) as polled:
        publish(site, 1, 2, 3)
        await polled.poll()
        now = polled.now[0]
    proof = report_coverage(store.coverage([watched], now - DAY, now + HOUR))
    assert not proof.is_complete
    assert "1 over the daily limit" in coverage_summary(proof)
    assert store.usage_on(now.date())["x"].title_only == 2
    assert store.usage_on((now + DAY).date()) == {}


async def test_what_a_feed_lists_when_it_is_added_leaves_the_budget_of_that_day_to_its_news(site, any_store):
    async with polled_feeds(any_store, [feed(site, max_per_day=2)]) as polled:
        publish(site, 1, 2, 3)
        first = await polled.poll()
        publish(site, 1, 2, 3, 4, 5)
        news = await polled.poll(HOUR)
        publish(site, 4, 5, 6)
        more = await polled.poll(HOUR)
    assert [bool(each.article.text) for each in first.found] == [True, True, False]
    assert [bool(each.article.text) for each in news.found] == [True, True]
    assert [bool(each.article.text) for each in more.found] == [False]


async def test_the_budget_is_full_again_on_the_next_day_of_utc(site, store):
    async with polled_feeds(store, [feed(site, max_per_day=1)]) as polled:
        publish(site, 1, 2)
        await polled.poll()
        publish(site, 3)
        poll = await polled.poll(DAY)
    assert [each.article.text for each in poll.found] == ["What the committee said."]


async def test_a_feed_of_long_texts_uses_its_budget_up_before_the_number_of_articles_is_reached(site, store):
    async with polled_feeds(store, [feed(site, max_per_day=10)]) as polled:
        publish(site, *range(8), words="Long words. " * 5_000)
        poll = await polled.poll()
    assert [bool(each.article.text) for each in poll.found] == [True] * 2 + [False] * 6


async def test_an_edit_beyond_the_budget_is_stored_the_next_day_though_the_feed_is_unchanged(site, store):
    async with polled_feeds(store, [feed(site, max_per_day=2)]) as polled:
        publish(site, 0)
        await polled.poll()
        publish(site, 1, 2)
        await polled.poll(HOUR)
        publish(site, 1, 2, words="What the committee said later, at length.")
        poll = await polled.poll(HOUR)
        assert poll.found == ()
        assert "over the daily budget: 2 edited entries wait, max_per_day is 2" in poll.notes
        later = await polled.poll(DAY)
    assert {each.article.text for each in later.found} == {"What the committee said later, at length."}
    assert all(each.updated for each in later.found)
