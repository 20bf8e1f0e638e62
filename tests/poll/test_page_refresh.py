"""Rechecks find edits that no feed announces, and nothing worse replaces a stored text."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
import structlog

from monitor.core.errors import DatabaseError
from monitor.core.model import Feed
from monitor.core.search.query_parser import parse_query
from monitor.core.search.request import SearchRequest
from tests.poll.polled_feeds import PROSE, START, InlineReading, matcher, polled_feeds
from tests.siteserver import Answer, Site, feed_xml, page, rss

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPENING = PROSE * 6
ACT = "<p>It then turned to the AI Act, which the members will vote on before the summer.</p>"
WAITS = [6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY]


@pytest.fixture
async def site():
    async with Site() as site:
        yield site


@pytest.fixture
def logs():
    with structlog.testing.capture_logs() as events:
        yield events


def item(number: int, **more: str) -> dict[str, str]:
    usual = {
        "title": f"The committee met for the {number}th time",
        "link": f"/a/{number}",
        "guid": f"tag:{number}",
        "pubDate": START.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "description": f"Session {number}.",
    }
    return {**usual, **more}


def publish(site: Site, text: str = OPENING, *numbers: int, **headers: str) -> None:
    for number in numbers or (1,):
        whole = page(f"<h1>Session {number}</h1>{text}<p>The end of session number {number} came at noon.</p>")
        site.routes[f"/a/{number}"] = with_validators(whole, headers) if headers else whole
    site.routes.setdefault("/feed", rss(feed_xml([item(number) for number in numbers or (1,)])))


def with_validators(whole: Answer, headers: dict[str, str]):
    """Respond 304 to requests with the validator of the page."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(asked):
        if headers.get("ETag") and asked.headers.get("if-none-match") == headers["ETag"]:
            return Answer(status=304)
        return Answer(whole.body, headers={**whole.headers, **headers})

    return answer


def ministry(site: Site, **more) -> Feed:
    return Feed(**{"id": "x", "url": site.url(), "tier": "official", "robots": "ignore", **more})


def texts(polled) -> list[str]:
    return [stored.article.text for stored in polled.store.articles(since=START - DAY)]


def pages(site: Site) -> int:
    return sum(path.startswith("/a/") for path in site.paths())


def reasons_of(logs, event: str) -> list[str]:
    return [each["why"] for each in logs if each["event"] == event]


NOT_TAKEN = "page not taken, its text is kept"
NOT_HAD = "page could not be fetched again, its text is kept"


async def test_an_edit_that_the_feed_does_not_announce_is_a_new_version_and_its_new_hit_is_marked(site, store, logs):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        assert store.hits() == []
        publish(site, OPENING + ACT)
        assert await polled.poller.recheck_pages() == 0
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 1
        (hit,) = store.hits()
        assert (hit.updated, hit.partial, hit.found_at) == (True, False, polled.now[0])
        first, second = store.versions(hit.article_id)
        assert (first.version, second.version) == (1, 2)
        assert "AI Act" in second.article.text
        assert len(polled.titles()) == 1
    assert reasons_of(logs, "page was edited") == ["sentences: 1 came, 0 went"]


