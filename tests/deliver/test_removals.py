"""Messages whose reader or channel is removed from the configuration while they wait, with a real mail server."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from deliver_fixtures import DAY, HOUR, Mailbox, deliverer_of, ledger_of, settings_of
from mailserver import Listening, Script
from sample_news import CONFIG, NOW
from structlog.testing import capture_logs

from monitor.channels.email.sender import EmailChannel
from monitor.channels.rate_limit import RateLimit
from monitor.channels.slack.config import SlackConfig
from monitor.channels.slack.sender import SlackChannel
from monitor.core.model import AlertConfig, AlertReader, Message
from monitor.deliver._recipients import removal_reason

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")
LATER = "451 4.3.0 later"


def message(key, kind, *recipients, channel="mail"):
    digest_id = key.split("/")[1] if kind == "digest" else ""
    fields = {"key": key, "kind": kind, "digest_id": digest_id, "channel": channel, "recipients": recipients}
    return Message(subject=key, text="News", **fields)


def to_readers(*names):
    return [
        replace(CONFIG, id=f"brief:{name}@example.org", recipient=f"{name}@example.org", channels=("mail",))
        for name in names
    ]


def alerts_for(*names):
    readers = tuple(AlertReader(address=f"{name}@example.org", via="mail", timezone="UTC") for name in names)
    return AlertConfig(readers=readers)


async def test_a_reader_who_is_removed_while_messages_wait_receives_none_of_them(any_store, clock):
    script = Script(data=[LATER] * 7)
    async with Listening(script) as server:

        def mail(*to):
            return EmailChannel("mail", server.config(*(f"{name}@example.org" for name in to)))

        deliverer = deliverer_of(any_store, clock=clock)
        both = to_readers("anna", "ben")
        deliverer.configure(settings_of(mail("anna", "team"), digests=both, alerts=alerts_for("anna", "ben")))
        for each in (
            message("digest/brief:anna@example.org/1/mail", "digest", "Anna <anna@example.org>"),
            message("digest/brief:ben@example.org/1/mail", "digest", "ben@example.org"),
            message("digest/renamed-since:ben@example.org/1/mail", "digest", "ben@example.org"),
            message("alert/alerts:anna@example.org/1/mail", "alert", "anna@example.org"),
            message("alert/alerts:ben@example.org/1/mail", "alert", "ben@example.org"),
            message("digest/weekly/1/mail", "digest", "anna@example.org", "team@example.org"),
        ):
            any_store.enqueue(each, clock())
        assert {result.outcome for result in await deliverer.send_queued()} == {"queued"}
        clock.forward(HOUR)
        deliverer.configure(settings_of(mail("team"), digests=to_readers("ben"), alerts=alerts_for("ben")))
        assert [result.outcome for result in await deliverer.send_queued()] == ["sent"] * 4
        assert sorted(to for to, _ in script.mails) == [["ben@example.org"]] * 3 + [["team@example.org"]]
        cancelled = [each for each in any_store.deliveries() if each.status == "cancelled"]
        assert {"anna@example.org" in each.last_error for each in cancelled} == {True}
        counts = {line.item: line.count for line in ledger_of(deliverer, NOW - HOUR, clock()).accounts[-1].lines}
        assert (counts["cancelled"], counts["delivered"]) == (3, 4)
        assert any_store.deliveries(failed=True) == []

        deliverer.configure(settings_of(mail("team"), digests=both))
        assert await deliverer.send_queued() == []
        assert any_store.requeue(cancelled[-1].id, clock())
        assert [result.outcome for result in await deliverer.send_queued()] == ["sent"]


async def test_a_message_that_a_newer_configuration_queued_is_not_cancelled_by_an_older_one(store, clock):
    mail = Mailbox("mail", to=("team@example.org",))
    deliverer = deliverer_of(store, mail, clock=clock)
    await deliverer.send_queued()
    store.enqueue(message("digest/brief:new@example.org/1/mail", "digest", "new@example.org"), clock.forward(HOUR))
    assert [result.outcome for result in await deliverer.send_queued()] == ["sent"]


async def test_a_delivery_to_which_an_edit_cannot_be_applied_keeps_no_other_from_being_sent(store, clock):
    class Faulty(Mailbox):
        def recipients(self):
            raise KeyError("a bug")

    box = Mailbox("box", to=("anna@example.org",))
    deliverer = deliverer_of(store, box, clock=clock)
    for channel in ("broken", "box"):
        store.enqueue(message(f"digest/weekly/1/{channel}", "digest", "anna@example.org", channel=channel), clock())
    clock.forward(HOUR)
    deliverer.configure(settings_of(Faulty("broken"), box))
    with capture_logs() as logs:
        results = await deliverer.send_queued()
    assert {(each.delivery.channel, each.outcome) for each in results} == {("box", "sent"), ("broken", "queued")}
    assert [each.last_error for each in store.deliveries(failed=True)] == ["internal error: KeyError"]
    assert [each["event"] for each in logs if each["log_level"] == "error"] == [
        "edit not applied to a delivery",
        "delivery failed",
    ]


async def test_what_waits_for_a_reader_goes_by_the_channel_that_replaces_a_removed_one(store, clock):
    mail = Mailbox("post")
    deliverer = deliverer_of(store, mail, clock=clock)
    store.enqueue(message("digest/brief:anna@example.org/1/mail", "digest", "Anna <anna@example.org>"), clock())
    store.enqueue(message("alert/alerts:anna@example.org/1/mail", "alert", "anna@example.org"), clock())
    store.enqueue(message("digest/brief/1/mail", "digest", "anna@example.org"), clock())
    digests = [replace(each, channels=("post",)) for each in to_readers("anna")]
    alerts = AlertConfig(readers=(AlertReader(address="anna@example.org", via="post", timezone="UTC"),))
    deliverer.configure(settings_of(mail, digests=digests, alerts=alerts))
    assert sorted(result.outcome for result in await deliverer.send_queued())[:1] == ["dead"]
    assert [sent.kind for sent, _ in mail.received] == ["digest", "alert", "notice"]


async def test_messages_that_wait_for_a_channel_of_slack_are_kept_when_the_address_gets_another_channel(store, clock):
    store.enqueue(message("digest/brief/1/chat", "digest", "#policy", channel="chat"), clock())
    (waiting,) = store.queued_deliveries()
    config = SlackConfig(type="slack", token="xoxb-1", channel="#news")
    async with httpx.AsyncClient() as client:
        settings = settings_of(SlackChannel("chat", config, client, RateLimit(gap=0.0)))
    assert removal_reason(settings, waiting) == ""


def test_nothing_is_cancelled_that_may_still_have_its_reader(store, clock):
    for kind in ("digest", "notice"):
        store.enqueue(message(f"{kind}/brief/1/mail", kind, "anna@example.org"), clock())
    digest, notice = sorted(store.queued_deliveries(), key=lambda each: each.kind)
    without = settings_of(Mailbox("mail", to=("team@example.org",)))
    assert removal_reason(without, digest)
    assert not removal_reason(without, notice)
    assert not removal_reason(replace(without, is_last_good=True), digest)
    assert not removal_reason(replace(without, digests={each.id: each for each in to_readers("anna")}), digest)


async def test_messages_of_a_channel_that_was_removed_are_sent_when_its_name_returns_within_two_weeks(any_store, clock):
    gone, people = Mailbox("slack"), Mailbox("people")
    deliverer = deliverer_of(any_store, people, clock=clock)
    any_store.enqueue(message("digest/brief/1/slack", "digest", channel="slack"), clock())
    assert [result.outcome for result in await deliverer.send_queued()] == ["dead", "sent"]
    assert "it is sent if channels.yaml has slack again within 14 days" in people.texts[0]
    clock.forward(13 * DAY)
    any_store.enqueue(message("digest/brief/2/slack", "digest", channel="slack"), clock())
    await deliverer.send_queued()
    deliverer.configure(settings_of(people, gone))
    assert [result.outcome for result in await deliverer.send_queued()] == ["sent"] * 2
    assert [message.key for message, _ in gone.received] == ["digest/brief/1/slack", "digest/brief/2/slack"]
    assert "This message is late" in gone.texts[0]

    deliverer.configure(settings_of(people))
    any_store.enqueue(message("digest/brief/3/slack", "digest", channel="slack"), clock())
    await deliverer.send_queued()
    clock.forward(15 * DAY)
    deliverer.configure(settings_of(people, gone))
    await deliverer.send_queued()
    assert len(gone.received) == 2
