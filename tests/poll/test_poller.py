import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from monitor.core.errors import DatabaseError
from monitor.core.model import Changed, Failed, Feed, Health, Unchanged
from monitor.store import RetentionCutoffs
from tests.poll.polled_feeds import PROSE, RULES, START, InlineReading, matcher, polled_feeds
from tests.siteserver import Answer, Site, feed_xml, page, rss

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ARTICLE = PROSE * 12 + "<p>It then turned to the AI Act, which the members will vote on.</p>"


@pytest.fixture
async def site():
    async with Site() as site:
        yield site


def item(number: int, when: datetime = START, **more: str) -> dict[str, str]:
    usual = {
        "title": f"The committee met for the {number}th time",
        "link": f"/a/{number}",
        "guid": f"tag:{number}",
        "pubDate": when.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "description": f"Session {number}.",
    }
    return {**usual, **more}


def publish(site: Site, *numbers: int, text: str = ARTICLE, **headers: str) -> None:
    site.routes["/feed"] = rss(feed_xml([item(number) for number in numbers]), **headers)
    for number in numbers:
        site.routes[f"/a/{number}"] = page(f"<h1>Session {number}</h1>{text}<p>End of session {number}.</p>")


def feed(site: Site, **more) -> Feed:
    return Feed(**{"id": "x", "url": site.url(), **more})


async def test_a_first_poll_stores_entries_articles_and_hits(site, store):
    publish(site, 2, 1)
    async with polled_feeds(store, [feed(site)]) as polled:
        poll = await polled.poll()
    assert isinstance(poll.outcome, Changed)
    assert len(poll.found) == 2
    hits = store.hits()
    assert {hit.rule_id for hit in hits} == {"ai-act"}
    assert len(hits) == 2
    assert not hits[0].partial
    assert "AI Act" in hits[0].evidence[0].sentence


async def test_a_feed_without_addresses_that_dates_its_entries_anew_is_stored_once(site, any_store):
    def publish_dated(hour: int, *numbers: int) -> None:
        dated = {"link": site.url("/"), "guid": "", "pubDate": f"Tue, 24 Nov 2026 {hour:02}:00:00 GMT"}
        site.routes["/feed"] = rss(
            feed_xml([item(number, title=f"On the AI Act, session {number}") | dated for number in numbers])
        )

    async with polled_feeds(any_store, [feed(site)]) as polled:
        for hour, numbers in enumerate([(1, 2, 3), (1, 2, 3), (1, 2, 3, 4), (2, 3, 4)], 8):
            publish_dated(hour, *numbers)
            poll = await polled.poll(HOUR)
            assert poll.counts.seen == len(numbers) == len(poll.found) + poll.counts.known
            assert not any("gap" in note for note in poll.notes)
    hits = any_store.hits()
    assert sorted((hit.title, hit.backfilled) for hit in hits) == [
        *((f"On the AI Act, session {number}", True) for number in (1, 2, 3)),
        ("On the AI Act, session 4", False),
    ]


async def test_a_feed_without_addresses_that_dates_its_entries_by_the_day_shows_no_old_ones_as_news(site, any_store):
    async with polled_feeds(any_store, [feed(site)]) as polled:
        for day, numbers in ((24, (1, 2)), (25, (1, 2, 3)), (25, (1, 2, 3, 4))):
            dated = {"link": site.url("/"), "guid": "", "pubDate": f"{day} Nov 2026 00:00:00 GMT"}
            items = [item(number, title=f"On the AI Act, session {number}") | dated for number in numbers]
            site.routes["/feed"] = rss(feed_xml(items))
            await polled.poll(HOUR)
    assert sorted((hit.title[-1], hit.backfilled) for hit in any_store.hits()) == [
        *(("1", True), ("2", True)),
        *(("3", False), ("4", False)),
    ]


