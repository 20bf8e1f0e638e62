"""Alerts: urgent hits are sent at once, together and once per story, and the digest marks them."""

from __future__ import annotations

import json
import traceback
from dataclasses import replace
from datetime import time, timedelta

import pytest
from crashing import CrashingProxy, CrashPoint
from deliver_fixtures import DAY, HOUR, MINUTE, Mailbox, deliverer_of, distinct, news
from sample_news import CONFIG, NOW

from monitor.core.errors import DeliveryError
from monitor.core.model import AlertConfig, AlertReader
from monitor.core.rules import SourceFile, load

CONFIGURED = AlertConfig(channels=("phone",), window=10 * MINUTE, cooldown=12 * HOUR)
SKETCH = tuple(range(1, 200))
SECOND = timedelta(seconds=1)


@pytest.fixture
def deliverer(store, phone, clock):
    return deliverer_of(store, phone, clock=clock, alerts=CONFIGURED)


def rule(text):
    """Load one rule as a file would hold it."""
    head = "version: 1\ntopics:\n  ai-act: {title: AI Act, order: 1}\nrules:\n"
    source = SourceFile("rules/a.yaml", head + text)
    book, problems = load([source], channels=("phone", "chips-team"))
    assert [str(problem) for problem in problems if problem.level == "error"] == []
    return book.rules[0]


def urgent(store, name, at, **more):
    return news(store, name, at, priority="urgent", **more)


async def test_urgent_hits_are_collected_and_sent_in_one_message(store, deliverer, phone, clock):
    urgent(store, distinct(1), NOW)
    clock.forward(9 * MINUTE)
    urgent(store, distinct(2), clock())
    assert deliverer.run_alerts() == []
    clock.forward(MINUTE)
    [alert] = deliverer.run_alerts()
    assert len(alert.hit_ids) == 2
    assert deliverer.run_alerts() == []
    await deliverer.send_queued()
    [(message, _)] = phone.received
    assert message.kind == "alert"
    assert message.subject.startswith("Alert: News of ")
    assert message.subject.endswith(", and 1 more story")
    assert distinct(1) in message.text
    assert distinct(2) in message.text


async def test_an_alert_is_sent_once_and_at_once_after_the_clock_was_set_back(store, deliverer, phone, clock):
    urgent(store, distinct(1), NOW)
    clock.forward(MINUTE - HOUR)
    [alert] = deliverer.run_alerts()
    assert len(alert.hit_ids) == 1
    clock.forward(3 * HOUR)
    assert deliverer.run_alerts() == []
    await deliverer.send_queued()
    assert len(phone.received) == 1


async def test_hits_that_are_not_urgent_wait_for_the_digest(store, deliverer, clock):
    news(store, "a fine", NOW, priority="high")
    clock.forward(HOUR)
    assert deliverer.run_alerts() == []
    assert deliverer.run_digest(CONFIG.id).hits == 1


def test_backfilled_hits_are_not_alerted(store, deliverer, clock):
    urgent(store, "an old fine", NOW, backfilled=True)
    clock.forward(HOUR)
    assert deliverer.run_alerts() == []


async def test_a_story_alerts_once_within_its_cooldown(store, deliverer, phone, clock):
    urgent(store, "the fine", NOW, shingle_hashes=SKETCH)
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    clock.forward(HOUR)
    urgent(store, "the fine", clock(), shingle_hashes=SKETCH, feed="meridian")
    assert len(store.stories()) == 1
    clock.forward(HOUR)
    assert deliverer.run_alerts() == []
    clock.forward(12 * HOUR)
    assert deliverer.run_alerts() == [], "what came within the cooldown is the digest's"
    urgent(store, "the fine", clock(), shingle_hashes=SKETCH, feed="harbour")
    clock.forward(10 * MINUTE)
    [alert] = deliverer.run_alerts()
    assert len(alert.hit_ids) == 1
    await deliverer.send_queued()
    assert len(phone.received) == 2


def test_the_digest_marks_stories_that_were_alerted(store, deliverer, clock):
    urgent(store, "the fine", NOW)
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    preview = json.loads(deliverer.preview(CONFIG.id, "json"))
    assert preview["sections"][0]["major"][0]["alerted_at"] == "2026-11-24T07:10:00Z"
    assert "alert of 24 Nov, 08:10" in " ".join(deliverer.preview(CONFIG.id, "text").split())


