"""Newsletters in a mailbox, polled like any other source."""

from datetime import timedelta

import pytest

from monitor.core.model import Changed, Failed, Feed, Health, Unchanged
from monitor.extraction import ExtractionPool
from monitor.fetch import mailbox
from tests.imapserver import PASSWORD, ImapServer, Script, letter
from tests.poll.polled_feeds import PROSE, START, polled_feeds
from tests.siteserver import Site, page


@pytest.fixture
def pool():
    pool = ExtractionPool(workers=1, timeout=60)
    yield pool
    pool.close()


def newsletters(server: ImapServer, **more) -> Feed:
    return Feed(id="x", url=server.url(), kind="imap", password=PASSWORD, **more)


def deliver(script: Script, *numbers: int, text: str = "") -> None:
    for number in numbers:
        script.add(letter(number, text or f"Part {number} is about the AI Act. {PROSE}"), START)


async def test_each_message_is_read_once_and_matched(store, pool):
    async with ImapServer() as server:
        deliver(server.script, 1, 2)
        async with polled_feeds(store, [newsletters(server)], reading=pool) as polled:
            first = await polled.poll()
            second = await polled.poll()
            deliver(server.script, 3)
            third = await polled.poll(timedelta(hours=1))
    assert [type(poll.outcome) for poll in (first, second, third)] == [Changed, Unchanged, Changed]
    assert [[article.article.title for article in poll.articles] for poll in (first, third)] == [
        ["Issue 2 of the weekly letter", "Issue 1 of the weekly letter"],
        ["Issue 3 of the weekly letter"],
    ]
    assert [article.backfilled for article in (*first.articles, *third.articles)] == [True, True, False]
    assert [[match.rule_id for match in article.matches] for article in third.articles] == [["ai-act"]]
    assert not third.articles[0].article.partial
    assert (third.possible_gap, third.state.health, third.state.position) == (False, Health.OK, "7:3:0")
    assert third.counts.seen == 1


async def test_after_a_change_of_uidvalidity_no_message_is_new_twice(store, pool):
    async with ImapServer() as server:
        deliver(server.script, 1, 2)
        async with polled_feeds(store, [newsletters(server)], reading=pool) as polled:
            await polled.poll()
            server.script.uid_validity += 1
            deliver(server.script, 3)
            poll = await polled.poll(timedelta(hours=1))
    assert [article.article.title for article in poll.articles] == ["Issue 3 of the weekly letter"]
    assert poll.counts.known == 2
    assert not poll.possible_gap
    assert any("UIDVALIDITY changed" in note for note in poll.notes)


async def test_many_new_messages_are_no_flood_and_are_read_at_once_one_poll_after_the_other(store, pool, monkeypatch):
    monkeypatch.setattr(mailbox, "MAX_MESSAGES", 25)
    async with ImapServer() as server:
        deliver(server.script, 0)
        async with polled_feeds(store, [newsletters(server)], reading=pool) as polled:
            await polled.poll()
            for number in range(1, 31):
                server.script.add(letter(number, f"Text {number}.", subject="The weekly letter of the agency"), START)
            polls = [await polled.poll(timedelta(hours=1)) for _ in range(2)]
    assert [len(poll.articles) for poll in polls] == [25, 5]
    assert not any(article.backfilled for poll in polls for article in poll.articles)
    assert polls[0].state.interval_reason == "more to read"
    assert not any(poll.possible_gap for poll in polls)


async def test_links_of_a_letter_are_read_but_no_tracking_link_is_requested(store, pool):
    async with Site() as site, ImapServer() as server:
        site.routes["/ai-act"] = page(f"<h1>AI Act delayed</h1>{PROSE * 12}<p>The AI Act is on the agenda.</p>")
        server.script.add(
            letter(
                1,
                html=f"<p><a href='{site.url('/ai-act')}?utm_source=x'>The AI Act is delayed again</a></p>"
                f"<p><a href='{site.url('/click/8f3kd93kf93kd0s9dk3', host='click.localhost')}'>The members vote on "
                "artificial intelligence</a></p>",
            ),
            START,
        )
        async with polled_feeds(store, [newsletters(server, split="links")], reading=pool) as polled:
            poll = await polled.poll()
        asked = site.paths()
    read, tracked = sorted((found.article for found in poll.articles), key=lambda article: article.partial)
    assert asked == ["/robots.txt", "/ai-act"]
    assert "heard from the ministry" in read.text
    assert (tracked.title, tracked.partial_reason) == (
        "The members vote on artificial intelligence", "tracking link: not followed"
    )  # fmt: skip
    assert all(found.matches for found in poll.articles)


async def test_a_mailbox_that_fails_is_polled_again_and_loses_nothing(store, pool):
    async with ImapServer() as server:
        deliver(server.script, 1)
        async with polled_feeds(store, [newsletters(server)], reading=pool, timeout=60.0) as polled:
            await polled.poll()
            deliver(server.script, 2)
            server.script.hang_at = "FETCH"
            failed = await polled.poll(timedelta(hours=1))
            server.script.hang_at = ""
            poll = await polled.poll(timedelta(hours=1))
    assert isinstance(failed.outcome, Failed)
    assert failed.outcome.reason == "timeout: reading a message: no answer of the mail server within 60 s"
    assert [article.article.title for article in poll.articles] == ["Issue 2 of the weekly letter"]


async def test_a_new_address_is_a_new_mailbox(store, pool):
    async with ImapServer(Script()) as server:
        deliver(server.script, 1)
        async with polled_feeds(store, [newsletters(server)], reading=pool) as polled:
            await polled.poll()
        other = Feed(id="x", url=server.url("INBOX"), kind="imap", password=PASSWORD)
        async with polled_feeds(store, [other], reading=pool) as polled:
            poll = await polled.poll()
    assert (poll.counts.seen, poll.counts.known) == (1, 1)
