"""The reason for which a digest or an alert leaves a hit out is stored with its claim, and is in the ledger."""

from __future__ import annotations

import json
from dataclasses import replace

import sqlalchemy as sa
from deliver_fixtures import DAY, HOUR, MINUTE, deliverer_of, distinct, ledger_of, news
from sample_news import CONFIG, NOW
from test_alerts import CONFIGURED, FEW, rule, urgent

from monitor.core.digests.alerts import MAX_ALERT_STORIES


def counts(deliverer, clock, account):
    """Return the lines of an account without its total, and check that everything balances."""
    made = ledger_of(deliverer, NOW - 2 * DAY, clock() + DAY)
    assert made.differences == ()
    return {line.item: line.count for line in made.account(account).lines[1:]}


def test_a_hit_waits_is_notified_or_is_in_a_story_that_was_only_counted(any_store, phone, clock):
    deliverer = deliverer_of(any_store, phone, clock=clock, max_stories=2)
    for number in range(5):
        news(any_store, distinct(number), NOW - HOUR)
    assert counts(deliverer, clock, "hits") == {"waiting": 5}
    deliverer.run_digest(CONFIG.id)
    assert counts(deliverer, clock, "hits") == {"notified": 2, "max_stories": 3}
    assert counts(deliverer, clock, "messages") == {"queued": 1}


def test_a_hit_beyond_the_limit_of_its_rule_says_so(store, phone, clock):
    few = rule(FEW.replace("urgent", "normal"))
    deliverer = deliverer_of(store, phone, clock=clock, rules=[few])
    for number in range(5):
        news(store, distinct(number), NOW - HOUR)
    deliverer.run_digest(CONFIG.id)
    assert counts(deliverer, clock, "hits") == {"notified": 2, "max_per_day": 3}


async def test_an_urgent_hit_has_the_reason_for_which_it_is_left_to_the_digest(any_store, phone, clock):
    deliverer = deliverer_of(any_store, phone, clock=clock, alerts=replace(CONFIGURED, max_per_day=1))
    hashes = tuple(range(1, 200))
    urgent(any_store, distinct(0), NOW, shingle_hashes=hashes)
    for number in range(1, MAX_ALERT_STORIES + 3):
        urgent(any_store, distinct(number), NOW)
    assert counts(deliverer, clock, "alerts") == {"collecting": MAX_ALERT_STORIES + 3}
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    assert counts(deliverer, clock, "alerts") == {"alerted": MAX_ALERT_STORIES, "alert_full": 3}
    urgent(any_store, distinct(0) + " again", clock(), feed="harbour", shingle_hashes=hashes)
    urgent(any_store, distinct(99), clock())
    urgent(any_store, distinct(98), clock(), backfilled=True)
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    found = counts(deliverer, clock, "alerts")
    assert found["backfilled"] == 1
    assert found["max_per_day"] + found.get("cooldown", 0) == 2
    await deliverer.send_queued()
    assert counts(deliverer, clock, "messages") == {"delivered": 1}


def test_a_digest_says_what_was_seen_and_when_the_ledger_does_not_balance(store, phone, clock):
    deliverer = deliverer_of(store, phone, clock=clock)
    for number in range(3):
        news(store, distinct(number), NOW - HOUR)
    assert "3 entries seen: 3 stored, 0 already known. 3 articles: 3 matched." in " ".join(
        deliverer.preview(CONFIG.id).split()
    )
    with store._writer.begin() as connection:
        connection.execute(sa.text("UPDATE ledger SET seen = seen + 1 WHERE id = 2"))
    for form in ("text", "html", "slack"):
        digest = " ".join(deliverer.preview(CONFIG.id, form).split())
        assert "4 entries seen: 3 stored" in digest, form
        assert "The ledger does not balance, see below." in digest, form
        assert "entries of documents, and what became of them: 4 and 3, of gazette" in digest, form
    data = json.loads(deliverer.preview(CONFIG.id, "json"))["coverage"]["ledger"]
    assert (data["entries"]["seen"], data["articles"]["matched"], len(data["differences"])) == (4, 3, 1)
