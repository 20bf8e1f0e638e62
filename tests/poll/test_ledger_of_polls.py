"""Each entry of a document is counted once: stored, known, or left out for a reason; whatever happens to the poll."""

from datetime import timedelta

import pytest

from monitor.core import ledger, polls, sources
from monitor.core.ledger import Recipients
from monitor.core.model import Failed, Feed, ItemFields
from monitor.core.polls import planning
from monitor.poll.article_reader import SLICE_TIME
from monitor.store import RetentionCutoffs
from tests.poll.polled_feeds import InlineReading, polled_feeds
from tests.poll.test_poller import ARTICLE, START, item
from tests.poll.test_poller import publish as publish_pages
from tests.siteserver import Site, feed_xml, page, rss

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def site():
    async with Site() as site:
        yield site


def publish(site: Site, *items: dict[str, str]) -> None:
    site.routes["/feed"] = rss(feed_xml(items))


def feed(site: Site, **more) -> Feed:
    return Feed(**{"id": "x", "url": site.url(), "fulltext": "never", **more})


def entries_of(polled) -> dict[str, int]:
    """Return the counts of all entries seen so far, and check that everything balances."""
    now = polled.now[0]
    made = ledger.balance(polled.store.ledger_counts(START - DAY, now), START - DAY, Recipients(), now)
    assert [ledger.describe_difference(each) for each in made.differences] == []
    return {line.item: line.count for line in made.account("entries").lines}


async def test_new_known_repeated_and_empty_entries(site, any_store):
    nothing = {"title": "", "link": "", "guid": "tag:nothing", "description": ""}
    publish(site, item(1), item(2), item(2), nothing)
    async with polled_feeds(any_store, [feed(site)]) as polled:
        await polled.poll()
        assert entries_of(polled) == {"seen": 4, "new": 2, "duplicates": 1, "empty": 1}
        publish(site, item(1), item(3))
        await polled.poll(HOUR)
        assert entries_of(polled) == {"seen": 6, "new": 3, "known": 1, "duplicates": 1, "empty": 1}
        await polled.poll(HOUR)  # an unchanged feed shows nothing
        assert entries_of(polled)["seen"] == 6


async def test_an_edit_is_a_version_and_one_of_a_known_page_has_the_same_text(site, store):
    publish(site, item(1))
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        publish(site, item(1, description="Another session, and another text."))
        await polled.poll(HOUR)
        assert entries_of(polled) == {"seen": 2, "new": 1, "edited": 1}
    publish_pages(site, 1)
    publish(site, item(1, title="The committee met for the last time"))
    async with polled_feeds(store, [feed(site, id="y", fulltext="always")]) as polled:
        await polled.poll(2 * HOUR, "y")
        publish(site, item(1, title="The committee met for the last time", description="Updated."))
        await polled.poll(HOUR, "y")
        assert entries_of(polled)["same_text"] == 1


async def test_entries_beyond_the_longest_document(site, store):
    publish(site, *(item(number, START - timedelta(minutes=number)) for number in range(1_003)))
    async with polled_feeds(store, [feed(site, max_per_day=2_000)]) as polled:
        await polled.poll()
        assert entries_of(polled) == {"seen": 1_003, "new": 1_000, "over_limit": 3}


async def test_edits_after_the_last_version_or_without_a_stored_text(site, store, monkeypatch):
    monkeypatch.setattr(planning, "MAX_VERSIONS", 1)
    publish(site, item(1))
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        publish(site, item(1, description="Edited."))
        await polled.poll(HOUR)
        assert entries_of(polled) == {"seen": 2, "new": 1, "version_limit": 1}
        monkeypatch.undo()
        later = polled.now[0] + HOUR
        store.prune(before=RetentionCutoffs(articles=later, hits=later, polls=later), now=later)
        publish(site, item(1, description="Edited once more."))
        await polled.poll(2 * HOUR)
        assert entries_of(polled) == {"seen": 1, "expired": 1}


async def test_edits_beyond_the_daily_limit_wait(site, store):
    publish(site, item(0))
    async with polled_feeds(store, [feed(site, max_per_day=2)]) as polled:
        await polled.poll()
        publish(site, item(1), item(2))
        await polled.poll(HOUR)
        publish(site, item(1, description="Edited."), item(2))
        await polled.poll(HOUR)
        assert entries_of(polled) == {"seen": 5, "new": 3, "known": 1, "postponed": 1}