def test_a_preview_of_a_period_before_an_alert_does_not_mark_its_stories(store, deliverer, clock):
    urgent(store, "the fine", NOW)
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    assert "alert of" not in deliverer.preview(CONFIG.id, "text", NOW - DAY, NOW + MINUTE)


def test_a_preview_of_a_period_marks_a_story_with_its_last_alert_until_then(store, deliverer, clock):
    for feed in ("gazette", "meridian"):
        urgent(store, "the fine", clock(), shingle_hashes=SKETCH, feed=feed)
        clock.forward(10 * MINUTE)
        assert deliverer.run_alerts()
        clock.forward(13 * HOUR)
    preview = json.loads(deliverer.preview(CONFIG.id, "json", NOW - DAY, NOW + HOUR))
    assert preview["sections"][0]["major"][0]["alerted_at"] == "2026-11-24T07:10:00Z"


def test_an_alert_shows_times_in_the_configured_time_zone(store, phone, clock):
    urgent(store, "the fine", NOW)
    clock.forward(10 * MINUTE)
    configured = replace(CONFIGURED, timezone="Asia/Tokyo")
    [alert] = deliverer_of(store, phone, clock=clock, alerts=configured).run_alerts()
    assert alert.timezone == "Asia/Tokyo"
    assert store.deliveries()[0].message_key == "alert/alerts/2026-11-24T161000+0900/phone"


def test_without_alerts_configured_nothing_is_alerted(store, clock):
    deliverer = deliverer_of(store, Mailbox(), clock=clock)
    urgent(store, "the fine", NOW)
    clock.forward(DAY)
    assert deliverer.run_alerts() == []
    assert store.hits_to_alert(NOW - DAY, "urgent")


async def test_a_channel_for_which_nothing_can_be_rendered_keeps_no_alert_from_the_others(store, phone, clock):
    broken = Mailbox("broken", formats=frozenset({"a format that no renderer has"}))
    alerts = replace(CONFIGURED, channels=("broken", "phone"))
    deliverer = deliverer_of(store, broken, phone, clock=clock, alerts=alerts)
    urgent(store, "the fine", NOW)
    clock.forward(10 * MINUTE)
    with pytest.raises(ExceptionGroup) as failed:
        deliverer.run_alerts()
    assert "in the alert alerts for broken" in "".join(traceback.format_exception(failed.value))
    await deliverer.send_queued()
    assert [message.kind for message, _ in phone.received] == ["alert", "notice"]
    assert deliverer.run_alerts() == []


async def test_what_only_a_channel_with_a_bug_may_receive_is_alerted_once_it_is_repaired(store, phone, clock):
    class Faulty(Mailbox):
        def target(self):
            raise KeyError("a bug")

        def recipients(self):
            raise KeyError("a bug")

    def deliverer_with(chips):
        return deliverer_of(store, phone, chips, clock=clock, alerts=replace(CONFIGURED, channels=()), rules=rules)

    rules = [rule(NAMING), rule(NAMING.replace("chips-export", "ai-act-gpai").replace("chips-team", "phone"))]
    urgent(store, distinct(1), NOW, rule="chips-export")
    urgent(store, distinct(2), NOW)
    clock.forward(10 * MINUTE)
    with pytest.raises(ExceptionGroup):
        deliverer_with(Faulty("chips-team")).run_alerts()
    clock.forward(MINUTE)
    repaired = Mailbox("chips-team")
    deliverer = deliverer_with(repaired)
    assert len(deliverer.run_alerts()) == 1
    await deliverer.send_queued()
    assert [distinct(1) in text for text in repaired.texts] == [True]
    assert [distinct(2) in text for text in phone.texts] == [True]


async def test_two_alerts_of_one_second_are_both_sent(store, deliverer, phone, clock):
    for number in (1, 2):
        urgent(store, distinct(number), clock() - 10 * MINUTE)
        deliverer.run_alerts()
    clock.forward(5 * SECOND)
    deliverer.run_alerts()
    await deliverer.send_queued()
    assert [distinct(number) in text for number, text in enumerate(phone.texts, 1)] == [True, True]


def test_two_daemons_do_not_alert_the_same_hit_twice(store, phone, clock):
    urgent(store, "the fine", NOW)
    clock.forward(10 * MINUTE)
    one, two = (deliverer_of(store, phone, clock=clock, alerts=CONFIGURED) for _ in range(2))
    assert one.run_alerts()
    assert two.run_alerts() == []
    assert len(store.deliveries()) == 1