async def test_after_retention_a_feed_without_addresses_shows_nothing_as_news_that_it_has_shown_all_along(
    site, any_store
):
    async with polled_feeds(any_store, [feed(site)]) as polled:
        for days in range(4):
            when = START + days * 10 * DAY
            dated = {"link": site.url("/"), "guid": ""}
            site.routes["/feed"] = rss(feed_xml([item(number, when) | dated for number in (1, 2, 3)]))
            before = RetentionCutoffs(articles=when - 15 * DAY, hits=when - 15 * DAY, polls=when - 15 * DAY)
            any_store.prune(before=before, now=when)
            poll = await polled.poll(10 * DAY)
            assert len(poll.found) == (3 if days == 0 else 0)


async def test_nothing_new_is_stored_of_a_feed_that_has_not_changed_and_no_page_is_fetched(site, store):
    publish(site, 2, 1)
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        before = list(site.paths())
        poll = await polled.poll(HOUR)
        assert isinstance(poll.outcome, Unchanged)
        assert poll.outcome.reason == "same body"
    assert site.paths() == [*before, "/feed"]
    assert len(store.hits()) == 2


async def test_a_not_modified_answer_needs_no_parser(site, store):
    publish(site, 1, ETag='"1"')
    whole = site.routes["/feed"]
    site.routes["/feed"] = lambda asked: Answer(status=304) if asked.headers.get("if-none-match") == '"1"' else whole
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        poll = await polled.poll(HOUR)
        assert isinstance(poll.outcome, Unchanged)
        assert poll.outcome.reason == "not modified"
        whole_again = await polled.poll(8 * DAY)
        assert isinstance(whole_again.outcome, Unchanged)
        assert whole_again.outcome.reason == "same body"


async def test_the_same_corpus_twenty_times_over_stores_nothing_new(site, store):
    async with polled_feeds(store, [feed(site)]) as polled:
        publish(site, *range(20, 0, -1))
        await polled.poll()
        titles, hits = polled.titles(), len(store.hits())
        for round_ in range(20):
            shown = [
                item(number, START, link=f"{site.url('/a/')}{number}?utm_source=round{round_}")
                for number in range(20, 0, -1)
            ]
            site.routes["/feed"] = rss(
                feed_xml(shown[round_ % 5 :] + shown[: round_ % 5], extra=f"<ttl>{round_ + 1}</ttl>")
            )
            poll = await polled.poll(HOUR)
            assert isinstance(poll.outcome, Changed)
            assert poll.found == ()
        assert polled.titles() == titles
        assert len(store.hits()) == hits


async def test_only_new_entries_are_fetched(site, store):
    async with polled_feeds(store, [feed(site)]) as polled:
        publish(site, 2, 1)
        await polled.poll()
        publish(site, 3, 2, 1)
        site.requests.clear()
        poll = await polled.poll(HOUR)
        assert [found.entry.guid for found in poll.found] == ["tag:3"]
        assert site.paths() == ["/feed", "/a/3"]
        assert polled.state().last_entry_at == START + HOUR


async def test_the_entry_of_a_page_that_cannot_be_fetched_is_matched_and_the_page_is_retried(site, store):
    publish(site, 1)
    site.routes["/a/1"] = Answer(b"", 503)
    site.routes["/feed"] = rss(feed_xml([item(1, description="A vote on the AI Act is near.")]))
    async with polled_feeds(store, [feed(site)]) as polled:
        poll = await polled.poll()
        assert poll.found[0].article.partial_reason == "http: 503"
        (hit,) = store.hits()
        assert hit.partial
        assert await polled.poller.retry_pages() == 0
        polled.now[0] += HOUR
        assert await polled.poller.retry_pages() == 0
        publish(site, 1)
        polled.now[0] += 6 * HOUR
        assert await polled.poller.retry_pages() == 1
        assert await polled.poller.retry_pages() == 0
        (hit,) = store.hits()
        assert not hit.partial
        assert hit.evidence[0].sentence == "A vote on the AI Act is near."
        assert any("members will vote" in each.sentence for each in hit.evidence)


