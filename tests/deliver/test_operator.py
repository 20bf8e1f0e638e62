"""Messages to the operator go through the outbox: once for each channel, whatever is restarted in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from config_samples import minimal
from deliver_fixtures import DAY, HOUR, MINUTE, Mailbox, deliverer_of, poll_of, settings_of
from sample_news import NOW
from structlog.testing import capture_logs

from monitor import settings
from monitor.core.errors import DeliveryError
from monitor.core.messages.operator_conditions import Condition
from monitor.core.messages.retries import describe_missing_channel
from monitor.core.model import FeedId, Message
from monitor.deliver import find_conditions

DISK = Condition(key="disk", title="the disk is full", advice="Free some space.", since=NOW, is_urgent=True)


async def test_a_condition_is_reported_to_each_channel_once_and_its_end_once_across_restarts(any_store, clock):
    ops, slack = Mailbox("ops"), Mailbox("slack", formats=frozenset({"slack"}))

    def restarted():
        return deliverer_of(
            any_store, ops, slack, Mailbox("readers"), clock=clock, operator_channels=("ops", "slack", "gone")
        )

    assert restarted().report_conditions([DISK])
    await restarted().send_queued()
    clock.forward(2 * HOUR)
    assert not restarted().report_conditions([DISK])
    assert not restarted().report_conditions([])
    clock.forward(HOUR)
    assert restarted().report_conditions([])
    await restarted().send_queued()
    for channel in (ops, slack):
        subjects = [message.subject for message, _ in channel.received]
        assert subjects == ["Operator: 1 new problem: the disk is full", "Operator: 1 resolved: the disk is full"]
    assert "Free some space." in ops.texts[0]
    assert slack.received[0][0].payload["blocks"]
    assert any_store.reported_conditions() == []


def test_messages_to_the_operator_go_to_another_channel_too_if_all_of_the_operators_wait_and_so_does_the_end(
    any_store, clock
):
    ops, archive, slack = Mailbox("ops"), Mailbox("archive", preferred_for_notices=False), Mailbox("slack")
    deliverer = deliverer_of(any_store, ops, archive, slack, clock=clock, operator_channels=("ops",))
    waiting = Condition(key="delayed ops", title="2 messages wait", advice="Look.", since=NOW, channel="ops")
    assert deliverer.report_conditions([waiting])
    assert sorted(each.channel for each in any_store.deliveries()) == ["ops", "slack"]
    clock.forward(2 * HOUR)
    assert deliverer.report_conditions([waiting, replace(waiting, key="delayed slack", channel="slack")])
    assert sorted(each.channel for each in any_store.deliveries()) == ["archive", "ops", "ops", "slack"]
    clock.forward(2 * HOUR)
    assert not deliverer.report_conditions([replace(waiting, key="delayed slack", channel="slack")])
    clock.forward(HOUR)
    disk = replace(DISK, since=clock())
    assert deliverer.report_conditions([replace(waiting, key="delayed slack", channel="slack"), disk])
    subjects = {each.channel: each.subject for each in any_store.deliveries(limit=2)}
    assert subjects == {
        "ops": "Operator: 1 new problem, 1 resolved: the disk is full",
        "slack": "Operator: 1 resolved: 2 messages wait",
    }
    clock.forward(2 * HOUR)
    deliverer.report_conditions([disk])
    clock.forward(HOUR)
    assert deliverer.report_conditions([disk])
    assert {each.channel for each in any_store.deliveries(limit=2)} == {"ops", "archive"}


async def test_what_still_waits_in_the_channel_of_the_operator_is_told_through_another_one_once_that_channel_fails(
    any_store, clock
):
    """Mail to readers and to the operator goes through one server, which is down."""
    ops, slack = Mailbox("ops", failures=[DeliveryError("451 later", retryable=True)] * 9), Mailbox("slack")
    deliverer = deliverer_of(any_store, ops, slack, clock=clock, operator_channels=("ops",))
    mail = Condition(
        key="delayed mail", title="9 mails wait", advice="Look.", since=NOW, is_urgent=True, channel="mail"
    )
    waiting = replace(mail, key="delayed ops", title="1 notice waits", channel="ops")
    for conditions in ([mail], [mail, waiting], [mail, waiting, DISK]):
        assert deliverer.report_conditions(conditions)
        await deliverer.send_queued()
        clock.forward(HOUR)
    first, second = slack.texts
    assert ("9 mails wait" in first, "1 notice waits" in first) == (True, True)
    assert ("9 mails wait" in second, "1 notice waits" in second) == (False, False)
    ops.failures.clear()
    await deliverer.send_queued()
    assert sum(text.count("9 mails wait") for text in ops.texts) == 1


async def test_the_delay_of_a_channel_is_resolved_when_it_accepts_a_message_and_not_when_messages_fail_or_it_is_paused(
    any_store, clock, tmp_path
):
    loaded = settings.load(minimal(tmp_path / "config"), {})
    mail = Mailbox("outbox", failures=[DeliveryError("451 later", retryable=True)] * 99)
    deliverer = deliverer_of(any_store, mail, Mailbox("slack"), clock=clock, operator_channels=("slack",))
    for number in range(4):
        any_store.enqueue(Message(key=f"k{number}", kind="digest", channel="outbox", subject="", text=""), NOW)

    async def delays_reported_hour_by_hour(hours):
        for _ in range(hours):
            clock.forward(HOUR)
            await deliverer.send_queued()
            deliverer.report_conditions(find_conditions(any_store, loaded, {}, clock()))
        return [each.key for each in any_store.reported_conditions() if each.key.startswith("delayed")]

    assert await delays_reported_hour_by_hour(3) == ["delayed outbox"]
    assert await delays_reported_hour_by_hour(60) == ["delayed outbox"]
    assert any_store.channel_states()["outbox"].paused_at is not None
    mail.failures.clear()
    assert await delays_reported_hour_by_hour(30) == []
    assert len(mail.received) == 4


async def test_a_notice_about_a_failing_channel_goes_to_the_operator_first(any_store, clock):
    ops, readers = Mailbox("ops"), Mailbox("readers", failures=[DeliveryError("http: 404", retryable=False)])
    deliverer = deliverer_of(any_store, Mailbox("archive"), readers, ops, clock=clock, operator_channels=("ops",))
    digest = Message(key="digest/brief/1/readers", kind="digest", channel="readers", subject="The brief", text="News")
    any_store.enqueue(digest, NOW)
    await deliverer.send_queued()
    assert [each.subject for each, _ in ops.received] == ["Not delivered by readers: The brief"]


def test_the_first_polls_of_feeds_are_read_from_their_record(any_store):
    for feed in ("gazette", "harbour"):
        for days in (3, 2):
            poll_of(any_store, feed, NOW - timedelta(days=days), is_up=False)
    assert any_store.first_polls([FeedId("gazette"), FeedId("unknown")]) == {"gazette": NOW - 3 * DAY}


async def test_a_notice_that_waits_for_a_renamed_channel_goes_once_to_those_who_lack_it_and_so_does_its_end(
    any_store, clock
):
    later = DeliveryError("451 later", retryable=True)
    readers = ("anna@example.org", "ben@example.org")
    mail, post, letters = (Mailbox(name, to=readers) for name in ("mail", "post", "letters"))
    slack, mail.failures, post.failures = Mailbox("slack"), [later, None, later], [later]
    deliverer = deliverer_of(any_store, mail, slack, clock=clock, operator_channels=("mail", "slack"))
    assert deliverer.report_conditions([DISK])
    await deliverer.send_queued()
    (waiting,) = any_store.queued_deliveries()
    reached = {delivery.recipient for _, delivery in mail.received}

    for operators in (("post", "slack"), ("mail", "slack"), ("post", "slack")):
        channels = [{"mail": mail, "post": post, "slack": slack}[name] for name in operators]
        clock.forward(MINUTE)
        deliverer.configure(settings_of(*channels, digests=(), operator_channels=operators))
        await deliverer.send_queued()
    assert [delivery.recipient for _, delivery in post.received] == [waiting.recipient]
    assert {delivery.recipient for _, delivery in mail.received} == reached != {waiting.recipient}
    assert len(slack.received) == 1
    assert "for another channel" in post.texts[0]
    (cancelled,) = any_store.deliveries(cancelled=True)
    assert describe_missing_channel(cancelled, "mail").endswith("any more; the notice goes through post, slack")
    assert any_store.deliveries(failed=True) == []

    deliverer.configure(settings_of(letters, slack, digests=(), operator_channels=("slack",)))
    clock.forward(2 * HOUR)
    deliverer.report_conditions([])
    clock.forward(HOUR)
    assert deliverer.report_conditions([])
    await deliverer.send_queued()
    assert [message.subject for message, _ in letters.received] == ["Operator: 1 resolved: the disk is full"] * 2


async def test_a_notice_fails_visibly_if_no_channel_is_left_and_is_sent_when_its_own_returns(any_store, clock):
    notice = Message(key="notice/operator/1/gone", kind="notice", channel="gone", subject="Full", text="Full.")
    any_store.enqueue(notice, clock())
    deliverer = deliverer_of(any_store, clock=clock, operator_channels=("gone",))
    with capture_logs() as logs:
        assert [result.outcome for result in await deliverer.send_queued()] == ["dead"]
    assert "notice to operators failed, no other channel works" in {entry["event"] for entry in logs}
    assert any_store.count_undelivered(clock() - DAY).failed == 1
    returned = Mailbox("gone")
    deliverer.configure(settings_of(returned, operator_channels=("gone",)))
    await deliverer.send_queued()
    assert len(returned.received) == 1