# ---------------------------------------------------------------- the day's limit


async def test_alerts_stop_at_the_daily_limit_and_the_last_one_says_so(store, phone, clock):
    limited = replace(CONFIGURED, max_per_day=2)
    deliverer = deliverer_of(store, phone, clock=clock, alerts=limited)
    for number in range(4):
        urgent(store, distinct(number), clock())
        clock.forward(10 * MINUTE)
        deliverer.run_alerts()
    await deliverer.send_queued()
    assert ["last alert today" in text for text in phone.texts] == [False, True]
    assert store.hits_to_alert(NOW - DAY, "urgent") == []
    assert deliverer.run_digest(CONFIG.id).hits == 4, "the digest tells what was over the limit"

    clock.forward(DAY)
    urgent(store, distinct(9), clock())
    clock.forward(10 * MINUTE)
    assert len(deliverer.run_alerts()) == 1


def in_zones(*zones):
    return tuple(AlertReader(address=f"{zone[:4]}@example.org", via="mail", timezone=zone) for zone in zones)


@pytest.mark.parametrize(
    "receivers",
    [
        {"channels": ("crowd",)},
        {"channels": ("chat",)},
        {"channels": ("crowd", "chat")},
        {"readers": in_zones("Europe/Brussels", "Asia/Tokyo")},
    ],
    ids=["many recipients", "a message for each story", "several channels", "readers in several time zones"],
)
async def test_the_daily_limit_counts_alerts_and_not_their_messages(store, clock, receivers):
    crowd = Mailbox("crowd", to=tuple(f"r{number}@example.org" for number in range(300)))
    chat = Mailbox("chat", formats=frozenset({"slack"}))
    limited = replace(CONFIGURED, **{"channels": (), **receivers}, max_per_day=3)
    deliverer = deliverer_of(store, crowd, chat, Mailbox("mail"), clock=clock, alerts=limited)
    alerts_sent = 0
    for number in range(5):
        for part in (0, 100):
            urgent(store, distinct(number + part), clock())
        clock.forward(10 * MINUTE)
        alerts_sent += bool(deliverer.run_alerts())
    assert alerts_sent == 3


FEW = """\
- id: ai-act-gpai
  title: General-purpose AI
  topic: ai-act
  status: live
  priority: urgent
  max_per_day: 2
  any: [code of practice]
"""


async def test_a_rule_alerts_up_to_its_daily_limit_and_the_alert_counts_the_others(store, phone, clock):
    deliverer = deliverer_of(store, phone, clock=clock, alerts=CONFIGURED, rules=[rule(FEW)])
    urgent(store, distinct(0), clock())
    for number in range(1, 5):
        urgent(store, distinct(number), clock.forward(MINUTE))
    clock.forward(10 * MINUTE)
    [alert] = deliverer.run_alerts()
    assert (len(alert.stories), alert.left_out) == (2, 0)
    await deliverer.send_queued()
    assert "3 more stories exceed the limits for alerts" in " ".join(phone.texts[0].split())

    urgent(store, distinct(5), clock())
    urgent(store, distinct(6), clock(), rule="of-another")
    clock.forward(10 * MINUTE)
    [alert] = deliverer.run_alerts()
    assert [by.rule_id for story in alert.stories for by in story.matched_rules] == ["of-another"]

    clock.forward(DAY)
    urgent(store, distinct(7), clock())
    clock.forward(10 * MINUTE)
    assert len(deliverer.run_alerts()) == 1, "the next day has a limit of its own"


async def test_a_flood_is_one_alert_of_the_highest_ranked_stories_that_counts_the_others(
    store, deliverer, phone, clock
):
    for number in range(30):
        urgent(store, distinct(number), NOW, score=float(number))
    clock.forward(10 * MINUTE)
    [alert] = deliverer.run_alerts()
    await deliverer.send_queued()
    [(message, _)] = phone.received
    assert message.subject.endswith(", and 19 more stories")
    assert "10 more stories exceed the limits" in " ".join(message.text.split())
    assert not any(distinct(number) in story.title for story in alert.stories for number in range(10))
    assert store.hits_to_alert(NOW - DAY, "urgent") == []
    digest = deliverer.preview(CONFIG.id)
    assert digest.count("alert of") == 20, "what was only counted is not marked as alerted"