async def test_a_page_is_rechecked_five_times_at_growing_intervals(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        for number, wait in enumerate(WAITS, 1):
            polled.now[0] += wait - HOUR
            await polled.poller.recheck_pages()
            assert pages(site) == number
            polled.now[0] += HOUR
            await polled.poller.recheck_pages()
            assert pages(site) == number + 1
        polled.now[0] += 400 * DAY
        await polled.poller.recheck_pages()
        assert pages(site) == 6


async def test_an_unchanged_page_costs_its_publisher_a_304_but_the_last_recheck_is_unconditional(site, store):
    publish(site, OPENING, 1, ETag='"v1"', Last_Modified="Tue, 24 Nov 2026 07:00:00 GMT")
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        for wait in WAITS:
            polled.now[0] += wait
            await polled.poller.recheck_pages()
    conditions = [asked.headers.get("if-none-match") for asked in site.requests if asked.path == "/a/1"]
    assert conditions == [None, *['"v1"'] * 4, None]
    since = [asked.headers.get("if-modified-since") for asked in site.requests if asked.path == "/a/1"]
    assert since == [None, *["Tue, 24 Nov 2026 07:00:00 GMT"] * 4, None]


async def test_the_next_recheck_after_an_edit_sends_the_validators_of_the_edit(site, store):
    publish(site, OPENING, 1, ETag='"v1"')
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        publish(site, OPENING + ACT, 1, ETag='"v2"')
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 1
        polled.now[0] += DAY
        assert await polled.poller.recheck_pages() == 0
    assert [asked.headers.get("if-none-match") for asked in site.requests if asked.path == "/a/1"] == [
        None,
        '"v1"',
        '"v2"',
    ]


async def test_no_validators_of_an_incomplete_response_are_stored(site, store):
    publish(site, OPENING, 1, ETag='"v1"')
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        body = b"<html><body><p>"
        site.routes["/a/1"] = Answer(
            raw=b'HTTP/1.1 200 X\r\nETag: "cut"\r\nContent-Type: text/html\r\nContent-Length: 9999\r\n\r\n' + body
        )
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 0
        (due,) = store.rechecks_due(polled.now[0] + DAY)
        assert due.validators.etag == '"v1"'


async def test_clocks_and_counters_that_change_at_every_recheck_are_no_edit(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        for number, wait in enumerate(WAITS):
            decoration = (
                f"<p>Last updated: {number + 2} minutes ago</p>{OPENING}"
                f"<p>{number * 17} comments</p><p>Bridge number {number} opened by the minister</p>"
            )
            publish(site, decoration)
            polled.now[0] += wait
            assert await polled.poller.recheck_pages() == 0
        (only,) = store.articles(since=START - DAY)
        assert only.version == 1


async def test_text_that_changes_at_every_recheck_makes_five_further_versions_at_most(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        for number in range(40):
            publish(
                site, f"{OPENING}<p>Today the members spoke about {number} papers of the ministry, and of more.</p>"
            )
            polled.now[0] += 30 * DAY
            await polled.poller.recheck_pages()
        (current,) = store.articles(since=START - DAY)
        assert current.version == 6


WALL = page("<p>Please log in, or subscribe, to go on reading all that our paper has to tell you today.</p>" * 30)


@pytest.mark.parametrize(
    ("worse", "event", "why"),
    [
        (Answer(b"", 403), NOT_HAD, "http: 403"),
        (Answer(b"", 410), NOT_HAD, "gone: http 410"),
        (Answer(b"", 503), NOT_HAD, "http: 503"),
        (Answer(b"", 200), NOT_HAD, "empty answer: http 200 with nothing in it"),
        (Answer(status=302, headers={"Location": "/login?next=1"}), NOT_HAD, "login wall"),
        (Answer(status=302, headers={"Location": "/"}), NOT_HAD, "not an article: redirected to the front page"),
        (page("<p>The service is not available at the moment.</p>"), NOT_TAKEN, "short page"),
        (WALL, NOT_TAKEN, "another page"),
        (page(""), NOT_TAKEN, "nothing readable in the page"),
    ],
)
async def test_a_page_that_is_worse_does_not_replace_the_text(site, store, logs, worse, event, why):
    publish(site, OPENING + ACT)
    site.routes["/login"] = site.routes["/"] = WALL
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        before = texts(polled), store.hits()
        site.routes["/a/1"] = worse
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 0
        assert (texts(polled), store.hits()) == before
    (said,) = reasons_of(logs, event)
    assert said.startswith(why)


async def test_a_section_page_to_which_an_article_redirects_does_not_replace_it_though_it_has_its_title(
    site, store, logs
):
    publish(site, OPENING)
    others = (
        "<p>The AI Act is debated by all, says the minister who is in charge of it and of much else besides.</p>" * 8
    )
    site.routes["/en/news"] = page(f"<h1>News</h1>{others}<p>The committee met for the 1th time</p>")
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        before = texts(polled)
        site.routes["/a/1"] = Answer(status=302, headers={"Location": "/en/news"})
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 0
        assert (texts(polled), store.hits()) == (before, [])
        assert "another page" in next(event["why"] for event in logs if event["event"] == NOT_TAKEN)


async def test_an_edit_of_a_page_that_has_moved_is_stored(site, store):
    publish(site, OPENING)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        publish(site, OPENING + ACT)
        site.routes["/b/1"] = site.routes["/a/1"]
        site.routes["/a/1"] = Answer(status=301, headers={"Location": "/b/1"})
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 1


async def test_a_recheck_that_failed_softly_is_followed_by_the_next_and_one_that_was_refused_is_the_last(site, store):
    publish(site, OPENING, 1, 2)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        site.routes["/a/1"], site.routes["/a/2"] = Answer(b"", 503), Answer(b"", 403)
        polled.now[0] += 6 * HOUR
        await polled.poller.recheck_pages()
        publish(site, OPENING + ACT, 1, 2)
        polled.now[0] += DAY
        assert await polled.poller.recheck_pages() == 1
        assert [hit.title for hit in store.hits()] == ["The committee met for the 1th time"]


@pytest.mark.parametrize(
    ("more", "text", "rechecks"),
    [
        ({"tier": "official"}, OPENING, 1),
        ({"tier": "agency"}, OPENING, 1),
        ({"tier": "press"}, OPENING, 0),
        ({"tier": "press"}, OPENING + ACT, 1),
        ({"tier": "press", "revisit": "always"}, OPENING, 1),
        ({"tier": "official", "revisit": "never"}, OPENING + ACT, 0),
        ({"tier": "official", "fulltext": "never"}, OPENING, 0),
    ],
)
async def test_revisit_and_tier_of_a_feed_and_hits_decide_which_pages_are_rechecked(site, store, more, text, rechecks):
    publish(site, text)
    async with polled_feeds(store, [ministry(site, **more)]) as polled:
        await polled.poll()
        before = pages(site)
        polled.now[0] += 6 * HOUR
        await polled.poller.recheck_pages()
    assert pages(site) - before == rechecks


async def test_pages_of_a_feed_that_is_removed_or_set_to_never_are_not_rechecked(site, store):
    publish(site, OPENING, 1, 2)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        polled.poller.feeds = {}
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 0
        assert pages(site) == 2
        assert store.rechecks_due(polled.now[0] + 100 * DAY) == []


async def test_a_recheck_respects_robots_txt(site, store, logs):
    publish(site)
    async with polled_feeds(store, [ministry(site, robots="respect")]) as polled:
        await polled.poll()
    site.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /a/", headers={"Content-Type": "text/plain"})
    async with polled_feeds(store, [ministry(site, robots="respect")]) as polled:
        polled.now[0] += 6 * HOUR
        before = pages(site)
        await polled.poller.recheck_pages()
    assert pages(site) == before
    assert reasons_of(logs, NOT_HAD)[0].startswith("robots")


async def test_pages_of_a_host_that_does_not_respond_are_left_for_later_and_those_of_others_are_rechecked(site, store):
    publish(site)
    numbers = range(1, 21)
    async with Site("127.0.0.3") as other:
        publish(other, OPENING, *numbers)
        feeds = [ministry(other, id="dead"), ministry(site, id="alive")]
        async with polled_feeds(store, feeds) as polled:
            await polled.poller.poll_feeds()
            other._server.close()
            polled.now[0] += 6 * HOUR
            publish(site, OPENING + ACT)
            asked = len(other.paths())
            assert await polled.poller.recheck_pages() == 1
            assert len(other.paths()) == asked
            assert store.rechecks_due(polled.now[0]) == []
            later = store.rechecks_due(polled.now[0] + HOUR)
            assert [read.rechecks for read in later] == [0] * 17


async def test_no_further_page_is_requested_of_a_host_that_responds_429(site, store):
    publish(site, OPENING, *range(1, 11))
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        for number in range(1, 11):
            site.routes[f"/a/{number}"] = Answer(b"", 429)
        polled.now[0] += 6 * HOUR
        before = pages(site)
        await polled.poller.recheck_pages()
        assert pages(site) == before + 1
        assert len(store.rechecks_due(polled.now[0] + HOUR)) == 9


async def test_hosts_that_hang_leave_room_for_polls(store):
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(Site(f"127.0.0.{number}")) for number in range(10, 30)]
        for each in sites:
            publish(each)
        feeds = [ministry(each, id=f"f{number}") for number, each in enumerate(sites)]
        async with polled_feeds(store, feeds) as polled:
            await polled.poller.poll_feeds()
            hanging, most, eight = 0, 0, asyncio.Event()

            async def hang(asked, writer):
                nonlocal hanging, most
                hanging += 1
                most = max(most, hanging)
                if hanging == 8:
                    eight.set()
                await eight.wait()
                writer.write(page(OPENING + ACT).encode())
                hanging -= 1

            for each in sites:
                each.routes["/a/1"] = hang
            polled.now[0] += 6 * HOUR
            assert await polled.poller.recheck_pages() == 20
            assert most == 8


async def test_an_error_of_the_database_ends_the_rechecks_of_all_hosts(site, store):
    file, elsewhere = store._file, store._file.with_name("elsewhere.db")
    async with Site("127.0.0.3") as slow:
        publish(site)
        publish(slow)
        async with polled_feeds(store, [ministry(site, id="quick"), ministry(slow, id="slow")]) as polled:
            await polled.poller.poll_feeds()
            is_asked, may_answer = asyncio.Event(), asyncio.Event()

            async def hang(asked, writer):
                is_asked.set()
                await may_answer.wait()

            async def move_the_database(asked, writer):
                await is_asked.wait()
                file.rename(elsewhere)
                writer.write(page(OPENING + ACT).encode())

            slow.routes["/a/1"], site.routes["/a/1"] = hang, move_the_database
            polled.now[0] += 6 * HOUR
            with pytest.raises(DatabaseError, match="its file was moved"):
                await polled.poller.recheck_pages()
            assert [task for task in asyncio.all_tasks() if "_refresh_host" in str(task.get_coro())] == []
            may_answer.set()
            elsewhere.rename(file)
            assert len(store.rechecks_due(polled.now[0])) == 2, "both pages are rechecked by the next call"


async def test_the_pages_of_a_host_are_requested_one_by_one_however_many_feeds_it_has(site, store):
    feeds = []
    for name in "abcdef":
        site.routes[f"/{name}"] = rss(feed_xml([item(1, link=f"/a/{name}", guid=name)]))
        site.routes[f"/a/{name}"] = page(OPENING)
        feeds.append(ministry(site, id=name, url=site.url(f"/{name}")))
    async with polled_feeds(store, feeds, per_host=8) as polled:
        await polled.poller.poll_feeds()
        at_once, most = 0, 0

        async def slowly(asked, writer):
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            for _ in range(50):
                await asyncio.sleep(0)
            at_once -= 1
            writer.write(page(OPENING + ACT).encode())

        for name in "abcdef":
            site.routes[f"/a/{name}"] = slowly
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 6
        assert most == 1


async def test_at_most_a_hundred_pages_are_rechecked_in_one_call(site, store):
    feeds = []
    for name in "abc":
        items = [item(number, link=f"/a/{name}{number}", guid=f"{name}{number}") for number in range(34)]
        site.routes[f"/{name}"] = rss(feed_xml(items))
        for number in range(34):
            site.routes[f"/a/{name}{number}"] = page(OPENING)
        feeds.append(ministry(site, id=name, url=site.url(f"/{name}")))
    async with polled_feeds(store, feeds) as polled:
        await polled.poller.poll_feeds()
        assert pages(site) == 102
        polled.now[0] += 6 * HOUR
        await polled.poller.recheck_pages()
        assert pages(site) == 202
        await polled.poller.recheck_pages()
        assert pages(site) == 204


async def test_the_schedule_of_rechecks_survives_a_restart(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
    publish(site, OPENING + ACT)
    async with polled_feeds(store, [ministry(site)]) as polled:
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 1


async def test_a_bug_in_a_recheck_stops_no_other_recheck_and_is_not_met_forever(site, store):
    class Breaking(InlineReading):
        async def extract(self, page, content_type, entry, select=""):
            if b"broken" in page:
                raise ZeroDivisionError
            return await super().extract(page, content_type, entry, select)

    publish(site, OPENING, 1, 2)
    async with polled_feeds(store, [ministry(site)], reading=Breaking()) as polled:
        await polled.poll()
        publish(site, f"{OPENING}<p>broken</p>", 1)
        publish(site, OPENING + ACT, 2)
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 1
        assert store.rechecks_due(polled.now[0]) == []


async def test_no_page_is_rechecked_while_the_program_ends(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        polled.now[0] += 6 * HOUR
        polled.poller.stop()
        assert await polled.poller.recheck_pages() == 0
        assert len(store.rechecks_due(polled.now[0])) == 1


async def test_an_entry_with_the_most_versions_allowed_is_not_rechecked(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site, revisit="always")]) as polled:
        for number in range(24):
            site.routes["/feed"] = rss(feed_xml([item(1, description=f"Session {number}.")]))
            publish(site, f"{OPENING}<p>Paper number {number} was read to the members from its first page on.</p>")
            await polled.poll(HOUR)
        before = pages(site)
        polled.now[0] += 6 * HOUR
        assert await polled.poller.recheck_pages() == 0
        assert pages(site) == before


async def test_an_edit_that_the_feed_announces_restarts_the_rechecks(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        polled.now[0] += 6 * HOUR
        await polled.poller.recheck_pages()
        site.routes["/feed"] = rss(feed_xml([item(1, title="The committee met again")]))
        publish(site, OPENING + ACT)
        await polled.poll()
        (due,) = store.rechecks_due(polled.now[0] + 6 * HOUR)
        assert due.rechecks == 0
        assert due.entry.title == "The committee met again"


async def test_the_hit_of_a_rule_added_meanwhile_is_marked_updated_in_an_edit(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        polled.poller.reader.matcher = matcher()
        publish(site, ACT + OPENING)
        polled.now[0] += 6 * HOUR
        await polled.poller.recheck_pages()
        (hit,) = store.hits()
        assert hit.updated


# ---------------------------------------------------------------- edits whose pages cannot be had


async def test_an_edit_whose_page_is_refused_keeps_the_text_and_the_feeds_new_words_are_matched(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        site.routes["/a/1"] = Answer(b"", 403)
        site.routes["/feed"] = rss(feed_xml([item(1, title="A new title", description="It was about the AI Act.")]))
        await polled.poll(HOUR)
        (current,) = store.articles(since=START - DAY)
        assert current.version == 2
        assert current.article.title == "A new title"
        assert current.article.text.startswith(
            "It was about the AI Act.\n\nSession 1.\n\nThe committee met in the morning"
        )
        assert current.article.partial_reason == "http: 403; the text is that of an earlier version"
        (hit,) = store.hits()
        assert (hit.updated, hit.partial) == (True, True)
        assert store.search(SearchRequest(query=parse_query("committee morning session"))).total.counted == 1
        assert store.partial_articles(polled.now[0] + 100 * DAY) == []


async def test_an_edit_without_new_words_whose_page_is_refused_changes_nothing(site, store):
    publish(site, OPENING + ACT)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        before = texts(polled), store.hits()
        site.routes["/a/1"] = Answer(b"", 403)
        site.routes["/feed"] = rss(feed_xml([item(1, link="/a/1?moved=1")]))
        await polled.poll(HOUR)
        assert (texts(polled), store.hits()) == before
        (current,) = store.articles(since=START - DAY)
        assert (current.version, current.article.partial) == (1, False)


async def test_the_page_of_an_edit_that_failed_softly_is_retried_and_no_text_is_lost_meanwhile(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        site.routes["/a/1"] = Answer(b"", 503)
        site.routes["/feed"] = rss(feed_xml([item(1, title="A new title")]))
        await polled.poll(HOUR)
        (text,) = texts(polled)
        assert "committee met in the morning" in text
        publish(site, OPENING + ACT)
        polled.now[0] += HOUR
        assert await polled.poller.retry_pages() == 1
        (current,) = store.articles(since=START - DAY)
        assert (current.version, current.article.partial) == (2, False)
        (hit,) = store.hits()
        assert (hit.updated, hit.partial) == (True, False)


async def test_a_page_that_is_missing_for_several_edits_loses_no_text(site, store):
    publish(site)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        site.routes["/a/1"] = Answer(b"", 503)
        for number in range(2, 5):
            site.routes["/feed"] = rss(feed_xml([item(1, description=f"Edit {number}.")]))
            await polled.poll(HOUR)
        (text,) = texts(polled)
        assert text.startswith("Edit 4.\n\nSession 1.\n\nThe committee met in the morning")
        assert "Edit 3" not in text


async def test_the_text_of_an_entry_that_was_always_partial_is_the_feeds_latest(site, store):
    publish(site)
    site.routes["/a/1"] = Answer(b"", 403)
    async with polled_feeds(store, [ministry(site)]) as polled:
        await polled.poll()
        site.routes["/feed"] = rss(feed_xml([item(1, description="Another summary.")]))
        await polled.poll(HOUR)
        assert texts(polled) == ["Another summary."]
