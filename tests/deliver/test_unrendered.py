"""What a bug keeps from being rendered for a channel is a failed delivery, sent by a retry once repaired."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date

import pytest
from deliver_fixtures import DAY, HOUR, MINUTE, ChatBox, Clock, Mailbox, deliverer_of, distinct, ledger_of, news
from sample_news import CONFIG, NOW, a_digest

from monitor.core.digests.announced_dates import AnnouncedDate
from monitor.core.digests.announced_events import Announcement, CalendarEvent
from monitor.core.digests.digest import ExtraPart, PartLine
from monitor.core.digests.web_links import WebLinks
from monitor.core.messages import MessageTarget, RenderedDigest, digest_messages, render
from monitor.core.model import AlertConfig
from monitor.deliver._unrendered import render_stored, unrendered_message

BROKEN = Mailbox("broken", formats=frozenset({"a format that no renderer has"}))
LINKS = WebLinks("https://monitor.example", b"the key of the labels")


async def after_a_bug(store, clock, run, *, alerts=None):
    """Run while a channel cannot be rendered for, send, and return the other channel and the failed delivery."""
    box = Mailbox("box", formats=frozenset({"html"}))
    deliverer = deliverer_of(store, BROKEN, box, clock=clock, alerts=alerts)
    with pytest.raises(ExceptionGroup):
        run(deliverer)
    await deliverer.send_queued()
    [failed] = store.deliveries(failed=True)
    return deliverer, box, failed


async def retry(store, clock, repaired, failed):
    """Send a failed delivery again with a program that renders for its channel."""
    assert store.requeue(failed.id, clock())
    await deliverer_of(store, repaired, clock=clock).send_queued()
    return [message for message, _ in repaired.received]


async def test_a_digest_that_cannot_be_rendered_for_one_channel_fails_there_is_reported_and_is_sent_on_a_retry(
    any_store,
):
    clock = Clock()
    news(any_store, "fines", NOW - HOUR)
    deliverer, box, failed = await after_a_bug(any_store, clock, lambda each: each.run_digest(CONFIG.id))
    assert (failed.channel, failed.state, failed.last_error) == ("broken", "dead", "could not be rendered: ValueError")
    digest, notice = [message for message, _ in box.received]
    assert "could not be rendered" in notice.text
    assert any_store.count_undelivered(NOW - DAY).failed == 1
    assert deliverer.run_digest(CONFIG.id) is None

    repaired = Mailbox("broken", formats=box.formats)
    [late] = await retry(any_store, clock, repaired, failed)
    assert (late.key, late.subject) == (digest.key.replace("/box", "/broken"), digest.subject)
    assert (late.text, late.html) == (digest.text, digest.html)
    assert [each.state for each in any_store.deliveries()] == ["sent"] * 3


def test_a_channel_for_which_nothing_can_even_be_stored_keeps_no_digest_from_the_others(store):
    class Faulty(Mailbox):
        def recipients(self):
            raise KeyError("a bug")

    news(store, "fines", NOW - HOUR)
    with pytest.raises(ExceptionGroup) as failed:
        deliverer_of(store, Faulty("faulty"), Mailbox("box")).run_digest(CONFIG.id)
    assert len(failed.value.exceptions) == 2
    assert [each.channel for each in store.deliveries()] == ["box"]
    only = deliverer_of(store, Faulty("faulty"), id="weekly")
    for _ in range(2):
        with pytest.raises(ExceptionGroup):
            only.run_digest("weekly")


async def test_a_retry_before_the_program_is_repaired_fails_again_and_pauses_no_channel(store):
    clock = Clock()
    news(store, "fines", NOW - HOUR)
    deliverer, _, failed = await after_a_bug(store, clock, lambda each: each.run_digest(CONFIG.id))
    for _ in range(4):
        store.requeue(failed.id, clock.forward(MINUTE))
        await deliverer.send_queued()
    assert store.delivery(failed.id)[0].last_error == "could not be rendered: ValueError"
    assert not any(state.paused_at for state in store.channel_states().values())


async def test_an_alert_that_could_not_be_rendered_is_sent_on_a_retry_in_all_its_parts(store):
    clock = Clock()
    for number in (1, 2):
        news(store, distinct(number), NOW, priority="urgent")
    clock.forward(10 * MINUTE)
    alerts = AlertConfig(channels=("broken", "box"))
    _, box, failed = await after_a_bug(store, clock, lambda each: each.run_alerts(), alerts=alerts)
    assert len(box.received) == 2
    parts = await retry(store, clock, Mailbox("broken", formats=frozenset({"slack"})), failed)
    assert [distinct(number) in "".join(part.text for part in parts) for number in (1, 2)] == [True, True]
    assert len({part.key for part in parts}) == len(parts) == 2


async def test_an_alert_rendered_late_counts_once_for_the_day_and_joins_the_thread_of_its_story(any_store):
    clock, box = Clock(), ChatBox("broken", concurrency=1)
    alerts = AlertConfig(channels=("broken",), cooldown=HOUR)

    async def alert(channel, feed):
        news(any_store, "fines", clock(), priority="urgent", feed=feed, shingle_hashes=tuple(range(1, 200)))
        news(any_store, distinct(feed), clock(), priority="urgent", feed=feed)
        clock.forward(2 * HOUR)
        deliverer = deliverer_of(any_store, channel, clock=clock, alerts=alerts)
        with pytest.raises(ExceptionGroup) if channel is BROKEN else nullcontext():
            deliverer.run_alerts()
        await deliverer.send_queued()

    await alert(BROKEN, "gazette")
    await alert(box, "meridian")
    failed = next(each for each in any_store.deliveries(failed=True) if each.kind == "alert")
    any_store.requeue(failed.id, clock.forward(DAY))
    await deliverer_of(any_store, box, clock=clock, alerts=alerts).send_queued()
    assert (any_store.count_alerts(NOW - DAY), any_store.count_alerts(NOW + DAY)) == (2, 0)
    assert ledger_of(deliverer_of(any_store, box, clock=clock), NOW - DAY, clock()).differences == ()
    await alert(box, "harbour")
    threads = [any_store.first_delivery(each.key).answer for each, _ in box.received if "fines" in str(each.payload)]
    assert len(threads) == 3
    assert len(set(threads)) == 1


def test_whatever_a_digest_contains_is_rendered_later_as_it_would_have_been_at_once_and_no_secret_is_stored():
    part = ExtraPart(title="Checked", note="Once.", lines=(PartLine("A line", "https://m.example", 7, ("A",)),))
    announced = AnnouncedDate(date(2026, 12, 1), date(2026, 12, 2), "Deadline", "Comments are due on 1 December.")
    event = CalendarEvent("uid", Announcement(date(2026, 12, 1), "Deadline", "ai-act", "en", "Comments.", "Comments"))
    digest = replace(
        a_digest(),
        extra_parts=(part,),
        held_back={3: "max_stories"},
        announced=((a_digest().stories[0].story_id, announced),),
        earlier_events=(event,),
    )
    target = MessageTarget(channel="box", formats=frozenset(render.FORMATS) - {"text"}, recipients=("a@example.org",))
    stored = unrendered_message(digest, "box", target.recipients, "brief", ValueError())
    assert "the key of the labels" not in str(stored)
    at_once = digest_messages(RenderedDigest(replace(digest, links=LINKS)), target, "brief")
    assert render_stored(stored, target, LINKS) == at_once