async def test_a_story_of_a_rule_at_its_limit_is_left_to_the_digest(store, phone, clock):
    deliverer = deliverer_of(store, phone, clock=clock, alerts=CONFIGURED, rules=[rule(FEW)])
    for number in range(3):
        urgent(store, distinct(number), clock())
        clock.forward(10 * MINUTE)
        deliverer.run_alerts()
    await deliverer.send_queued()
    assert len(phone.texts) == 2
    assert store.hits_to_alert(NOW - DAY, "urgent") == []
    digest = deliverer.preview(CONFIG.id)
    assert all(distinct(number) in digest for number in range(3))
    assert digest.count("alert of") == 2


async def test_a_digest_applies_the_limit_of_a_rule_that_is_never_alerted(store, phone, clock):
    quiet = rule(FEW.replace("urgent", "normal"))
    deliverer = deliverer_of(store, phone, clock=clock, alerts=CONFIGURED, rules=[quiet])
    for number in range(5):
        news(store, distinct(number), clock())
    news(store, distinct(5), clock(), rule="of-another")
    clock.forward(MINUTE)
    digest = json.loads(deliverer.preview(CONFIG.id, "json"))
    [topic] = digest["sections"]
    assert (len(topic["major"]), topic["left_out"]) == (3, 3)
    assert "3 more stories: monitor hits" in " ".join(deliverer.preview(CONFIG.id).split())
    assert deliverer.run_digest(CONFIG.id).hits == 6, "those that are only counted are settled with it"


# ---------------------------------------------------------------- channels that a rule names

NAMING = """\
- id: chips-export
  title: Export controls
  topic: ai-act
  status: live
  priority: urgent
  notify: [chips-team]
  any: [export controls]
"""


async def test_a_channel_of_a_rule_receives_the_alerts_of_that_rule_only(store, phone, clock):
    chips = Mailbox("chips-team")
    deliverer = deliverer_of(store, phone, chips, clock=clock, alerts=CONFIGURED, rules=[rule(NAMING)])
    urgent(store, distinct(1), NOW, rule="chips-export")
    urgent(store, distinct(2), NOW)
    clock.forward(10 * MINUTE)
    assert len(deliverer.run_alerts()) == 2
    await deliverer.send_queued()
    assert distinct(1) in chips.texts[0]
    assert distinct(2) not in chips.texts[0]
    assert all(distinct(number) in phone.texts[0] for number in (1, 2))


async def test_the_stories_of_one_channel_push_no_story_out_of_the_alert_of_another(store, phone, clock):
    chips = Mailbox("chips-team")
    alerts, other = replace(CONFIGURED, channels=()), NAMING.replace("chips-export", "ai-act-gpai")
    rules = [rule(NAMING), rule(other.replace("chips-team", "phone"))]
    deliverer = deliverer_of(store, phone, chips, clock=clock, alerts=alerts, rules=rules)
    urgent(store, distinct(0), NOW, rule="chips-export", score=1.0)
    for number in range(1, 23):
        urgent(store, distinct(number), NOW, score=9.0)
    clock.forward(10 * MINUTE)
    assert len(deliverer.run_alerts()) == 2
    assert deliverer.run_alerts() == []
    await deliverer.send_queued()
    assert distinct(0) in chips.texts[0]
    assert "more stor" not in chips.texts[0]
    assert sum(distinct(number) in phone.texts[0] for number in range(23)) == 20
    assert "2 more stories exceed the limits" in " ".join(phone.texts[0].split())
    digest = json.loads(deliverer.preview(CONFIG.id, "json"))["sections"][0]
    assert sum(distinct(number) in str(digest) for number in range(23)) == 23


class Killed(CrashPoint):
    """Interrupts the program at a point, where what is stored is what a killed process leaves."""

    def passing(self, point):
        if point == self.at:
            raise KeyboardInterrupt


async def test_after_a_kill_no_story_that_an_alert_left_to_the_digest_is_alerted(any_store, phone, clock):
    for number in range(22):
        urgent(any_store, distinct(number), NOW)
    clock.forward(10 * MINUTE)
    dying = CrashingProxy(any_store, Killed("after record_alert"))
    with pytest.raises(KeyboardInterrupt):
        deliverer_of(dying, phone, clock=clock, alerts=CONFIGURED).run_alerts()
    clock.forward(MINUTE)
    deliverer = deliverer_of(any_store, phone, clock=clock, alerts=CONFIGURED)
    assert deliverer.run_alerts() == []
    await deliverer.send_queued()
    [alert] = phone.texts
    assert "2 more stories exceed the limits for alerts and will be in the next digest" in " ".join(alert.split())
    assert deliverer.run_digest(CONFIG.id).hits == 22