async def test_pages_beyond_the_newest_fifty_of_a_busy_day_are_read_by_the_next_retries(site, store):
    publish(site, 1)
    site.routes["/feed"] = rss(feed_xml([item(1)]))
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        publish(site, *range(2, 62))
        site.routes["/feed"] = rss(feed_xml([item(number) for number in range(1, 62)]))
        poll = await polled.poll(HOUR)
        left = [each for each in poll.found if each.article.partial]
        assert [each.article.partial_reason for each in left] == ["left for later: more than 50 pages at once"] * 10
        assert await polled.poller.retry_pages() == 10
        assert len(store.hits()) == 61


async def test_a_counter_in_a_feed_makes_no_versions_and_hides_no_edit(site, store):
    publish(site, 1, text=f"<p>{'The committee met and heard what had been done since. ' * 20}</p>")
    async with polled_feeds(store, [feed(site)]) as polled:
        for points in range(30):
            summary = f"A sitting of the committee. Points: {points}"
            site.routes["/feed"] = rss(feed_xml([item(1, description=summary)]))
            poll = await polled.poll(HOUR)
        assert poll.notes == ("updated: 1 entry",)
        (current,) = store.articles(since=START - DAY)
        assert current.version == 1
        site.routes["/feed"] = rss(feed_xml([item(1, description="A sitting. AI Act passed.")]))
        await polled.poll(HOUR)
        (hit,) = store.hits()
        assert hit.updated


async def test_what_came_with_a_first_poll_stays_back_filled_when_its_page_comes_late(site, store):
    site.routes["/feed"] = rss(feed_xml([item(1)]))
    site.routes["/a/1"] = Answer(b"", 503)
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        publish(site, 1)
        polled.now[0] += HOUR
        assert await polled.poller.retry_pages() == 1
        (hit,) = store.hits()
        assert hit.backfilled


async def test_a_page_that_was_left_for_later_has_as_many_retries_as_others(site, store):
    publish(site, 0)
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        site.routes["/feed"] = rss(feed_xml([item(number) for number in range(60)]))
        publish(site, *range(60))
        late = [f"/a/{number}" for number in range(60)]
        poll = await polled.poll(HOUR)
        left = next(each for each in poll.found if each.article.partial)
        path = next(path for path in late if left.entry.link.endswith(path))
        site.routes[path] = Answer(b"", 503)
        waits = [timedelta(0), HOUR, 6 * HOUR, DAY, 3 * DAY, 9 * DAY]
        for wait in waits:
            polled.now[0] += wait
            await polled.poller.retry_pages()
        assert site.paths().count(path) == 5


class StumblingReading(InlineReading):
    """Raises an exception for so many pages."""

    stumbles = 0

    async def extract(self, page, content_type, entry, select=""):
        if self.stumbles:
            self.stumbles -= 1
            raise ZeroDivisionError
        return await super().extract(page, content_type, entry, select)


async def test_a_bug_in_a_retry_counts_as_one_attempt(site, store):
    reading = StumblingReading()
    site.routes["/feed"] = rss(feed_xml([item(1)]))
    site.routes["/a/1"] = Answer(b"", 503)
    async with polled_feeds(store, [feed(site)], reading=reading) as polled:
        await polled.poll()
        site.routes["/a/1"] = page(ARTICLE)
        reading.stumbles = 1
        polled.now[0] += HOUR
        assert await polled.poller.retry_pages() == 0
        assert store.partial_articles(polled.now[0] + 5 * HOUR) == []
        polled.now[0] += 6 * HOUR
        assert await polled.poller.retry_pages() == 1
        assert len(store.hits()) == 1


WALLED = """<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>"""


