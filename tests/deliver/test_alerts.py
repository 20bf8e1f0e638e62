"""Urgent news is told at once, together, once a story, and the digest remembers."""

from __future__ import annotations

import json

import pytest
from newsdesk import DAY, HOUR, MINUTE, Clock, Mailbox, desk, distinct, news
from sample_news import CONFIG, NOW

from monitor.core.model import AlertConfig

CONFIGURED = AlertConfig(channels=("phone",), window=10 * MINUTE, cooldown=12 * HOUR)
SKETCH = tuple(range(1, 200))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def phone():
    return Mailbox("phone")


@pytest.fixture
def deliverer(store, phone, clock):
    return desk(store, phone, clock=clock, alerts=CONFIGURED)


def urgent(store, name, at, **more):
    return news(store, name, at, priority="urgent", **more)


async def test_urgent_hits_are_gathered_and_told_in_one_message(store, deliverer, phone, clock):
    urgent(store, distinct(1), NOW)
    clock.forward(9 * MINUTE)
    urgent(store, distinct(2), clock())
    assert deliverer.run_alerts() is None
    clock.forward(MINUTE)
    assert len(deliverer.run_alerts().hit_ids) == 2
    assert deliverer.run_alerts() is None
    await deliverer.send_queued()
    [(message, _)] = phone.got
    assert message.kind == "alert"
    assert message.subject.startswith("Alert: News of ")
    assert message.subject.endswith(" (and 1 more)")
    assert distinct(1) in message.text
    assert distinct(2) in message.text


async def test_what_is_not_urgent_waits_for_the_digest(store, deliverer, clock):
    news(store, "a fine", NOW, priority="high")
    clock.forward(HOUR)
    assert deliverer.run_alerts() is None
    assert deliverer.run_digest(CONFIG.id).hits == 1


def test_what_was_found_in_the_archive_alerts_nobody(store, deliverer, clock):
    urgent(store, "an old fine", NOW, backfilled=True)
    clock.forward(HOUR)
    assert deliverer.run_alerts() is None


async def test_a_story_alerts_once_within_its_cooldown(store, deliverer, phone, clock):
    urgent(store, "the fine", NOW, sketch=SKETCH)
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    clock.forward(HOUR)
    urgent(store, "the fine", clock(), sketch=SKETCH, feed="meridian")
    assert len(store.stories()) == 1
    clock.forward(HOUR)
    assert deliverer.run_alerts() is None
    clock.forward(12 * HOUR)
    assert deliverer.run_alerts() is None, "what came within the cooldown is the digest's"
    urgent(store, "the fine", clock(), sketch=SKETCH, feed="harbour")
    clock.forward(10 * MINUTE)
    assert len(deliverer.run_alerts().hit_ids) == 1
    await deliverer.send_queued()
    assert len(phone.got) == 2


def test_the_digest_marks_what_was_alerted_already(store, deliverer, clock):
    urgent(store, "the fine", NOW)
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    told = json.loads(deliverer.preview(CONFIG.id, "json"))
    assert told["sections"][0]["major"][0]["alerted_at"] == "2026-11-24T07:10:00Z"
    assert "already alerted 24 Nov, 08:10" in deliverer.preview(CONFIG.id, "text")


async def test_a_flood_is_one_message_that_counts_what_it_leaves_out(store, deliverer, phone, clock):
    for number in range(30):
        urgent(store, distinct(number), NOW)
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    await deliverer.send_queued()
    [(message, _)] = phone.got
    assert message.subject.endswith("(and 29 more)")
    assert "and 10 more stories: monitor hits --topic ai-act" in message.text
    assert message.text.count("* URGENT") == 20


def test_without_alerts_configured_nothing_is_alerted(store, clock):
    deliverer = desk(store, Mailbox(), clock=clock)
    urgent(store, "the fine", NOW)
    clock.forward(DAY)
    assert deliverer.run_alerts() is None
    assert store.unalerted(NOW - DAY, clock(), "urgent")


def test_two_daemons_do_not_alert_the_same_hit_twice(store, phone, clock):
    urgent(store, "the fine", NOW)
    clock.forward(10 * MINUTE)
    one, two = (desk(store, phone, clock=clock, alerts=CONFIGURED) for _ in range(2))
    assert one.run_alerts()
    assert two.run_alerts() is None
    assert len(store.deliveries()) == 1