class BreaksOnce(InlineReading):
    """A reader that raises for one article, once."""

    broken = False

    async def from_feed(self, entry, reason):
        if entry.guid == "tag:2" and not self.broken:
            self.broken = True
            raise RuntimeError("a bug")
        return await super().from_feed(entry, reason)


async def test_entries_of_a_poll_that_is_broken_off_are_counted_as_unread_and_are_new_later(site, any_store):
    publish(site, *(item(number) for number in range(1, 6)))
    async with polled_feeds(any_store, [feed(site)], reading=BreaksOnce()) as polled:
        assert isinstance((await polled.poll()).outcome, Failed)
        counts = entries_of(polled)
        assert counts["seen"] == 5
        assert counts["unread"] >= 1
        await polled.poll(DAY)
        assert entries_of(polled)["new"] == 5


async def test_entries_are_unread_when_a_poll_ends_before_its_plan(site, store, monkeypatch):
    publish(site, item(1), item(2))

    def broken(*_args):
        raise RuntimeError("a bug")

    async with polled_feeds(store, [feed(site)]) as polled:
        monkeypatch.setattr(polls, "plan", broken)
        await polled.poll()
        assert entries_of(polled) == {"seen": 2, "unread": 2}


async def test_a_poll_in_slices_counts_each_entry_once(site, store):
    publish_pages(site, 4, 3, 2, 1)
    async with polled_feeds(store, [feed(site, fulltext="always")]) as polled:
        served = page(ARTICLE)

        def later(_request):
            polled.now[0] += SLICE_TIME
            return served

        site.routes["/a/3"] = site.routes["/a/2"] = later
        await polled.poll()
        with store._reading() as connection:
            kinds = set(connection.exec_driver_sql("SELECT kind FROM ledger").scalars())
        assert kinds == {"poll", "slice"}
        assert entries_of(polled) == {"seen": 4, "new": 4}


class ReadsAnyKind(InlineReading):
    """Parses as the pool of processes does."""

    async def parse_source(self, feed, response, now):
        parsed = sources.kind_of(feed).parse(feed, response, now, b"")
        return parsed._replace(outcome=sources.keep_matching(feed, parsed.outcome))

    async def parse_part(self, feed, response, now, list_fingerprint):
        return await self.parse_source(feed, response, now)

    def drop_cache(self, feed):
        """Keep no cache."""


async def test_entries_that_a_feeds_patterns_leave_out(site, store):
    publish(site, item(1), item(2), item(3, link="/video/3"))
    async with polled_feeds(store, [feed(site, exclude=("*/video/*",))], reading=ReadsAnyKind()) as polled:
        await polled.poll()
        assert entries_of(polled) == {"seen": 3, "new": 2, "excluded": 1}


async def test_items_of_a_page_are_counted_like_those_of_a_feed(site, store):
    items = [f'<li><a href="/a/{number}">Session number {number} of the committee</a></li>' for number in (1, 1, 2, 3)]
    site.routes["/feed"] = page(f"<ul>{''.join(items)}</ul>")
    watched = feed(site, kind="page", fields=ItemFields(items="li"))
    async with polled_feeds(store, [watched], reading=ReadsAnyKind()) as polled:
        await polled.poll()
        assert entries_of(polled) == {"seen": 4, "new": 3, "duplicates": 1}


async def test_the_pages_of_a_list_are_counted_together(site, store):
    def listing(*numbers, following=""):
        items = [f'<li><a href="/a/{number}">Session number {number} of the committee</a></li>' for number in numbers]
        return page(f"<ul>{''.join(items)}</ul>{following}")

    site.routes["/feed"] = listing(1, 2, following='<a class="next" href="/older">Older</a>')
    site.routes["/older"] = listing(2, 3)
    watched = feed(site, kind="page", fields=ItemFields(items="li", next="a.next"))
    async with polled_feeds(store, [watched], reading=ReadsAnyKind()) as polled:
        await polled.poll()
        assert entries_of(polled) == {"seen": 4, "new": 3, "duplicates": 1}
