"""A digest runs once per slot, whatever was missed, and a manual run sends new hits only."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from deliver_fixtures import (
    DAY,
    HOUR,
    MINUTE,
    Clock,
    Mailbox,
    deliverer_of,
    distinct,
    ledger_of,
    news,
    poll_of,
    settings_of,
)
from sample_news import CONFIG, FEEDS, NOW, evidence_of
from structlog.testing import capture_logs

from monitor.core.errors import DatabaseError
from monitor.core.model import Message
from monitor.core.rules import SourceFile, load
from monitor.core.stories.weighted_terms import find_terms
from monitor.deliver import Deliverer, Translator
from monitor.pipeline import Pipeline
from monitor.store import DatabaseThread

BRUSSELS = ZoneInfo("Europe/Brussels")


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=BRUSSELS)


async def test_a_digest_that_is_sent_twice_in_a_row_is_sent_once(any_store):
    box = Mailbox()
    deliverer = deliverer_of(any_store, box)
    news(any_store, "fines", NOW - HOUR)

    run = deliverer.run_digest(CONFIG.id)
    assert (run.hits, run.messages) == (1, 1)
    assert [settled.outcome for settled in await deliverer.send_queued()] == ["sent"]

    assert deliverer.run_digest(CONFIG.id) is None
    assert await deliverer.send_queued() == []
    assert len(box.received) == 1
    assert "News of fines" in box.texts[0]
    [delivery] = any_store.deliveries()
    assert (delivery.state, delivery.answer) == ("sent", "thank you")


async def test_a_second_digest_contains_only_new_hits(store):
    clock, box = Clock(), Mailbox()
    deliverer = deliverer_of(store, box, clock=clock)
    news(store, "fines", NOW - HOUR)
    deliverer.run_digest(CONFIG.id)
    news(store, "chips", clock.forward(MINUTE))
    deliverer.run_digest(CONFIG.id)
    await deliverer.send_queued()

    assert "chips" in box.texts[1]
    assert "fines" not in box.texts[1]


def test_a_copy_to_another_channel_is_sent_once_and_takes_nothing_from_the_digest(store):
    deliverer = deliverer_of(store, Mailbox(), Mailbox("console"))
    news(store, "fines", NOW - HOUR)

    copy = deliverer.run_digest(CONFIG.id, to="console")
    assert copy.messages == 1
    assert deliverer.run_digest(CONFIG.id, to="console") is None
    assert deliverer.run_digest(CONFIG.id).hits == 1


def test_a_new_digest_waits_for_its_first_slot_and_includes_earlier_hits(store):
    clock = Clock(at(24, 14))
    deliverer = deliverer_of(store, Mailbox(), clock=clock)
    news(store, "fines", at(24, 13))

    assert deliverer.run_due_digests() == []
    assert store.past_runs(CONFIG.id) == []
    clock.now = at(25, 7, 59)
    assert deliverer.run_due_digests() == []
    clock.now = at(25, 8)
    assert [run.hits for run in deliverer.run_due_digests()] == [1]
    assert deliverer.run_due_digests() == []
    assert [run.slot for run in store.past_runs(CONFIG.id)] == [at(25, 8)]


def test_a_digest_is_its_first_only_once_however_many_empty_ones_follow(store):
    clock = Clock(at(9, 9))
    deliverer = deliverer_of(store, Mailbox(), clock=clock, schedule="0 * * * *", when_empty="skip")
    deliverer.run_due_digests()
    firsts = []
    for hours in (1, 60):
        for _ in range(hours):
            clock.forward(HOUR)
            deliverer.run_due_digests()
        news(store, f"fines after {hours} hours", clock())
        firsts.append(json.loads(deliverer.preview(CONFIG.id, "json"))["is_first"])
        clock.forward(HOUR)
        assert len(deliverer.run_due_digests()) == 1
    assert firsts == [True, False]


def with_digests(store, digests, *channels, clock):
    deliverer = deliverer_of(store, *channels, clock=clock)
    deliverer.configure(settings_of(*channels, digests=digests))
    return deliverer


def test_a_bug_in_one_digest_keeps_no_other_from_being_sent(store):
    clock = Clock(at(24, 14))
    digests = [replace(CONFIG, id=name, channels=(name,)) for name in ("broken", "outbox")]
    digests[0] = replace(digests[0], max_stories="many")
    deliverer = with_digests(store, digests, Mailbox("broken"), Mailbox(), clock=clock)
    deliverer.run_due_digests()
    news(store, "fines", at(25, 7))
    store.request_digest("broken", at(25, 7))
    clock.now = at(25, 8)
    with pytest.raises(ExceptionGroup) as failed:
        deliverer.run_due_digests()
    assert [error.__notes__ for error in failed.value.exceptions] == [["in the digest broken"]] * 2
    assert [delivery.channel for delivery in store.deliveries()] == ["outbox"]


async def test_a_command_sends_the_digests_beside_one_that_a_bug_keeps_from_being_composed(store):
    box, clock = Mailbox(), Clock()
    digests = [replace(CONFIG, id=name, channels=(name,)) for name in ("broken", "outbox")]
    digests[0] = replace(digests[0], max_stories="many")
    with DatabaseThread() as database:
        settings = settings_of(Mailbox("broken"), box, digests=digests)
        deliverer = Deliverer(store=store, database=database, settings=settings, clock=clock)
        translator = Translator(store, database, clock)
        unused = dict.fromkeys(("app", "poller", "pool", "channels", "catch_up", "ping"))
        pipeline = Pipeline(deliverer=deliverer, translator=translator, database=database, **unused)
        news(store, "fines", NOW - HOUR)
        with pytest.raises(TypeError):
            await pipeline.send_digests(["broken", "outbox"])
    assert ["News of fines" in text for text in box.texts] == [True]


def test_a_digest_that_was_requested_is_sent_once_though_it_cannot_be_rendered_for_one_channel(store):
    clock = Clock()
    broken = Mailbox("broken", formats=frozenset({"a format that no renderer has"}))
    deliverer = deliverer_of(store, broken, Mailbox(), clock=clock)
    deliverer.run_due_digests()
    news(store, "fines", clock())
    store.request_digest(CONFIG.id, clock.forward(MINUTE))
    with pytest.raises(ExceptionGroup):
        deliverer.run_due_digests()
    news(store, "appeals", clock())
    clock.forward(MINUTE)
    assert deliverer.run_due_digests() == []
    assert len(store.deliveries()) == 2


async def test_a_digest_whose_key_is_taken_is_sent_once_under_another_one_and_logged(store):
    clock, box = Clock(at(24, 14)), Mailbox()
    deliverer = deliverer_of(store, box, clock=clock)
    deliverer.run_due_digests()
    key = f"digest/{CONFIG.id}/2026-11-25T080000+0100/outbox"
    store.enqueue(Message(key=key, kind="digest", channel="outbox", subject="Earlier", text="Earlier"), at(24, 15))
    news(store, "fines", at(25, 7))
    clock.now = at(25, 8)
    with capture_logs() as logs:
        assert [run.slot for run in deliverer.run_due_digests()] == [at(25, 8)]
    assert [each["keys"] for each in logs if each["log_level"] == "warning"] == [key]
    assert deliverer.run_due_digests() == []
    await deliverer.send_queued()
    assert sorted("News of fines" in text for text in box.texts) == [False, True]


def test_a_digest_that_names_a_channel_twice_is_sent_through_it_once(store):
    deliverer = deliverer_of(store, Mailbox())
    deliverer.configure(settings_of(Mailbox(), digests=[replace(CONFIG, channels=("outbox", "outbox"))]))
    news(store, "fines", NOW - HOUR)
    assert deliverer.run_digest(CONFIG.id).messages == 1


def test_other_work_of_the_database_runs_between_two_digests(store):
    digests = [replace(CONFIG, id=name) for name in ("one", "two")]
    deliverer = with_digests(store, digests, Mailbox(), clock=Clock(at(24, 14)))
    recorded = []

    def run(step):
        recorded.append([name for name in ("one", "two") if store.runs(name)])
        return step()

    deliverer.run_due_digests(run)
    assert recorded[-1] == ["one"]


def test_an_edited_schedule_sends_nothing_for_a_time_before_the_edit_and_what_was_missed_before(store):
    clock = Clock(at(9, 9))
    deliverer = deliverer_of(store, Mailbox(), clock=clock)
    later = deliverer_of(store, Mailbox(), schedule="0 9 * * *")._config
    deliverer.run_due_digests()
    clock.now = at(10, 8)
    deliverer.run_due_digests()
    news(store, "fines", at(10, 9))
    clock.now = at(10, 10)
    deliverer.configure(deliverer_of(store, Mailbox(), schedule="30 9 * * *")._config)
    deliverer.configure(later)
    assert deliverer.run_due_digests() == []
    assert deliverer.run_due_digests() == []
    clock.now = at(11, 9)
    assert [run.hits for run in deliverer.run_due_digests()] == [1]

    news(store, "chips", at(12, 7))
    clock.now = at(12, 10)  # the run of 9:00 is due
    deliverer.configure(deliverer_of(store, Mailbox(), schedule="0 7 * * *")._config)
    assert [run.hits for run in deliverer.run_due_digests()] == [1]


def test_a_schedule_edited_in_quiet_hours_or_while_the_database_is_busy_sends_nothing_for_a_time_before_the_edit(store):
    clock, night = Clock(at(9, 9)), (time(22), time(9))

    class Busy:
        def __getattr__(self, name):
            return getattr(store, name)

        def record_run(self, *args, **more):
            busy.append(args)
            if len(busy) == 1:
                raise DatabaseError("the database is locked")
            return store.record_run(*args, **more)

    busy = [()]
    deliverer = deliverer_of(Busy(), Mailbox(), clock=clock, schedule="0 10 * * *", quiet_hours=night)
    deliverer.run_due_digests()
    clock.now = at(9, 10)
    deliverer.run_due_digests()
    news(store, "fines", at(10, 1))
    clock.now = at(10, 2)
    deliverer.configure(deliverer_of(store, Mailbox(), schedule="0 1 * * *", quiet_hours=night)._config)
    assert deliverer.run_due_digests() == []
    busy.clear()
    clock.now = at(10, 9)
    with pytest.raises(DatabaseError):
        deliverer.run_due_digests()
    assert deliverer.run_due_digests() == []
    clock.now = at(11, 9)
    assert [run.hits for run in deliverer.run_due_digests()] == [1]


def test_an_edited_schedule_is_compared_with_the_one_by_which_the_digest_was_last_checked(store):
    clock = Clock(at(9, 9))
    deliverer = deliverer_of(store, Mailbox(), clock=clock)
    deliverer.run_due_digests()
    clock.now = at(10, 8)
    deliverer.run_due_digests()
    news(store, "fines", at(10, 9))
    clock.now = at(10, 10)
    for schedule in ("0 9 * * *", "30 9 * * *"):
        deliverer.configure(deliverer_of(store, Mailbox(), schedule=schedule)._config)
    assert deliverer.run_due_digests() == []

    deliverer.configure(deliverer_of(store, Mailbox(), schedule="0 7 * * *")._config)
    assert deliverer.run_due_digests() == []
    clock.now = at(11, 7)
    assert [run.hits for run in deliverer.run_due_digests()] == [1]
    news(store, "chips", at(11, 8))
    clock.now = at(11, 10)
    deliverer.configure(deliverer_of(store, Mailbox(), schedule="0 9 * * *")._config)
    assert deliverer.run_due_digests() == []


def test_three_days_offline_are_caught_up_as_one_digest(store):
    clock = Clock(at(9, 9))
    deliverer = deliverer_of(store, Mailbox(), clock=clock)
    deliverer.run_due_digests()
    for day in (10, 11, 12):
        news(store, f"day {day}", at(day, 6))
    clock.now = at(12, 11)

    [run] = deliverer.run_due_digests()
    assert (run.hits, run.slot) == (3, at(12, 8))
    assert run.since == at(9, 9)
    assert deliverer.run_due_digests() == []


def test_an_empty_digest_is_skipped_and_the_next_one_covers_its_time_too(store):
    clock, box = Clock(at(9, 9)), Mailbox()
    deliverer = deliverer_of(store, box, clock=clock)
    deliverer.run_due_digests()
    clock.now = at(10, 8)
    assert [run.messages for run in deliverer.run_due_digests()] == [0]
    clock.now = at(11, 8)
    news(store, "fines", at(11, 7))

    [run] = deliverer.run_due_digests()
    assert (run.messages, run.since) == (1, at(9, 9))


def test_an_empty_digest_is_sent_if_configured(store):
    clock = Clock(at(9, 9))
    deliverer = deliverer_of(store, Mailbox(), clock=clock, when_empty="send")
    deliverer.run_due_digests()
    clock.now = at(10, 8)
    assert [(run.hits, run.messages) for run in deliverer.run_due_digests()] == [(0, 1)]


def test_two_days_without_any_feed_are_reported_each_day_even_by_a_digest_that_skips_empty_ones(any_store):
    clock = Clock(at(8, 9))
    deliverer = deliverer_of(any_store, Mailbox(), clock=clock, alert_below=0.5)
    deliverer.run_due_digests()
    for day, (is_up, messages) in {9: (True, 0), 10: (False, 1), 11: (False, 1), 12: (True, 0)}.items():
        clock.now = at(day, 8)
        for feed_id in FEEDS:
            poll_of(any_store, feed_id, clock.now - HOUR, is_up=is_up)
        [run] = deliverer.run_due_digests()
        assert (day, run.messages) == (day, messages)


def test_a_clock_that_jumps_back_sends_nothing_twice_and_loses_nothing(store):
    clock = Clock(at(10, 9))
    deliverer = deliverer_of(store, Mailbox(), clock=clock)
    deliverer.run_due_digests()
    clock.now = at(12, 8, 1)
    news(store, "fines", at(12, 7))
    assert len(deliverer.run_due_digests()) == 1
    clock.now = at(11, 8, 1)
    news(store, "chips", at(11, 8))
    assert [run.hits for run in deliverer.run_due_digests()] == [1]
    assert deliverer.run_due_digests() == []
    clock.now = at(12, 8, 2)
    assert deliverer.run_due_digests() == []
    news(store, "courts", at(12, 9))
    clock.now = at(13, 8)
    assert [run.hits for run in deliverer.run_due_digests()] == [1]


def test_a_clock_that_was_a_year_ahead_blocks_no_digest_and_hides_no_hit(store):
    clock = Clock(at(10, 9))
    deliverer = deliverer_of(store, Mailbox(), clock=clock)
    deliverer.run_due_digests()
    clock.now = at(10, 9) + 365 * DAY
    news(store, "fines", clock.now - HOUR)
    assert len(deliverer.run_due_digests()) == 1
    news(store, "chips", clock.forward(MINUTE))
    clock.now = at(11, 8)
    news(store, "courts", at(11, 7))
    assert [run.hits for run in deliverer.run_due_digests()] == [2]
    clock.now = at(12, 8)
    news(store, "labels", at(12, 7))
    assert [run.hits for run in deliverer.run_due_digests()] == [1]


def test_a_digest_that_is_new_while_the_clock_is_ahead_is_sent_on_time_after_it_was_corrected(any_store):
    clock = Clock(at(10, 9) + 365 * DAY)
    deliverer = deliverer_of(any_store, Mailbox(), clock=clock)
    deliverer.run_due_digests()
    clock.now = at(10, 9)
    deliverer.run_due_digests()
    news(any_store, "fines", at(10, 10))
    clock.now = at(11, 8)
    assert [run.hits for run in deliverer.run_due_digests()] == [1]


def test_any_number_of_runs_of_a_clock_that_was_ahead_block_no_digest(store):
    clock = Clock(at(10, 9))
    deliverer = deliverer_of(store, Mailbox(), clock=clock)
    deliverer.run_due_digests()
    clock.forward(365 * DAY)
    for _ in range(80):
        clock.forward(DAY)
        deliverer.run_due_digests()
    news(store, "fines", at(10, 10))
    clock.now = at(11, 8)
    assert [run.hits for run in deliverer.run_due_digests()] == [1]


def test_a_story_of_an_earlier_run_is_an_update(store):
    clock, box = Clock(), Mailbox()
    deliverer = deliverer_of(store, box, clock=clock)
    shingle_hashes = tuple(range(1, 200))
    news(store, "fines", NOW - HOUR, shingle_hashes=shingle_hashes)
    deliverer.run_digest(CONFIG.id)
    clock.forward(DAY)
    news(store, "fines", clock.now, feed="meridian", shingle_hashes=shingle_hashes)

    preview = json.loads(deliverer.preview(CONFIG.id, "json"))
    assert [story["title"] for story in preview["updates"]] == ["News of fines"]
    assert preview["sections"] == []


def test_a_preview_of_a_past_period_shows_its_stories_as_new_and_not_as_updates(store):
    clock = Clock()
    deliverer = deliverer_of(store, Mailbox(), clock=clock)
    news(store, "fines", NOW - HOUR)
    before = json.loads(deliverer.preview(CONFIG.id, "json", NOW - DAY, NOW))
    deliverer.run_digest(CONFIG.id)
    clock.forward(7 * DAY)
    after = json.loads(deliverer.preview(CONFIG.id, "json", NOW - DAY, NOW))
    assert [story["title"] for story in after["sections"][0]["major"]] == ["News of fines"]
    assert after["updates"] == []
    assert after == before


def test_hits_that_wait_while_their_topic_is_renamed_are_in_the_next_digest_under_the_new_name(store):
    clock = Clock()
    deliverer = deliverer_of(store, Mailbox(), clock=clock, topics=("ai-act",), rules=watching("AI Act"))
    deliverer.run_due_digests()
    news(store, "fines", clock.forward(HOUR), rule="acts", topic="before-the-edit")
    lines = ledger_of(deliverer, NOW, clock.now).account("hits").lines
    assert [line.item for line in lines if line.count] == ["hits", "waiting"]
    clock.forward(DAY)
    assert [run.hits for run in deliverer.run_due_digests()] == [1]


@pytest.mark.parametrize("form", ["text", "html", "slack", "json"])
def test_a_preview_changes_nothing(store, form):
    deliverer = deliverer_of(store, Mailbox())
    news(store, "fines", NOW - HOUR)

    assert "News of fines" in deliverer.preview(CONFIG.id, form)
    assert "News of fines" in deliverer.preview(CONFIG.id, form, NOW - DAY)
    assert "News of fines" not in deliverer.preview(CONFIG.id, form, NOW - DAY, NOW - 2 * HOUR)
    assert store.runs(CONFIG.id) == []
    assert store.deliveries() == []
    assert deliverer.run_digest(CONFIG.id).hits == 1
    assert "News of fines" in deliverer.preview(CONFIG.id, form, NOW - DAY)
    assert "News of fines" not in deliverer.preview(CONFIG.id, form)


def test_a_preview_excludes_hits_of_rules_in_test_status(store):
    deliverer = deliverer_of(store, Mailbox())
    news(store, "fines", NOW - HOUR, status="test")
    assert "News of fines" not in deliverer.preview(CONFIG.id, "text", NOW - DAY)


def test_a_digest_draws_the_stories_of_eight_weeks_by_topic(any_store):
    deliverer = deliverer_of(any_store, Mailbox(), charts=True)
    for week, number in ((0, 3), (1, 1), (7, 2), (8, 5)):
        for place in range(number):
            news(any_store, distinct(10 * week + place), NOW - 7 * week * DAY - HOUR)
    news(any_store, distinct(100), NOW - HOUR, status="test")
    news(any_store, distinct(101), NOW - HOUR, backfilled=True)
    preview = json.loads(deliverer.preview(CONFIG.id, "json"))
    assert preview["sections"][0]["weeks"] == [2, 0, 0, 0, 0, 0, 1, 3]
    assert "EU AI Act: ▆▁▁▁▁▁▃█ 3 stories in the last seven days" in deliverer.preview(CONFIG.id)


def watching(term):
    rule = f"{{id: acts, title: Acts, topic: ai-act, status: live, any: [{term}]}}"
    return load([SourceFile("rules/a.yaml", f"version: 1\ntopics:\n  ai-act: AI Act\nrules:\n- {rule}\n")])[0].rules


def test_a_preview_before_the_first_run_lists_no_rule_as_new(store):
    deliverer = deliverer_of(store, Mailbox(), rules=watching("AI Act"))
    news(store, distinct(1), NOW - HOUR)
    assert "Changed rules" not in deliverer.preview(CONFIG.id)
    assert "Changed rules" not in deliverer.preview(CONFIG.id, "text", NOW - 2 * DAY, NOW - DAY)


def test_a_preview_of_the_past_lists_only_the_rule_changes_of_that_period(store):
    clock = Clock()
    deliverer_of(store, Mailbox(), clock=clock, rules=watching("AI Act")).run_due_digests()
    clock.forward(DAY)
    deliverer_of(store, Mailbox(), clock=clock, rules=watching("AI law")).run_due_digests()
    clock.forward(DAY)
    deliverer = deliverer_of(store, Mailbox(), clock=clock, rules=watching("AI treaty"))
    deliverer.run_due_digests()
    first_day = deliverer.preview(CONFIG.id, "text", NOW + MINUTE, NOW + HOUR)
    second_day = deliverer.preview(CONFIG.id, "text", NOW + HOUR, NOW + DAY + HOUR)
    assert "Changed rules" not in first_day
    assert "- Acts: added “AI law”; removed “AI Act”" in second_day


def test_a_digest_lists_once_which_rules_changed_since_the_last_one_and_who_edited_them(any_store):
    clock, asked = Clock(), []

    def authors(since, until):
        return lambda rule_id: asked.append((rule_id, since, until)) or "A. Analyst"

    def daemon_with(rules):
        deliverer = deliverer_of(any_store, Mailbox(), clock=clock, rules=rules, rule_authors=authors)
        deliverer.run_due_digests()
        return deliverer

    daemon_with(watching("AI Act"))
    news(any_store, distinct(1), clock())
    clock.forward(HOUR)
    first = daemon_with(watching("AI law"))
    assert "Changed rules" not in first.preview(CONFIG.id), "readers of the first digest know no earlier rules"
    first.run_digest(CONFIG.id)
    sent_at = clock()

    clock.forward(HOUR)
    edited = daemon_with(watching("AI treaty"))
    news(any_store, distinct(2), clock())
    clock.forward(MINUTE)
    assert "- Acts: added “AI treaty”; removed “AI law” (A. Analyst)" in edited.preview(CONFIG.id)
    assert asked == [("acts", sent_at, None)]

    edited.run_digest(CONFIG.id)
    clock.forward(HOUR)
    assert "Changed rules" not in edited.preview(CONFIG.id), "reported once"

    assert "- Acts: removed" in daemon_with(()).preview(CONFIG.id)


async def test_each_reader_of_a_subscription_receives_each_story_once_at_their_own_time(any_store):
    clock, mail = Clock(), Mailbox("mail", to=("team@example.org",))
    readers = [
        replace(
            CONFIG, id=f"daily-brief:{name}@example.org", recipient=f"{name}@example.org", channels=("mail",), **own
        )
        for name, own in (("anna", {}), ("ben", {"schedule": "0 12 * * *"}), ("chris", {"topics": ("chips",)}))
    ]
    deliverer = deliverer_of(any_store, mail, clock=clock)
    deliverer.configure(settings_of(mail, digests=readers))
    deliverer.run_due_digests()
    news(any_store, "fines", NOW + HOUR)
    for _ in range(26):
        clock.forward(HOUR)
        deliverer.run_due_digests()
        await deliverer.send_queued()
    received = [(delivery.recipient, message.subject) for message, delivery in mail.received]
    assert received == [("ben@example.org", "News of fines"), ("anna@example.org", "News of fines")]
    news(any_store, "chips", clock(), topic="chips")
    for _ in range(26):
        clock.forward(HOUR)
        deliverer.run_due_digests()
        await deliverer.send_queued()
    later = [delivery.recipient for _, delivery in mail.received][2:]
    assert sorted(later) == ["anna@example.org", "ben@example.org", "chris@example.org"]


def test_a_digest_names_the_terms_that_few_articles_of_the_archive_have(store):
    deliverer = deliverer_of(store, Mailbox())
    for number in range(20):
        news(store, distinct(number), NOW - DAY - HOUR, terms=find_terms("Regulator", ""))
    evidence = evidence_of("Regulator will soon hold its first talks with Meridian.", "Regulator", "Meridian")
    news(store, "the talks", NOW - HOUR, evidence=evidence)
    assert "(“Meridian”)" in deliverer.preview(CONFIG.id, "text")


async def test_a_mail_carries_a_calendar_only_if_the_digest_asks_for_it(store):
    clock, box = Clock(), Mailbox(formats=frozenset({"html", "ics"}))
    for attachments, day in (((), 3), (("ics",), 4)):
        news(store, f"the hearing on {day} December 2026", clock.forward(MINUTE))
        deliverer = deliverer_of(store, box, clock=clock, attachments=attachments)
        deliverer.run_digest(CONFIG.id)
        await deliverer.send_queued()
    without, with_calendar = (message.payload for message, _ in box.received)
    assert without == {}
    assert "DTSTART;VALUE=DATE:20261204" in with_calendar["ics"]


async def test_what_another_story_announces_again_is_the_event_of_the_earlier_mail(store):
    clock, box = Clock(), Mailbox(formats=frozenset({"html", "ics"}))
    deliverer = deliverer_of(store, box, clock=clock, attachments=("ics",))
    for name, later in (("a hearing on 4 December 2026", MINUTE), ("the hearing on 4 December 2026", 8 * DAY)):
        news(store, name, clock.forward(later))
        deliverer.run_digest(CONFIG.id)
        await deliverer.send_queued()
    uids = [
        {line for line in message.payload["ics"].splitlines() if line.startswith("UID:")} for message, _ in box.received
    ]
    assert len(store.stories()) == 2
    assert uids[0] == uids[1] != set()


def test_a_digest_with_another_id_goes_on_where_the_old_one_ended(any_store):
    clock, mail = Clock(), Mailbox("mail", to=("team@example.org",))
    reader = replace(CONFIG, id=f"{CONFIG.id}:anna@example.org", recipient="anna@example.org", channels=("mail",))
    own = replace(CONFIG, channels=("mail",))
    deliverer = deliverer_of(any_store, mail, clock=clock)
    deliverer.configure(settings_of(mail, digests=[own, reader]))
    deliverer.run_due_digests()
    news(any_store, "fines", clock.forward(HOUR))
    copy = deliverer.run_digest(CONFIG.id, to="mail")
    assert [deliverer.run_digest(each.id).hits for each in (own, reader)] == [1, copy.hits] == [1, 1]

    renamed = [
        replace(own, id="morning_brief", was=CONFIG.id),
        replace(reader, id="morning_brief:anna@example.org", was=reader.id),
    ]
    with capture_logs() as logs:
        deliverer.configure(settings_of(mail, digests=[replace(each, was="") for each in renamed]))
    assert [entry["advice"] for entry in logs] == [f"was: {CONFIG.id}"]
    assert deliverer.run_due_digests() == []
    with capture_logs() as logs:
        deliverer.configure(settings_of(mail, digests=renamed))
    assert logs == []
    clock.forward(DAY)
    assert [run.hits for run in deliverer.run_due_digests()] == [0, 0]
    news(any_store, "chips", clock())
    clock.forward(DAY)
    assert [run.hits for run in deliverer.run_due_digests()] == [1, 1]
    assert any_store.runs(CONFIG.id) == []
    assert [run.hits for run in any_store.runs("morning_brief+mail")] == [1]
    assert not any(account.differences for account in ledger_of(deliverer, NOW, clock()).accounts)