async def test_a_retried_page_that_shows_only_its_beginning_is_matched_on_it(site, store):
    site.routes["/feed"] = rss(feed_xml([item(1)]))
    site.routes["/a/1"] = Answer(b"", 503)
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        assert store.hits() == []
        site.routes["/a/1"] = page(f"{WALLED}<h1>Session 1</h1>{ARTICLE}<p>Members then said…</p>")
        polled.now[0] += HOUR
        assert await polled.poller.retry_pages() == 0
        (hit,) = store.hits()
        assert hit.partial
        site.routes["/a/1"] = Answer(b"", 503)
        polled.now[0] += DAY
        assert await polled.poller.retry_pages() == 0
        (current,) = store.articles(since=START - DAY)
        assert "members will vote" in current.article.text.casefold()
        assert current.article.partial_reason == "paywall: the page shows the beginning"


async def test_what_an_old_entrys_page_says_when_it_comes_late_is_news_like_the_entry(site, store):
    site.routes["/feed"] = rss(feed_xml([]))
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        site.routes["/feed"] = rss(feed_xml([item(1, START - 30 * DAY)]))
        site.routes["/a/1"] = Answer(b"", 503)
        await polled.poll(HOUR)
        site.routes["/a/1"] = page(ARTICLE)
        polled.now[0] += HOUR
        assert await polled.poller.retry_pages() == 1
        (hit,) = store.hits()
        assert not hit.backfilled


async def test_a_login_page_is_not_taken_for_the_article(site, store):
    publish(site, 1)
    site.routes["/a/1"] = Answer(b"", 302, {"Location": "/login?next=/a/1"})
    site.routes["/login"] = page("<p>Subscribe to read all of the AI Act.</p>" * 20)
    async with polled_feeds(store, [feed(site)]) as polled:
        (found,) = (await polled.poll()).found
        assert found.article.partial_reason == "login wall: redirected to a page to log in at"
        (stored,) = store.articles(since=START - DAY)
        assert stored.article.text == "Session 1."
        assert store.hits() == []


async def test_a_page_that_is_dated_in_the_future_gives_no_date(site, store):
    publish(site, 1)
    site.routes["/feed"] = rss(feed_xml([item(1, pubDate="")]))
    site.routes["/a/1"] = page(f"<time pubdate datetime='2099-01-01T00:00:00Z'></time>{ARTICLE}")
    async with polled_feeds(store, [feed(site)]) as polled:
        (found,) = (await polled.poll()).found
        assert not found.article.partial
        assert found.article.published_at is None


async def test_a_partial_article_of_a_feed_that_is_no_longer_configured_is_not_retried(site, store):
    publish(site, 1)
    site.routes["/a/1"] = Answer(b"", 503)
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        polled.poller.feeds = {}
        polled.now[0] += HOUR
        assert await polled.poller.retry_pages() == 0
        polled.now[0] += 30 * DAY
        assert store.partial_articles(polled.now[0]) == []


async def test_a_host_that_does_not_respond_gets_no_request_for_the_rest_of_its_pages(site, store):
    async with Site("127.0.0.3") as dead:
        there = dead.url("/a/")
    site.routes["/feed"] = rss(feed_xml([item(number, link=f"{there}{number}") for number in range(20)]))
    async with polled_feeds(store, [feed(site, robots="ignore")]) as polled:
        poll = await polled.poll()
        reasons = [found.article.partial_reason for found in poll.found]
        assert len(reasons) == 20
        assert reasons[0].startswith("connection failed")
        assert reasons[-1] == "left for later: the host does not answer"
        assert all(found.retry_at == START + HOUR for found in poll.found)
        assert await polled.poller.retry_pages() == 0
        polled.now[0] += HOUR
        assert await polled.poller.retry_pages() == 0


async def test_no_further_page_is_requested_of_a_host_that_responds_429(site, store):
    numbers = range(20, 0, -1)
    publish(site, *numbers)
    for number in numbers:
        site.routes[f"/a/{number}"] = Answer(b"", 429)
    async with polled_feeds(store, [feed(site, robots="ignore")]) as polled:
        poll = await polled.poll()
    reasons = [found.article.partial_reason for found in poll.found]
    assert reasons[0] == "too many requests: http 429"
    assert reasons[-1] == "left for later: the host asks to wait"
    assert len(site.paths()) <= 3