async def test_a_channel_of_a_rule_counts_only_the_stories_of_that_rule_that_were_left_out(store, phone, clock):
    chips = Mailbox("chips-team")
    deliverer = deliverer_of(store, phone, chips, clock=clock, alerts=CONFIGURED, rules=[rule(NAMING)])
    urgent(store, distinct(0), NOW, rule="chips-export", score=99.0)
    for number in range(1, 22):
        urgent(store, distinct(number), NOW)
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    await deliverer.send_queued()
    assert "2 more stories exceed" in " ".join(phone.texts[0].split())
    assert "exceed" not in chips.texts[0]


async def test_a_channel_of_a_rule_receives_alerts_without_an_alerts_section(store, clock):
    chips = Mailbox("chips-team")
    deliverer = deliverer_of(store, chips, clock=clock, rules=[rule(NAMING)])
    urgent(store, distinct(1), NOW, rule="chips-export")
    urgent(store, distinct(2), NOW)
    clock.forward(10 * MINUTE)
    assert len(deliverer.run_alerts()) == 1
    await deliverer.send_queued()
    assert len(chips.received) == 1
    assert [hit.title for hit in store.hits_to_alert(NOW - DAY, "urgent")] == [f"News of {distinct(2)}"]


def test_hits_without_a_channel_for_their_alert_are_not_claimed(store, clock):
    deliverer = deliverer_of(store, clock=clock, alerts=replace(CONFIGURED, channels=("gone",)))
    urgent(store, distinct(1), NOW)
    clock.forward(10 * MINUTE)
    assert deliverer.run_alerts() == []
    assert len(store.hits_to_alert(NOW - DAY, "urgent")) == 1


# ---------------------------------------------------------------- spikes

SPIKING = """\
- id: evaluations
  title: Evaluations of models
  topic: ai-act
  status: live
  notify: [chips-team]
  any: [evaluation]
  spike: {stories: 3, within: 6h, min_sources: 2}
"""


@pytest.mark.parametrize("edit", ["threshold", "channel", "section", "notify"])
async def test_an_edited_configuration_does_not_alert_about_the_past(any_store, clock, edit):
    def configured(*, edited):
        phone, pager = Mailbox("phone"), Mailbox("chips-team")
        section = AlertConfig(channels=("phone",), min_priority="urgent")
        if edited and edit == "threshold":
            section = replace(section, min_priority="high")
        if edited and edit == "channel":
            section = replace(section, channels=("phone", "chips-team"))
        named = NAMING.replace("chips-export", "ai-act-gpai")
        rules = [rule(named if edited and edit == "notify" else named.replace("[chips-team]", "[]"))]
        alerts = None if edit == "section" and not edited else section
        return phone, pager, deliverer_of(any_store, phone, pager, clock=clock, alerts=alerts, rules=rules)

    _, _, deliverer = configured(edited=False)
    deliverer.run_alerts()
    clock.forward(MINUTE)
    priority = "high" if edit == "threshold" else "urgent"
    news(any_store, distinct(1), clock(), priority=priority)
    clock.forward(MINUTE)
    phone, pager, deliverer = configured(edited=True)
    for _ in range(3):
        deliverer.run_alerts()
        clock.forward(10 * MINUTE)
    await deliverer.send_queued()
    assert not pager.received
    assert len(phone.received) == (1 if edit in {"channel", "notify"} else 0)
    news(any_store, distinct(2), clock(), priority=priority)
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    await deliverer.send_queued()
    [*_, (message, _)] = (pager if edit in {"channel", "notify"} else phone).received
    assert distinct(2) in message.text
    assert distinct(1) not in message.text


@pytest.fixture
def spiking(store, phone, clock):
    return deliverer_of(store, phone, Mailbox("chips-team"), clock=clock, alerts=CONFIGURED, rules=[rule(SPIKING)])


def about_evaluations(store, number, at, feed="gazette", **more):
    return news(store, distinct(number), at, rule="evaluations", feed=feed, **more)


