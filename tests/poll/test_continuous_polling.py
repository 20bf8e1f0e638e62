"""Feeds are polled when they are due, independently of each other, and long polls store articles on the way."""

import asyncio
from datetime import timedelta

import pytest

from monitor.core.articles import from_feed
from monitor.core.errors import DatabaseError
from monitor.core.model import Article, Entry, Failed, Feed, Unchanged
from monitor.poll.article_reader import SLICE_TIME
from tests.poll.polled_feeds import InlineReading, polled_feeds
from tests.poll.test_poller import ARTICLE, DAY, HOUR, feed, item, publish
from tests.siteserver import Answer, Site, feed_xml, page, rss

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def site():
    async with Site() as site:
        yield site


@pytest.fixture
async def slow_site():
    async with Site("127.0.0.2") as site:
        yield site


def held_back(answer: Answer):
    """Return a route that answers when it is let go, an event for its first request, and one that lets it go."""
    asked, go = asyncio.Event(), asyncio.Event()

    async def route(_request, writer):
        asked.set()
        await go.wait()
        writer.write(answer.encode())

    return route, asked, go


async def in_time(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is awaited happens in the database
            await asyncio.sleep(0.005)


async def test_a_feed_whose_pages_are_slow_delays_no_other_feed(site, slow_site, store):
    publish(site, 1)
    slow_site.routes["/feed"] = rss(feed_xml([item(number) for number in range(60)]))
    pages, asked, go = held_back(page(ARTICLE))
    for number in range(60):
        slow_site.routes[f"/a/{number}"] = pages
    async with polled_feeds(store, [feed(slow_site, id="slow"), feed(site, id="fast", interval=MINUTE)]) as polled:
        await polled.poller.start_due()
        await asked.wait()
        for _ in range(3):
            await in_time(lambda: store.state("fast").last_poll_at == polled.now[0])
            polled.now[0] += MINUTE
            async with asyncio.timeout(20):
                while not await polled.poller.start_due():  # noqa: ASYNC110 - until the poll just stored has ended
                    await asyncio.sleep(0.005)
        go.set()
        await polled.poller.drain()
    assert site.paths().count("/feed") == 4
    assert slow_site.paths().count("/feed") == 1
    assert len(list(store.articles(polled.now[0] - HOUR))) == 61


async def test_a_feed_that_waits_for_its_host_is_started_when_a_poll_of_the_host_ends(site, store):
    publish(site, 1)
    async with polled_feeds(store, [feed(site, id=f"f{number}") for number in range(7)]) as polled:
        assert await polled.poller.start_due() == 2
        await in_time(lambda: len(store.states()) == 7)
    assert site.most_at_once <= 2


async def test_articles_that_were_read_are_stored_while_others_are_being_read(site, store):
    publish(site, 4, 3, 2, 1)
    pages, asked, go = held_back(page(ARTICLE))
    site.routes["/a/1"] = pages
    async with polled_feeds(store, [feed(site)]) as polled:
        served = site.routes["/a/3"]

        def later(_request):
            polled.now[0] += SLICE_TIME
            return served

        site.routes["/a/3"] = later
        await polled.poller.start_due()
        await asked.wait()
        await in_time(store.hits)
        assert store.state("x").last_poll_at is None
        go.set()
        await polled.poller.drain()
        assert store.state("x").last_poll_at is not None
        assert len(store.hits()) == 4
        assert isinstance((await polled.poll(HOUR)).outcome, Unchanged)


async def test_a_cancelled_poll_keeps_what_it_read_and_the_next_one_reads_the_rest(site, store):
    publish(site, 3, 2, 1)
    pages, asked, _go = held_back(page(ARTICLE))
    whole, site.routes["/a/1"] = site.routes["/a/1"], pages
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poller.start_due()
        await asked.wait()
        await in_time(lambda: site.paths().count("/a/2") and site.at_once == 1)
        drained = asyncio.ensure_future(polled.poller.drain())
        await asyncio.sleep(0)
        drained.cancel()
        await asyncio.gather(drained, return_exceptions=True)
        assert len(store.hits()) == 2
        site.routes["/a/1"] = whole
        await polled.poll(HOUR)
    assert len(store.hits()) == 3
    assert [site.paths().count(f"/a/{number}") for number in (3, 2, 1)] == [1, 1, 2]


async def test_a_poll_that_takes_too_long_ends_as_a_failure_and_keeps_what_it_read(site, store, monkeypatch):
    monkeypatch.setattr("monitor.poll.feed_poller.POLL_LIMIT", timedelta(seconds=1))
    publish(site, 2, 1)
    site.routes["/a/1"], _asked, _go = held_back(page(ARTICLE))
    async with polled_feeds(store, [feed(site)]) as polled:
        poll = await polled.poll()
        assert isinstance(poll.outcome, Failed)
        assert poll.outcome.reason.startswith("timeout: the poll took longer")
        assert len(poll.articles) == 1
        assert len(store.hits()) == 1
        assert store.state("x").etag is None


async def test_a_feed_whose_poll_could_not_be_stored_is_reported_and_not_polled_again_at_once(site, store):
    publish(site, 1)

    class Full:
        def __getattr__(self, name):
            return getattr(store, name)

        def record(self, _poll):
            raise DatabaseError("the disk is full")

    async with polled_feeds(Full(), [feed(site)]) as polled:
        assert await polled.poller.start_due() == 1
        await polled.poller.drain()
        with pytest.raises(DatabaseError, match="the disk is full"):
            await polled.poller.start_due()
        assert await polled.poller.start_due() == 0
    assert site.paths().count("/feed") == 1


async def test_pages_being_fetched_when_the_program_stops_do_not_delay_its_end(site, store, monkeypatch):
    monkeypatch.setattr("monitor.poll.page_reader.STOP_TIMEOUT_SECONDS", 0.2)
    publish(site, 3, 2, 1)
    pages, asked, _go = held_back(page(ARTICLE))
    for number in (1, 2, 3):
        site.routes[f"/a/{number}"] = pages
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poller.start_due()
        await asked.wait()
        polled.poller.stop()
        async with asyncio.timeout(20):
            await polled.poller.drain()
        assert await polled.poller.start_due() == 0
    left = store.partial_articles(polled.now[0])
    assert [each.article.partial_reason for each in left] == ["left for later: the program is ending"] * 3


async def test_slow_hosts_leave_room_for_a_poll_that_a_task_requests(site, slow_site, store, monkeypatch):
    monkeypatch.setattr("monitor.poll.poller.MAX_CONCURRENT_POLLS", 4)
    monkeypatch.setattr("monitor.fetch.Fetcher.is_slow", lambda _self, host: host == "127.0.0.2")
    slow_site.routes["/feed"], asked, go = held_back(Answer(status=404))
    publish(site, 1)
    feeds = [feed(slow_site, id="s1"), feed(slow_site, id="s2"), Feed(id="f", url=site.url())]
    async with polled_feeds(store, feeds) as polled:
        first = asyncio.ensure_future(polled.poller.poll_if_due("s1"))
        await asked.wait()
        assert await polled.poller.poll_if_due("s2") is None
        assert (await polled.poller.poll_if_due("f")).feed_id == "f"
        go.set()
        assert (await first).feed_id == "s1"


class OverDeadline(InlineReading):
    """Reads feeds, but meets its deadline on every page."""

    async def extract(self, page: bytes, content_type: str, entry: Entry, select: str = "") -> Article:
        return from_feed(entry, "extraction timeout: over 20 s; plain text timeout: over 10 s")


async def test_no_further_pages_of_a_feed_are_fetched_after_three_that_met_the_deadline_of_a_worker(site, store):
    publish(site, *range(12))
    async with polled_feeds(store, [feed(site)], reading=OverDeadline()) as polled:
        poll = await polled.poll()
    fetched = [path for path in site.paths() if path.startswith("/a/")]
    assert 3 <= len(fetched) <= 4
    left = store.partial_articles(polled.now[0] + HOUR)
    reasons = [each.article.partial_reason for each in left]
    assert reasons.count("left for later: its pages take too long to read") == 12 - len(fetched)
    assert len(poll.articles) == 12


async def test_no_further_pages_of_a_host_are_retried_after_three_that_met_the_deadline_of_a_worker(site, store):
    publish(site, *range(12))
    async with polled_feeds(store, [feed(site)], reading=OverDeadline()) as polled:
        await polled.poll()
        before = len(site.paths())
        polled.now[0] += DAY
        assert await polled.poller.retry_pages() == 0
        assert len(site.paths()) - before == 3
        assert not store.partial_articles(polled.now[0])


async def test_a_second_request_to_stop_gives_pages_no_further_time(site, store, monkeypatch):
    monkeypatch.setattr("monitor.poll.page_reader.STOP_TIMEOUT_SECONDS", 0.2)
    publish(site, 1)
    site.routes["/a/1"], asked, _go = held_back(page(ARTICLE))
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poller.start_due()
        await asked.wait()
        polled.poller.stop()
        monkeypatch.setattr("monitor.poll.page_reader.STOP_TIMEOUT_SECONDS", 1000.0)
        polled.poller.stop()
        async with asyncio.timeout(20):
            await polled.poller.drain()
    (left,) = store.partial_articles(polled.now[0])
    assert left.article.partial_reason == "left for later: the program is ending"