async def test_an_edited_entry_is_a_new_version_and_its_new_hits_are_marked(site, store):
    publish(site, 1, text=PROSE * 12)
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        assert store.hits() == []
        site.routes["/feed"] = rss(
            feed_xml([item(1, title="The committee met for the 1th time, and spoke of the AI Act")])
        )
        poll = await polled.poll(HOUR)
        assert poll.found[0].updated
        (hit,) = store.hits()
        assert hit.updated
        assert len(polled.titles()) == 1


def revise(site: Site, updated: str, text: str) -> None:
    entry = (
        "<entry><id>urn:1</id><title>The committee published its guidance</title>"
        f"<link href='/a/1'/><updated>{updated}</updated></entry>"
    )
    site.routes["/feed"] = rss(f"<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>".encode())
    site.routes["/a/1"] = page(text)


async def test_a_page_that_the_feed_dates_as_changed_is_read_again(site, store):
    revise(site, "2026-11-20T10:00:00Z", PROSE * 12)
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        assert store.hits() == []
        revise(site, "2026-11-24T10:00:00Z", ARTICLE)
        await polled.poll(HOUR)
        (hit,) = store.hits()
        assert hit.updated
        (now,) = store.articles(since=START - DAY)
        assert now.version == 2


async def test_a_change_that_does_not_touch_the_text_is_no_new_version(site, store):
    revise(site, "2026-11-20T10:00:00Z", ARTICLE)
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        for hour in range(3):
            revise(site, f"2026-11-24T1{hour}:00:00Z", ARTICLE)
            await polled.poll(HOUR)
        (only,) = store.articles(since=START - DAY)
        assert only.version == 1
        assert len(store.hits()) == 1
        assert site.paths().count("/a/1") == 4


async def test_what_the_first_poll_finds_is_back_filled_and_what_comes_later_is_news_whatever_its_date(site, store):
    publish(site, 2, 1)
    site.routes["/feed"] = rss(feed_xml([item(2)]))
    async with polled_feeds(store, [feed(site)]) as polled:
        await polled.poll()
        site.routes["/feed"] = rss(feed_xml([item(2), item(1, START - 30 * DAY)]))
        await polled.poll(HOUR)
    assert {hit.title.split()[5]: hit.backfilled for hit in store.hits()} == {"2th": True, "1th": False}


async def test_a_feed_without_pages_is_matched_on_its_own_text(site, store):
    site.routes["/feed"] = rss(feed_xml([item(1, description="The AI Act.")]))
    async with polled_feeds(store, [feed(site, fulltext="never")]) as polled:
        await polled.poll()
    (hit,) = store.hits()
    assert not hit.partial
    assert site.paths() == ["/feed"]


async def test_a_failure_is_recorded_and_delays_the_next_poll(site, store):
    async with polled_feeds(store, [feed(site)]) as polled:
        poll = await polled.poll()
        assert isinstance(poll.outcome, Failed)
        state = polled.state()
    assert (state.health, state.reason) == (Health.FAILING, "http: 404")
    assert state.next_poll_at == START + timedelta(minutes=45)


async def test_a_truncated_feed_gives_its_entries_and_is_fetched_unconditionally_next(site, store):
    publish(site, 2, 1, ETag='"1"')
    whole = site.routes["/feed"]
    site.routes["/feed"] = Answer(whole.body[:-60], headers=whole.headers)
    async with polled_feeds(store, [feed(site)]) as polled:
        poll = await polled.poll()
        assert len(poll.found) == 2
        assert poll.notes == ("malformed: cut short: the document has no end",)
        site.routes["/feed"] = whole
        poll = await polled.poll(HOUR)
        assert isinstance(poll.outcome, Changed)
        assert "if-none-match" not in site.requests[-1].headers