async def test_a_spike_is_alerted_once_with_its_stories(store, spiking, phone, clock):
    for number, feed in enumerate(("gazette", "gazette", "meridian")):
        assert spiking.run_alerts() == []
        about_evaluations(store, number, clock.forward(HOUR), feed)
    [alert] = spiking.run_alerts()
    assert len(alert.hit_ids) == 3
    about_evaluations(store, 7, clock.forward(HOUR), "harbour")
    assert spiking.run_alerts() == []
    await spiking.send_queued()
    [(message, _)] = phone.received
    assert message.subject == "Spike: 3 stories from 2 sources in 6 hours: Evaluations of models"
    assert distinct(0) in message.text
    assert message.key == "alert/spike-evaluations/2026-11-24T110000+0100/phone"


async def test_a_channel_for_which_nothing_can_be_rendered_keeps_no_spike_from_the_others(store, phone, clock):
    broken = Mailbox("broken", formats=frozenset({"a format that no renderer has"}))
    alerts = replace(CONFIGURED, channels=("broken",))
    deliverer = deliverer_of(
        store, broken, phone, Mailbox("chips-team"), clock=clock, alerts=alerts, rules=[rule(SPIKING)]
    )
    for number, feed in enumerate(("gazette", "gazette", "meridian")):
        about_evaluations(store, number, clock.forward(HOUR), feed)
    urgent(store, distinct(9), clock() - HOUR)
    with pytest.raises(ExceptionGroup) as failed:
        deliverer.run_alerts()
    report = "".join(traceback.format_exception(failed.value))
    assert "in the alert alerts for broken" in report
    assert "in the alert spike-evaluations for broken" in report
    assert any(delivery.message_key.startswith("alert/spike-evaluations/") for delivery in store.deliveries())


def test_the_digest_marks_the_stories_of_a_spike_only(store, spiking, clock):
    for number, feed in enumerate(("gazette", "gazette", "meridian")):
        about_evaluations(store, number, clock.forward(HOUR), feed)
    assert len(spiking.run_alerts()) == 1
    at_the_spike = clock.now
    about_evaluations(store, 7, clock.forward(HOUR), "harbour")
    preview = json.loads(spiking.preview(CONFIG.id, "json"))
    marks = {story["title"]: story["alerted_at"] for story in preview["sections"][0]["major"]}
    spoken = at_the_spike.isoformat().replace("+00:00", "Z")
    assert marks == {f"News of {distinct(n)}": spoken for n in range(3)} | {f"News of {distinct(7)}": None}


def test_copies_of_one_story_and_one_busy_source_are_no_spike(store, spiking, clock):
    for feed in ("gazette", "meridian", "harbour", "courrier"):
        news(store, "one story", clock.forward(MINUTE), rule="evaluations", feed=feed, shingle_hashes=SKETCH)
    for number in range(2):
        about_evaluations(store, number, clock.forward(MINUTE), backfilled=True)
    assert spiking.run_alerts() == []


def test_a_spike_is_alerted_again_after_the_count_fell(store, spiking, clock):
    for number in range(3):
        about_evaluations(store, number, clock.forward(MINUTE), ("gazette", "meridian")[number % 2])
    assert len(spiking.run_alerts()) == 1
    clock.forward(DAY)
    assert spiking.run_alerts() == []
    for number in range(10, 13):
        about_evaluations(store, number, clock.forward(MINUTE), ("gazette", "meridian")[number % 2])
    assert len(spiking.run_alerts()) == 1


def test_a_count_that_stays_high_for_days_is_alerted_once(store, spiking, clock):
    sent = []
    for number in range(60):
        about_evaluations(store, number, clock.forward(HOUR), ("gazette", "meridian")[number % 2])
        sent += spiking.run_alerts()
    assert len(sent) == 1


async def test_alerts_are_held_in_quiet_hours_and_sent_when_these_end(store, phone, clock):
    quiet = replace(CONFIGURED, quiet_hours=(time(22), time(7)), timezone="Europe/Brussels")
    deliverer = deliverer_of(store, phone, clock=clock, alerts=quiet)
    clock.forward(14 * HOUR)  # 22:00 in Brussels
    urgent(store, distinct(1), clock())
    while clock() < NOW + 23 * HOUR - MINUTE:
        clock.forward(10 * MINUTE)
        held = deliverer.run_alerts()
        assert not held or clock() >= NOW + 23 * HOUR
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    await deliverer.send_queued()
    [(message, _)] = phone.received
    assert distinct(1) in message.text


