"""Hits are claimed once, their messages are queued in the same transaction, and no two senders claim one delivery."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta

import pytest
from sample_polls import DAY, HOUR, MINUTE, NOW, a_find, a_match, a_message, a_poll

from monitor.core.messages.retries import UNCLEAR_WAIT
from monitor.core.model import HELD, DeliveryState, UndeliveredCounts
from monitor.store import KnownMessageError, Store
from monitor.store._delivery_queue import BROKEN_OFF


@pytest.fixture
def hits(any_store):
    """Three live hits: one low, one urgent, one back-filled and urgent; and one of a rule on trial."""
    urgent = a_find("two", matches=(a_match("fines", priority="urgent"),))
    old = a_find("three", matches=(a_match("fines", priority="urgent"),), backfilled=True)
    trial = a_find("four", matches=(a_match("trial", status="test", priority="urgent"),))
    any_store.record(a_poll(a_find("one", "inquiries"), urgent, old, trial))
    return {hit.title.removeprefix("Title of "): hit for hit in any_store.hits()}


def run(store, slot=NOW, hits=(), messages=(), digest="daily"):
    return store.record_run(
        digest, slot, since=slot - DAY, until=slot, hit_ids=[hit.id for hit in hits], messages=messages, now=slot
    )


def test_a_digest_contains_a_live_hit_once(any_store, hits):
    included = any_store.hits_to_digest("daily", NOW - DAY)
    assert {hit.id for hit in included} == {hits[name].id for name in ("one", "two", "three")}
    assert run(any_store, hits=included, messages=[a_message()])
    assert any_store.hits_to_digest("daily", NOW - DAY) == []
    assert len(any_store.hits_to_digest("weekly", NOW - DAY)) == 3


def test_a_run_whose_message_has_a_known_key_stores_nothing_and_says_so(any_store, hits):
    any_store.enqueue(a_message(), NOW)
    with pytest.raises(KnownMessageError, match=a_message().key):
        run(any_store, hits=[hits["one"]], messages=[a_message()])
    assert any_store.runs("daily") == []
    assert len(any_store.hits_to_digest("daily", NOW - DAY)) == 3


def test_a_digest_looks_back_a_week_beyond_its_window_and_not_beyond_its_end(any_store, hits):
    assert len(any_store.hits_to_digest("daily", NOW + 6 * DAY)) == 3
    assert any_store.hits_to_digest("daily", NOW + 8 * DAY) == []


def test_a_run_is_stored_with_its_counts(any_store, hits):
    made = run(any_store, hits=[hits["one"], hits["two"]], messages=[a_message()])
    assert (made.digest_id, made.slot, made.since, made.until) == ("daily", NOW, NOW - DAY, NOW)
    assert (made.hits, made.messages, made.created_at) == (2, 1, NOW)
    later = run(any_store, slot=NOW + DAY)
    assert any_store.last_run("daily") == later
    assert any_store.runs("daily") == [later, made]
    assert any_store.runs("daily", limit=1) == [later]
    assert any_store.last_run("weekly") is None


def test_a_slot_runs_once_and_a_second_try_leaves_nothing(any_store, hits):
    run(any_store, hits=[hits["one"]], messages=[a_message()])
    assert run(any_store, hits=[hits["two"]], messages=[a_message("other")]) is None
    assert {delivery.message_key for delivery in any_store.deliveries()} == {a_message().key}
    assert hits["two"].id in {hit.id for hit in any_store.hits_to_digest("daily", NOW - DAY)}


def test_a_run_that_lost_a_hit_to_another_one_leaves_nothing(any_store, hits):
    run(any_store, hits=[hits["one"]], messages=[a_message()])
    assert run(any_store, slot=NOW + HOUR, hits=[hits["one"], hits["two"]], messages=[a_message("other")]) is None
    assert len(any_store.runs("daily")) == 1
    assert len(any_store.deliveries()) == 2
    assert run(any_store, slot=NOW + HOUR, hits=[hits["two"]], messages=[a_message("other")])


def test_only_urgent_fresh_live_hits_are_alerted(any_store, hits):
    assert [hit.id for hit in any_store.hits_to_alert(NOW - HOUR, "urgent")] == [hits["two"].id]
    assert {hit.id for hit in any_store.hits_to_alert(NOW - HOUR, "low")} == {hits["one"].id, hits["two"].id}
    assert any_store.hits_to_alert(NOW, "low") == []


def test_an_alert_claims_its_hits_and_queues_its_messages_once(any_store, hits):
    assert any_store.record_alert([hits["two"].id], [a_message("alert", kind="alert")], NOW)
    assert any_store.hits_to_alert(NOW - HOUR, "urgent") == []
    assert not any_store.record_alert([hits["one"].id, hits["two"].id], [a_message("again", kind="alert")], NOW)
    assert {delivery.message_key for delivery in any_store.deliveries()} == {"alert"}
    assert len(any_store.hits_to_alert(NOW - HOUR, "low")) == 1
    assert len(any_store.hits_to_digest("daily", NOW - DAY)) == 3


def test_a_story_counts_as_alerted_when_a_message_was_sent_not_when_its_hits_were_only_claimed(any_store, hits):
    included, silent = hits["two"], hits["one"]
    any_store.record_alert([included.id], [a_message("alert", kind="alert")], NOW)
    any_store.record_alert([], [], NOW + HOUR, left_out={silent.id: "cooldown"})
    assert any_store.story_alerted_at([included.story_id, silent.story_id, 999]) == {included.story_id: NOW}
    assert any_store.story_alerted_at([]) == {}


def test_a_message_is_queued_once_for_each_recipient(any_store):
    any_store.enqueue(a_message(recipients=("a@example.org", "b@example.org", "a@example.org")), NOW)
    any_store.enqueue(a_message(subject="The same key"), NOW)
    queued = any_store.deliveries()
    assert [(each.recipient, each.subject) for each in queued] == [
        ("b@example.org", "Three stories"),
        ("a@example.org", "Three stories"),
    ]
    assert {(each.state, each.attempts, each.created_at, each.next_attempt_at) for each in queued} == {
        (DeliveryState.QUEUED, 0, NOW, NOW)
    }
    assert len(any_store.deliveries(limit=1)) == 1


def test_a_channel_without_addresses_has_one_delivery(any_store):
    any_store.enqueue(a_message(recipients=()), NOW)
    assert [each.recipient for each in any_store.deliveries()] == ["outbox"]


def test_a_claimed_delivery_carries_its_message_as_it_was_stored(any_store):
    any_store.enqueue(a_message(), NOW)
    (first, message), (second, _) = any_store.claim_deliveries(NOW, 10)
    assert message == a_message()
    assert (first.recipient, second.recipient) == ("a@example.org", "b@example.org")
    assert (first.kind, first.channel, first.message_key) == ("digest", "outbox", a_message().key)
    assert (first.state, first.attempts, first.maybe_repeat) == (DeliveryState.SENDING, 1, False)
    assert first.next_attempt_at is None
    assert any_store.claim_deliveries(NOW + MINUTE, 10) == []


def test_a_delivery_that_is_not_due_is_not_claimed(any_store):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    ((delivery, _),) = any_store.claim_deliveries(NOW, 10)
    any_store.retry_later(delivery.id, NOW + HOUR, "451")
    assert any_store.claim_deliveries(NOW + HOUR - MINUTE, 10) == []
    assert len(any_store.claim_deliveries(NOW + HOUR, 1)) == 1


@pytest.mark.parametrize(
    ("arrival", "marks"), [("no", (False, False)), ("unlikely", (True, False)), ("unclear", (True, True))]
)
def test_a_delivery_that_may_have_arrived_is_marked(any_store, arrival, marks):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    ((delivery, _),) = any_store.claim_deliveries(NOW, 10)
    any_store.retry_later(delivery.id, NOW, "failed", arrival=arrival)
    ((delivery, _),) = any_store.claim_deliveries(NOW, 10)
    assert (delivery.maybe_repeat, delivery.unconfirmed) == marks


@pytest.fixture
def another_sender(any_store):
    """Another process on the same database, as far as its locks go."""
    other = Store(any_store._address, sender_grace=timedelta())
    yield other
    other.close()


def test_deliveries_of_a_dead_sender_are_claimed_at_once_and_marked(any_store, another_sender):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    any_store.claim_deliveries(NOW, 10)
    assert another_sender.claim_deliveries(NOW, 10) == []
    any_store._sender.close()  # what the system does when a process is killed
    ((delivery, _),) = another_sender.claim_deliveries(NOW, 10)
    assert (delivery.maybe_repeat, delivery.unconfirmed, delivery.attempts) == (True, True, 2)


def test_a_delivery_of_a_dead_sender_comes_before_those_created_after_it(any_store, another_sender):
    for name in ("first part", "second part"):
        any_store.enqueue(a_message(name, recipients=("a@example.org",)), NOW)
    any_store.claim_deliveries(NOW, 1)
    any_store._sender.close()
    ((delivery, _),) = another_sender.claim_deliveries(NOW + MINUTE, 1)
    assert delivery.message_key == "first part"


def test_a_delivery_that_ends_its_sender_twice_does_not_keep_others_from_being_sent(any_store, another_sender):
    for name in ("ends the process", "other"):
        any_store.enqueue(a_message(name, recipients=("a@example.org",)), NOW)
    for minute, sender in enumerate((any_store, another_sender)):
        ((delivery, _),) = sender.claim_deliveries(NOW + minute * MINUTE, 1)
        assert delivery.message_key == "ends the process"
        sender._sender.close()
    ((delivery, _),) = any_store.claim_deliveries(NOW + 2 * MINUTE, 1)
    assert delivery.message_key == "other"


def test_deliveries_of_a_living_sender_are_not_claimed_whatever_the_clock_says(any_store, another_sender):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    ((delivery, _),) = any_store.claim_deliveries(NOW, 10)
    for years in (-1, 0, 1):
        assert another_sender.claim_deliveries(NOW + years * 365 * DAY, 10) == []
        assert any_store.claim_deliveries(NOW + years * 365 * DAY, 10, in_progress=[delivery.id]) == []


def test_deliveries_of_a_dead_sender_are_claimed_whatever_the_clock_says(any_store, another_sender):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    any_store.claim_deliveries(NOW, 10)
    any_store._sender.close()
    assert len(another_sender.claim_deliveries(NOW - 365 * DAY, 10)) == 1


def test_a_delivery_that_was_broken_off_waits_and_is_marked(any_store):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    any_store.claim_deliveries(NOW, 10)
    assert any_store.claim_deliveries(NOW, 10) == []
    assert [delivery.last_error for delivery in any_store.deliveries(failed=True)] == [BROKEN_OFF]
    ((delivery, _),) = any_store.claim_deliveries(NOW + UNCLEAR_WAIT, 10)
    assert (delivery.maybe_repeat, delivery.attempts) == (True, 2)


def test_a_sender_whose_connection_was_cut_keeps_what_it_holds(postgres_store):
    patient = Store(postgres_store._address, sender_grace=timedelta(minutes=10))
    with closing(patient):
        postgres_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
        ((delivery, _),) = postgres_store.claim_deliveries(NOW, 10)
        postgres_store._sender.close()  # what the server does when it is restarted
        assert patient.claim_deliveries(NOW, 10) == []
        assert postgres_store.claim_deliveries(NOW, 10, in_progress=[delivery.id]) == []
        with closing(Store(postgres_store._address, sender_grace=timedelta())) as impatient:
            assert impatient.claim_deliveries(NOW, 10) == []


def test_a_sender_whose_lock_file_was_removed_makes_it_again(sqlite_store):
    sqlite_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    ((delivery, _),) = sqlite_store.claim_deliveries(NOW, 10)
    for file in sqlite_store._file.parent.glob("*.sender-*"):
        file.unlink()
    sqlite_store.claim_deliveries(NOW, 10, in_progress=[delivery.id])
    with closing(Store(sqlite_store._address)) as other:
        assert other.claim_deliveries(NOW, 10) == []


def test_the_files_of_dead_senders_are_removed(sqlite_store):
    (sqlite_store._file.parent / "monitor.db.sender-0123456789abcdef").touch()
    sqlite_store.claim_deliveries(NOW, 10)
    assert len(list(sqlite_store._file.parent.glob("*.sender-*"))) == 1
    sqlite_store.close()
    assert list(sqlite_store._file.parent.glob("*.sender-*")) == []


def test_a_delivery_that_was_refused_for_now_is_tried_again_at_its_time(any_store):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    ((delivery, _),) = any_store.claim_deliveries(NOW, 10)
    any_store.retry_later(delivery.id, NOW + HOUR, "451 try later")
    assert any_store.claim_deliveries(NOW + MINUTE, 10) == []
    (waiting,) = any_store.deliveries(failed=True)
    assert (waiting.state, waiting.last_error) == (DeliveryState.QUEUED, "451 try later")
    ((delivery, _),) = any_store.claim_deliveries(NOW + HOUR, 10)
    assert (delivery.attempts, delivery.maybe_repeat) == (2, False)


def test_what_failed_for_good_is_counted_apart_from_what_is_sent_again_or_merely_held(any_store):
    readers = ("failed@example.org", "waiting@example.org", "held@example.org", "new@example.org")
    any_store.enqueue(a_message(recipients=readers), NOW)
    (failed, _), (waiting, _), (held, _) = any_store.claim_deliveries(NOW, 3)
    any_store.give_up(failed.id, NOW, "550 no such user")
    any_store.retry_later(waiting.id, NOW + HOUR, "451 try later")
    any_store.hold(held.id, NOW + HOUR, HELD)
    assert any_store.count_undelivered(NOW) == UndeliveredCounts(failed=1, waiting=1)
    assert any_store.count_undelivered(NOW + MINUTE) == UndeliveredCounts(failed=0, waiting=1)
    assert [each.recipient for each in any_store.deliveries(failed=True)] == [waiting.recipient, failed.recipient]
    assert [each.status for each in any_store.deliveries()] == ["queued", "queued", "waiting", "failed"]


def test_deliveries_of_a_paused_channel_count_as_waiting(any_store):
    for number in range(4):
        any_store.enqueue(a_message(f"key {number}", recipients=("a@example.org",)), NOW)
    for delivery, _ in any_store.claim_deliveries(NOW, 3):
        any_store.give_up(delivery.id, NOW, "535 wrong password")
    assert any_store.count_undelivered(NOW) == UndeliveredCounts(failed=0, waiting=4)
    assert {each.status for each in any_store.deliveries()} == {"paused"}


def test_a_sent_delivery_stays_sent(any_store):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    ((delivery, _),) = any_store.claim_deliveries(NOW, 10)
    any_store.sent(delivery.id, NOW + MINUTE, "250 queued as 7")
    any_store.retry_later(delivery.id, NOW, "too late")
    any_store.give_up(delivery.id, NOW, "too late")
    assert not any_store.requeue(delivery.id, NOW)
    (sent,) = any_store.deliveries()
    assert (sent.state, sent.sent_at, sent.answer, sent.last_error) == (
        DeliveryState.SENT, NOW + MINUTE, "250 queued as 7", "",
    )  # fmt: skip
    assert any_store.deliveries(failed=True) == []
    assert any_store.claim_deliveries(NOW + DAY, 10) == []


def test_a_dead_delivery_stays_dead_until_it_is_queued_again(any_store):
    any_store.enqueue(a_message(), NOW)
    (first, _), (second, _) = any_store.claim_deliveries(NOW, 10)
    any_store.give_up(first.id, NOW, "550 no such user")
    any_store.sent(second.id, NOW)
    (dead,) = any_store.deliveries(failed=True)
    assert (dead.id, dead.state, dead.sent_at) == (first.id, DeliveryState.DEAD, None)
    assert any_store.claim_deliveries(NOW + DAY, 10) == []
    assert any_store.requeue(first.id, NOW + DAY)
    ((again, _),) = any_store.claim_deliveries(NOW + DAY, 10)
    assert again.id == first.id


def test_a_delivery_that_is_being_sent_cannot_be_requeued(any_store):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    ((delivery, _),) = any_store.claim_deliveries(NOW, 10)
    assert not any_store.requeue(delivery.id, NOW)
    assert not any_store.requeue(999, NOW)


def test_two_senders_at_once_never_take_the_same_delivery(any_store):
    for n in range(30):
        any_store.enqueue(a_message(f"key {n}"), NOW)
    taken: list[int] = []
    start = threading.Barrier(2)

    def take():
        start.wait()
        while batch := any_store.claim_deliveries(NOW, 7):
            taken.extend(delivery.id for delivery, _ in batch)

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 60


def test_thousands_of_hits_fit_into_one_run(any_store):
    rules = [f"rule-{n}" for n in range(50)]
    any_store.record(a_poll(*(a_find(f"n{n}", *rules) for n in range(30))))
    hits = any_store.hits_to_digest("daily", NOW - DAY)
    assert len(hits) == 1500
    assert run(any_store, hits=hits, messages=[a_message()]).hits == 1500
    assert len(any_store.story_alerted_at([hit.story_id for hit in hits])) == 0


def test_a_digest_knows_when_it_last_contained_a_story(any_store, hits):
    run(any_store, hits=[hits["one"]], messages=[a_message()])
    ids = [hits["one"].story_id, hits["two"].story_id]
    assert any_store.story_notified_at("daily", ids, NOW) == {hits["one"].story_id: NOW}
    assert any_store.story_notified_at("daily", ids, NOW - MINUTE) == {}
    assert any_store.story_notified_at("weekly", ids, NOW) == {}


def test_the_deliveries_of_a_busy_channel_are_passed_over(any_store):
    any_store.enqueue(a_message("one", channel="slack", recipients=()), NOW)
    any_store.enqueue(a_message("two", recipients=("a@example.org",)), NOW)
    ((delivery, _),) = any_store.claim_deliveries(NOW, 10, excluded_channels=["slack"])
    assert delivery.channel == "outbox"
    ((delivery, _),) = any_store.claim_deliveries(NOW, 10)
    assert delivery.channel == "slack"


def test_a_next_attempt_that_was_planned_by_a_clock_years_ahead_is_due(any_store):
    any_store.enqueue(a_message("ahead"), NOW + 400 * DAY)
    any_store.enqueue(a_message("later"), NOW)
    for delivery, _ in any_store.claim_deliveries(NOW, 8):
        if delivery.message_key == "later":
            any_store.retry_later(delivery.id, NOW + 3 * HOUR, "451")
        else:
            any_store.sent(delivery.id, NOW)
    assert {delivery.message_key for delivery in any_store.deliveries() if delivery.state is DeliveryState.SENT} == {
        "ahead"
    }


def test_a_delivery_that_was_never_tried_is_due_whatever_the_clock_said_when_it_was_queued(any_store):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW + timedelta(minutes=5))
    assert len(any_store.claim_deliveries(NOW, 10)) == 1


def test_a_next_attempt_is_brought_forward_when_the_clock_was_set_back(any_store):
    any_store.enqueue(a_message(recipients=("a@example.org",)), NOW)
    ((delivery, _),) = any_store.claim_deliveries(NOW, 10)
    any_store.retry_later(delivery.id, NOW + timedelta(minutes=4), "451")
    now = NOW - HOUR
    assert any_store.claim_deliveries(now + timedelta(minutes=4), 10) == []
    any_store.advance_attempts(now, HOUR)
    assert any_store.claim_deliveries(now + timedelta(minutes=3), 10) == []
    assert len(any_store.claim_deliveries(now + timedelta(minutes=4), 10)) == 1