async def test_a_feed_that_has_moved_permanently_is_fetched_from_its_new_address(site, store):
    publish(site, 1)
    site.routes["/old"] = Answer(status=301, headers={"Location": "/feed"})
    async with polled_feeds(store, [feed(site, url=site.url("/old"))]) as polled:
        for _ in range(2):
            await polled.poll(HOUR)
        poll = await polled.poll(HOUR)
        assert poll.notes == (f"moved: {site.url()}",)
        site.requests.clear()
        await polled.poll(HOUR)
        assert site.paths() == ["/feed"]


# ---------------------------------------------------------------- many feeds


async def test_only_feeds_that_are_due_are_polled(site, store):
    publish(site, 1)
    feeds = [feed(site, id=f"f{number}") for number in range(5)]
    async with polled_feeds(store, feeds) as polled:
        calls = []
        polls = await polled.poller.poll_due(lambda done, total, poll: calls.append((done, total, poll.feed_id)))
        assert sorted(poll.feed_id for poll in polls) == ["f0", "f1", "f2", "f3", "f4"]
        assert [done for done, _, _ in calls] == [1, 2, 3, 4, 5]
        assert {total for _, total, _ in calls} == {5}
        assert await polled.poller.poll_due() == []
        polled.now[0] += timedelta(minutes=29)
        assert await polled.poller.poll_due() == []
        polled.now[0] += timedelta(minutes=1)
        assert len(await polled.poller.poll_due()) == 5


@pytest.mark.parametrize("ahead", [timedelta(days=365), timedelta(minutes=20)])
async def test_every_feed_is_polled_after_a_clock_that_was_ahead_is_set_back(ahead, site, store):
    site.routes["/feed"] = rss(feed_xml([{"guid": "1", "title": "The AI Act applies"}]), ETag='"1"')
    async with polled_feeds(store, [Feed(id="x", url=site.url(), fulltext="never")]) as polled:
        polled.now[0] += ahead
        assert len(await polled.poller.poll_due()) == 1
        polled.now[0] -= ahead
        site.routes["/feed"] = rss(feed_xml([{"guid": "2", "title": "The AI Act is amended"}]), ETag='"1"')
        (poll,) = await polled.poller.poll_due()
        assert len(poll.found) == 1
        assert ("if-none-match" in site.requests[-1].headers) is (ahead < timedelta(days=7))  # else a full fetch
        assert await polled.poller.poll_due() == []


async def test_feeds_are_polled_by_name_or_all_whether_due_or_not(site, store):
    publish(site, 1)
    async with polled_feeds(store, [feed(site, id=name) for name in "abc"]) as polled:
        assert [poll.feed_id for poll in await polled.poller.poll_feeds(["b"])] == ["b"]
        assert len(await polled.poller.poll_feeds()) == 3


async def test_the_polls_that_a_caller_gets_have_counts_and_no_texts(site, store):
    publish(site, 2, 1)
    site.routes["/a/1"] = Answer(status=503)
    async with polled_feeds(store, [feed(site)]) as polled:
        (poll,) = await polled.poller.poll_due()
    assert [found.article.partial for found in poll.found] == [False, True]
    assert [len(found.matches) for found in poll.found] == [1, 0]
    assert {(found.article.text, found.entry.title, found.entry.summary) for found in poll.found} == {("", "", "")}
    assert poll.outcome.entries == ()
    assert poll.outcome.response is None


@pytest.mark.parametrize("bug", [ZeroDivisionError, TimeoutError])
async def test_a_bug_in_the_poll_of_one_feed_is_the_failure_of_that_feed_only(site, store, bug):
    publish(site, 1)
    site.routes["/bug"] = rss(feed_xml([item(7)]))

    class Breaking(InlineReading):
        async def parse_source(self, feed, response, now):
            if feed.id == "bug":
                raise bug
            return await super().parse_source(feed, response, now)

    feeds = [feed(site, id="bug", url=site.url("/bug")), feed(site)]
    async with polled_feeds(store, feeds, reading=Breaking()) as polled:
        with capture_logs() as logs:
            polls = {poll.feed_id: poll for poll in await polled.poller.poll_due()}
        assert "poll raised an exception" in [each["event"] for each in logs]
        assert polls["bug"].outcome == Failed(reason=f"internal error: {bug.__name__}")
        assert polled.state("bug").failures == 0.5
        assert polled.state().health is Health.OK