async def test_an_alert_waits_for_the_end_of_the_quiet_hours_of_each_reader_alone(store, clock):
    mail, night = Mailbox("mail"), (time(22), time(7))
    zones = {"berta@example.org": "Europe/Brussels", "kenji@example.org": "Asia/Tokyo"}
    readers = [AlertReader(address=to, via="mail", timezone=zone, quiet_hours=night) for to, zone in zones.items()]
    read_by = replace(CONFIGURED, channels=(), readers=tuple(readers))
    deliverer = deliverer_of(store, mail, clock=clock, alerts=read_by)
    clock.forward(6 * HOUR)  # 14:00 in Brussels and 22:00 in Tokyo
    for number in (1, 2):
        urgent(store, distinct(number), clock())
        clock.forward(HOUR)
        assert len(deliverer.run_alerts()) == 1
        await deliverer.send_queued()
    assert [delivery.recipient for _, delivery in mail.received] == ["berta@example.org"] * 2
    clock.forward(7 * HOUR)  # 7:00 in Tokyo
    await deliverer.send_queued()
    held = [message for message, delivery in mail.received if delivery.recipient == "kenji@example.org"]
    assert [distinct(number) in message.text for number, message in enumerate(held, 1)] == [True, True]
    assert "is late: it was written at" in held[0].text
    clock.forward(24 * HOUR)
    deliverer.run_alerts()
    await deliverer.send_queued()
    assert len(mail.received) == 4


async def test_no_retry_and_no_clock_that_is_set_back_sends_an_alert_in_quiet_hours(store, clock):
    mail = Mailbox("mail", failures=[DeliveryError("451", retryable=True)])
    reader = AlertReader(
        address="kenji@example.org", via="mail", timezone="Asia/Tokyo", quiet_hours=(time(22), time(7))
    )
    deliverer = deliverer_of(store, mail, clock=clock, alerts=replace(CONFIGURED, channels=(), readers=(reader,)))
    clock.forward(6 * HOUR - 11 * MINUTE)  # 21:49 in Tokyo
    for number in (1, 2):
        urgent(store, distinct(number), clock())
        clock.forward(10 * MINUTE)
        deliverer.run_alerts()
        await deliverer.send_queued()
    store.advance_attempts(clock() - HOUR, HOUR)
    clock.forward(9 * HOUR - 10 * MINUTE)
    await deliverer.send_queued()
    assert mail.received == []
    clock.forward(MINUTE)  # 7:00: sent at once, however often it was tried
    await deliverer.send_queued()
    assert len(mail.received) == 2


async def test_a_retry_waits_for_the_end_of_the_quiet_hours_of_all_alerts(store, clock):
    mail = Mailbox("mail", failures=[DeliveryError("451", retryable=True)])
    quiet = replace(CONFIGURED, channels=("mail",), quiet_hours=(time(22), time(7)), timezone="Asia/Tokyo")
    deliverer = deliverer_of(store, mail, clock=clock, alerts=quiet)
    clock.forward(6 * HOUR - 11 * MINUTE)
    urgent(store, distinct(1), clock())
    clock.forward(10 * MINUTE)  # 21:59 in Tokyo
    deliverer.run_alerts()
    received = []
    for wait in (MINUTE, MINUTE, 9 * HOUR - MINUTE):
        await deliverer.send_queued()
        received.append(len(mail.received))
        clock.forward(wait)
    await deliverer.send_queued()
    assert [*received, len(mail.received)] == [0, 0, 0, 1]


async def test_readers_count_as_one_alert_of_the_day_and_a_new_one_receives_no_earlier_alerts(store, clock):
    mail = Mailbox("mail")
    readers = [AlertReader(address=f"{name}@example.org", via="mail", timezone="UTC") for name in "ab"]
    limited = replace(CONFIGURED, channels=(), readers=(readers[0],), max_per_day=2)
    urgent(store, distinct(1), clock())
    deliverer_of(store, mail, clock=clock, alerts=limited).run_alerts()
    deliverer = deliverer_of(store, mail, clock=clock, alerts=replace(limited, readers=tuple(readers)))
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    urgent(store, distinct(2), clock())
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    await deliverer.send_queued()
    received = [(delivery.recipient[0], distinct(2) in message.text) for message, delivery in mail.received]
    assert sorted(received) == [("a", False), ("a", True), ("b", True)]
