import shutil
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.model import Changed, Feed, Health
from monitor.core.polls import Plan
from monitor.poll.memory import Memory
from monitor.store import Store
from tests.newsroom import Answer, Site, feed_xml, rss
from tests.poll.world import START, InlineReading, world

HOUR = timedelta(hours=1)


@pytest.fixture
async def site():
    async with Site() as site:
        yield site


class Counting(InlineReading):
    """Notes how many items the parser saw each time."""

    def __init__(self) -> None:
        self.items: list[int] = []

    async def parse(self, feed, response, now):
        self.items.append(response.body.count(b"<item>"))
        return await super().parse(feed, response, now)


def item(number: int, words: str = "", when: datetime = START) -> dict[str, str]:
    title = f"The committee met for the {number}th time{words}"
    return {"title": title, "guid": f"g{number}", "pubDate": format_datetime(when)}


def show(site: Site, *items: dict[str, str], extra: str = "") -> None:
    site.routes["/feed"] = rss(feed_xml(list(items), extra=extra))


def one(site: Site) -> Feed:
    return Feed(id="x", url=site.url())


async def test_of_a_feed_with_one_new_item_one_is_parsed(site, store):
    counting = Counting()
    async with world(store, [one(site)], reading=counting) as w:
        show(site, *[item(number) for number in range(20)])
        await w.poll()
        show(site, item(20), *[item(number) for number in range(19)])
        poll = await w.poll(HOUR)
        assert counting.items == [20, 1]
        assert [found.entry.guid for found in poll.found] == ["g20"]
        assert not poll.possible_gap


async def test_a_feed_that_only_writes_another_date_at_its_top_is_not_parsed(site, store):
    counting = Counting()
    async with world(store, [one(site)], reading=counting) as w:
        for number in range(4):
            show(site, item(1), item(2), extra=f"<ttl>60</ttl><lastBuildDate>{number}</lastBuildDate>")
            poll = await w.poll(HOUR)
            assert isinstance(poll.outcome, Changed)
            assert w.state().health is Health.OK
        assert counting.items == [2]
        assert poll.outcome.ttl == HOUR
        assert w.state().body_hash == poll.outcome.body_hash


async def test_an_edited_item_is_parsed_again_and_the_others_are_not(site, store):
    counting = Counting()
    async with world(store, [one(site)], reading=counting) as w:
        show(site, item(1), item(2), item(3))
        await w.poll()
        show(site, item(1), item(2, words=", and voted"), item(3))
        poll = await w.poll(HOUR)
        assert counting.items == [3, 1]
        assert [(found.entry.guid, found.updated) for found in poll.found] == [("g2", True)]


async def test_a_feed_whose_newest_item_is_old_stays_frozen_though_it_is_not_parsed_again(site, store):
    old = START - timedelta(days=800)
    async with world(store, [one(site)]) as w:
        for number in range(3):
            show(site, item(1, when=old), extra=f"<lastBuildDate>{number}</lastBuildDate>")
            await w.poll(HOUR)
            assert w.state().health is Health.FROZEN


async def test_entries_are_remembered_for_as_long_as_the_feed_shows_them(site, store):
    async with world(store, [one(site)]) as w:
        for number in range(6):
            show(site, item(1), item(2), extra=f"<lastBuildDate>{number}</lastBuildDate>")
            await w.poll(timedelta(days=30))
        store.prune(articles_before=w.now[0] - timedelta(days=1), polls_before=w.now[0])
        show(site, item(1), item(2), item(3))
        w.poller._memory = Memory()
        poll = await w.poll(HOUR)
        assert [found.entry.guid for found in poll.found] == ["g3"]


async def test_what_was_not_stored_is_not_remembered(site, store):
    class Failing:
        fails = True

        def __getattr__(self, name):
            return getattr(store, name)

        def record(self, poll):
            if self.fails and isinstance(poll.outcome, Changed):
                raise ZeroDivisionError
            return store.record(poll)

    failing = Failing()
    async with world(failing, [one(site)]) as w:
        show(site, item(1))
        await w.poll()
        failing.fails = False
        poll = await w.poll(HOUR)
        assert len(poll.found) == 1


def test_the_number_of_feeds_that_are_remembered_is_bounded():
    memory = Memory(max_feeds=3)
    body = feed_xml([item(1)])
    for number in range(5):
        memory.learn(f"f{number}", memory.fresh(f"f{number}", body), Changed(entries=()), Plan(keys=("k",)))
    assert memory.fresh("f0", body).body == body
    assert memory.fresh("f4", body).body == b""


def test_an_item_that_gave_no_entry_is_parsed_again():
    memory = Memory()
    body = feed_xml([item(1), {}])
    memory.learn("x", memory.fresh("x", body), Changed(entries=()), Plan(keys=("k",)))
    assert memory.fresh("x", body).body == body


def test_a_long_or_untidy_body_is_parsed_whole():
    memory = Memory()
    for body in (
        b"<rss>" + b" " * 3_000_000 + b"</rss>",
        b"<rss><item></rss>",
        feed_xml([{"guid": str(n)} for n in range(1001)]),
    ):
        fresh = memory.fresh("x", body)
        assert (fresh.body, fresh.digests, fresh.rest.keys) == (body, (), ())


entries = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["The committee met in the morning", "The committee met in the evening", "Short"]),
        "guid": st.sampled_from(["", "1", "2", "3"]),
        "link": st.sampled_from(["", "http://127.0.0.1:1/a", "http://127.0.0.1:1/b#x", "http://127.0.0.1:1/b#y"]),
        "description": st.sampled_from(["one", "two"]),
    }
)
windows = st.lists(st.lists(entries, max_size=5), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(windows)
async def test_no_item_with_a_link_of_its_own_is_lost_because_others_were_not_parsed(
    _migrated_file,  # noqa: PT019 its value is a file
    tmp_path_factory,
    shown,
):
    file = tmp_path_factory.mktemp("memory") / "monitor.db"
    shutil.copy(_migrated_file, file)
    store = Store(f"sqlite:///{file}")
    async with Site() as site, world(store, [Feed(id="x", url=site.url(), fulltext="never")]) as w:
        links = set()
        for window in shown:
            site.routes["/feed"] = Answer(feed_xml(window))
            await w.poll(HOUR)
            links |= {each["link"] for each in window if each["link"]}
        stored = {each.article.url for each in store.articles(since=START - timedelta(days=1))}
    store.close()
    assert {link.partition("#")[0] for link in links} == {link.partition("#")[0] for link in stored if link}