async def test_a_bug_in_every_retry_of_an_article_ends_its_retries_and_no_others(site, store):
    publish(site, 1)
    site.routes["/a/1"] = Answer(b"", 503)

    class Breaking(InlineReading):
        async def extract(self, page, content_type, entry, select=""):
            raise ZeroDivisionError

    async with polled_feeds(store, [feed(site)], reading=Breaking()) as polled:
        await polled.poll()
        publish(site, 1)
        for wait in (HOUR, 6 * HOUR, DAY, 3 * DAY):
            polled.now[0] += wait
            assert len(store.partial_articles(polled.now[0])) == 1
            assert await polled.poller.retry_pages() == 0
        assert store.partial_articles(polled.now[0] + 30 * DAY) == []


async def test_a_database_that_is_gone_ends_the_run_with_one_clear_error(site, store):
    publish(site, 1)

    class Gone:
        def __getattr__(self, name):
            return getattr(store, name)

        def record(self, poll):
            raise DatabaseError("the database is gone")

        record_all = record

    async with polled_feeds(Gone(), [feed(site, id=name) for name in "ab"]) as polled:
        with pytest.raises(DatabaseError, match="the database is gone"):
            await polled.poller.poll_due()


async def test_a_feed_that_is_being_polled_is_not_polled_a_second_time(site, store):
    publish(site, 1)
    whole, asked_for, limiter = site.routes["/feed"], asyncio.Event(), asyncio.Event()

    async def slow(asked, writer):
        asked_for.set()
        await limiter.wait()
        writer.write(whole.encode())

    site.routes["/feed"] = slow
    async with polled_feeds(store, [feed(site)]) as polled:
        first = asyncio.ensure_future(polled.poller.poll_due())
        await asked_for.wait()
        assert await polled.poller.poll_due() == []
        limiter.set()
        assert len(await first) == 1


async def test_a_poller_that_stops_finishes_polls_in_progress_and_starts_no_further_ones(site, store):
    publish(site, 1)
    async with polled_feeds(store, [feed(site, id=f"f{number}") for number in range(9)]) as polled:
        polls = await polled.poller.poll_due(lambda done, total, poll: polled.poller.stop())
        assert 1 <= len(polls) <= 2
        assert await polled.poller.retry_pages() == 0
        assert await polled.poller.poll_due() == []


async def test_the_pages_of_a_poll_in_progress_are_left_for_later_when_the_program_ends(site, store):
    publish(site, *range(10, 0, -1))
    async with polled_feeds(store, [feed(site)]) as polled:
        whole = site.routes["/a/10"]

        def last(asked):
            polled.poller.stop()
            return whole

        site.routes["/a/10"] = last
        poll = await polled.poll()
    reasons = [found.article.partial_reason for found in poll.found]
    assert len(reasons) == 10
    assert reasons[0] == ""
    assert reasons[-1] == "left for later: the program is ending"
    left = [partial.entry.title for partial in store.partial_articles(START, limit=50)]  # for whoever comes next
    assert left == [found.entry.title for found in poll.found if found.article.partial]


async def test_a_slow_host_delays_its_own_feeds_only(site, store):
    limiter = asyncio.Event()

    async def slow(asked, writer):
        await limiter.wait()
        writer.write(Answer(b"", 404).encode())

    publish(site, 1)
    async with Site("127.0.0.2") as other:
        other.routes["/feed"] = slow
        feeds = [feed(other, id=f"slow{number}") for number in range(40)] + [
            feed(site, id=f"f{number}") for number in range(5)
        ]
        async with polled_feeds(store, feeds) as polled:
            done, five = [], asyncio.Event()

            def progress(count, total, poll):
                done.append(poll.feed_id)
                if count == 5:
                    five.set()

            running = asyncio.ensure_future(polled.poller.poll_due(progress))
            await five.wait()
            assert sorted(done) == ["f0", "f1", "f2", "f3", "f4"]
            assert other.most_at_once == 2
            limiter.set()
            assert len(await running) == 45


async def test_the_matcher_may_be_replaced_between_two_polls(site, store):
    publish(site, 1)
    async with polled_feeds(store, [feed(site)]) as polled:
        polled.poller.reader.matcher = matcher(RULES.replace("id: ai-act", "id: another"))
        await polled.poll()
    assert {hit.rule_id for hit in store.hits()} == {"another"}


async def test_the_rhythm_is_measured_by_when_entries_were_first_seen(site, store):
    async with polled_feeds(store, [feed(site)]) as polled:
        for number in range(1, 8):
            publish(site, *range(number, 0, -1))
            await polled.poll(DAY)
        state = polled.state()
    assert state.expected_silence == 4 * DAY
    assert replace(state).interval_reason


async def test_boilerplate_of_a_feed_is_stored_and_no_rule_matches_in_it(site, store):
    plea = "<p>Our letter on artificial intelligence comes every Friday, free of charge and of advertising.</p>"
    for number in range(1, 7):
        publish(site, number, text=f"{PROSE * 4}<p>Minute {number} of session {number} was read.</p>{plea}")
        async with polled_feeds(store, [feed(site)]) as polled:
            await polled.poll(number * DAY)
    titles = {hit.title for hit in store.hits()}
    assert len(titles) == 5
    *_, latest = store.articles(since=START)
    assert latest.article.title not in titles
    start, end = latest.article.boilerplate[-1]
    assert latest.article.text[start:end].startswith("Our letter on artificial intelligence")


class FailingLimiter:
    """A shared limiter whose database is unreachable after the feed was fetched."""

    def __init__(self) -> None:
        self.taken = 0

    async def try_acquire(self, host: str, gap: float) -> float:
        self.taken += 1
        if self.taken > 1:
            raise DatabaseError("the server cannot be reached")
        return 0.0

    def release(self, host: str) -> None: ...


async def test_a_database_that_is_gone_while_pages_are_read_is_not_a_failure_of_the_feed(site, store):
    publish(site, 3, 2, 1)
    async with polled_feeds(store, [feed(site)], shared=FailingLimiter()) as polled:
        with pytest.raises(DatabaseError):
            await polled.poll()
        assert polled.state().failures == 0
        assert polled.state().last_poll_at is None


async def test_a_feed_is_polled_by_a_worker_only_while_it_is_due_and_configured(site, store):
    publish(site, 1)
    async with polled_feeds(store, [feed(site)]) as polled:
        assert (await polled.poller.poll_if_due("x")).feed_id == "x"
        assert await polled.poller.poll_if_due("x") is None  # another was quicker
        assert await polled.poller.poll_if_due("no-more") is None
        polled.now[0] += DAY
        polled.poller.stop()
        assert await polled.poller.poll_if_due("x") is None
    assert site.paths().count("/feed") == 1


async def test_the_text_of_a_page_is_taken_from_the_element_that_its_feed_names(site, store):
    site.routes["/a/1"] = page(f"<main>{PROSE * 8}</main><div class='nav-note'>{PROSE * 5}The AI Act applies.</div>")
    site.routes["/feed"] = rss(feed_xml([item(1)]))
    async with polled_feeds(store, [feed(site, fulltext_select="div.nav-note")]) as polled:
        await polled.poll()
        (stored,) = store.articles(since=START - DAY)
        assert stored.article.text.endswith("The AI Act applies.")
        assert stored.article.text.count("committee met") == 5
