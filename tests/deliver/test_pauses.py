"""Channels that fail permanently are paused with one notice, lose no message, and resume when they work again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
from chatserver import ChatServer
from deliver_fixtures import DAY, HOUR, MINUTE, Mailbox, deliverer_of, distinct, news, settings_of
from mailserver import Listening, Script
from sample_news import CONFIG

from monitor.channels.email.sender import EmailChannel
from monitor.channels.webhook.config import WebhookConfig
from monitor.channels.webhook.sender import WebhookChannel
from monitor.config_types.credentials import Secret
from monitor.core.errors import DeliveryError
from monitor.core.messages import pausing
from monitor.core.messages.retries import UNCLEAR_WAIT
from monitor.core.model import Message
from monitor.store import Store

GONE = (410, {}, "gone")
SECOND = timedelta(seconds=1)


class Hook:
    """A webhook with a loopback server, beside a mailbox of people."""

    def __init__(self, server, client, store, clock):
        self.server, self.client, self.store, self.clock = server, client, store, clock
        self.people = Mailbox("people")
        self.start()

    def start(self, store=None, **identities):
        """Start a deliverer, as after a restart."""
        self.store = store or self.store
        url = Secret(f"{self.server.url}/hook")
        channel = WebhookChannel("hook", WebhookConfig(type="webhook", url=url), self.client, self.clock)
        self.deliverer = deliverer_of(self.store, channel, self.people, clock=self.clock)
        self.settings = settings_of(channel, self.people, identities=identities or {"hook": "as it was"})
        self.deliverer.configure(self.settings)

    async def digest(self):
        """Send one digest with news to the webhook alone."""
        self.clock.forward(SECOND)
        news(self.store, distinct(self.clock().timestamp()), self.clock())
        assert self.deliverer.run_digest(CONFIG.id, to="hook")
        return await self.send()

    async def send(self):
        return [each.outcome for each in await self.deliverer.send_queued()]

    async def break_it(self, digests=3):
        """Send `number` digests to a webhook that is gone."""
        self.server.answers += [GONE] * digests
        for _ in range(digests):
            await self.digest()
        self.server.answers.clear()

    @property
    def states(self):
        return [str(each.state) for each in reversed(self.store.deliveries()) if each.channel == "hook"]

    @property
    def state(self):
        return self.store.channel_states().get("hook")


@asynccontextmanager
async def hooked(store, clock):
    async with ChatServer(strict=False) as server, httpx.AsyncClient(verify=False) as client:
        yield Hook(server, client, store, clock)


async def test_a_channel_that_is_gone_is_paused_and_its_messages_wait(any_store, clock):
    async with hooked(any_store, clock) as hook:
        await hook.break_it(2)
        assert hook.states == ["dead", "dead"]
        await hook.break_it(1)
        assert hook.states == ["queued"] * 3
        assert (hook.state.failures, hook.state.waiting, hook.state.reason) == (3, 3, "http 410: gone")
        asked = len(hook.server.requests)
        for _ in range(5):
            assert await hook.digest() == []
        assert len(hook.server.requests) == asked
        assert hook.state.waiting == 8
        assert len(any_store.deliveries(failed=True)) == 8


async def test_a_paused_channel_causes_one_notice_and_none_about_the_notice(store, clock):
    async with hooked(store, clock) as hook:
        await hook.break_it(2)
        await hook.break_it(1)
        for _ in range(20):
            clock.forward(HOUR)
            await hook.digest()
        subjects = [message.subject for message, _ in hook.people.received]
        assert len(subjects) == 2
        assert subjects[0].startswith("Not delivered by hook: ")
        assert subjects[1] == "Channels paused: hook"
        assert "3 messages in a row failed. Reason: http 410: gone" in hook.people.texts[1]


async def test_a_notice_lists_what_failed_since_the_last_one_and_nothing_twice(any_store, clock):
    async with hooked(any_store, clock) as hook:
        hook.server.answers += [(500, {}, "first")]
        await hook.digest()
        first = max(each.id for each in any_store.deliveries())
        await hook.break_it(1)
        clock.forward(pausing.CHANNEL_NOTICE_INTERVAL)
        clock.forward(2 * DAY)
        hook.server.answers += [(500, {}, "too late")]
        await hook.send()
    earlier, later = hook.people.texts
    assert "1 delivery through the channel hook failed" in earlier
    assert "1 delivery through the channel hook failed" in later
    assert [line.split(":")[0].strip() for line in later.splitlines() if line.startswith("  ")] == [str(first)]
    assert "gone" not in later
    subjects = {each.id: each.subject for each in any_store.deliveries()}
    assert subjects[first] != subjects[first + 1]
    assert hook.people.received[-1][0].subject == f"Not delivered by hook: {subjects[first]}"


async def test_a_notice_names_the_part_that_failed_and_a_probe_tries_none_that_waits(any_store, clock):
    for number in range(1, 5):
        payload = {"after": f"digest/{number - 1}"} if number > 1 else {}
        part = {"key": f"digest/{number}", "subject": f"Part {number}", "payload": payload}
        any_store.enqueue(Message(kind="digest", channel="outbox", recipients=("outbox",), text="", **part), clock())
    box = Mailbox(failures=[DeliveryError("http 500", retryable=True)] * 1000, concurrency=1)
    people = Mailbox("people")
    deliverer = deliverer_of(any_store, box, people, clock=clock)
    while not any_store.channel_states() or not any_store.channel_states()["outbox"].paused_at:
        clock.now = max(clock(), min(each.next_attempt_at for each in any_store.deliveries() if each.next_attempt_at))
        await deliverer.send_queued()
    assert [message.subject for message, _ in people.received] == [
        "Not delivered by outbox: Part 1",
        "Channels paused: outbox",
    ]
    box.failures.clear()
    clock.forward(pausing.PROBE_DELAYS[0])
    await deliverer.send_queued()
    assert [message.subject for message, _ in box.received] == ["Part 1", "Part 2", "Part 3", "Part 4"]


async def test_ten_channels_that_fail_at_once_cause_one_notice(store, clock):
    gone = DeliveryError("http 404", retryable=False)
    broken = [Mailbox(f"broken-{n}", failures=[gone] * 1000) for n in range(10)]
    people = Mailbox("people")
    deliverer = deliverer_of(store, *broken, clock=clock)
    deliverer.configure(settings_of(*broken, people))
    for number in range(4):
        news(store, distinct(number), clock.forward(MINUTE))
        for channel in broken:
            deliverer.run_digest(CONFIG.id, to=channel.name)
    await deliverer.send_queued()
    for _ in range(53):
        clock.forward(MINUTE)
        await deliverer.send_queued()
    assert [message.subject for message, _ in people.received] == [
        "Channels paused: " + ", ".join(channel.name for channel in broken)
    ]
    assert sum(state.waiting for state in store.channel_states().values()) == 40


async def test_a_paused_channel_is_probed_with_one_message_at_growing_intervals(store, clock):
    async with hooked(store, clock) as hook:
        await hook.break_it()
        asked, probes = len(hook.server.requests), []
        paused_at = clock()
        for _ in range(60):
            clock.forward(HOUR)
            hook.server.answers = [GONE]
            await hook.send()
            if len(hook.server.requests) > asked:
                asked += 1
                probes.append((clock() - paused_at) / HOUR)
            assert len(hook.server.requests) == asked
        assert probes == [1, 7, 31, 55]
        assert hook.states == ["queued"] * 3


async def test_messages_that_a_gateway_could_not_pass_on_for_48_hours_wait_for_it_marked(any_store, clock):
    async with hooked(any_store, clock) as hook:
        hook.server.answers = [(502, {}, "bad gateway")] * 6
        for _ in range(3):
            assert await hook.digest() == ["unclear"]
        clock.forward(2 * DAY)
        await hook.send()
        assert hook.states == ["queued"] * 3
        clock.forward(HOUR)
        assert await hook.send() == ["sent"] * 3
        assert [request.json["maybe_repeat"] for request in hook.server.accepted] == [True] * 3


async def test_what_was_sent_twice_without_a_confirmation_is_not_sent_again_after_a_pause(any_store, clock):
    async with hooked(any_store, clock) as hook:
        await hook.break_it(1)
        hook.server.answers = ["drop", "drop"]
        assert await hook.digest() == ["unclear"]
        clock.forward(UNCLEAR_WAIT)
        assert await hook.send() == ["dead"]
        await hook.break_it(2)
        assert hook.states == ["queued", "dead", "queued", "queued"]


async def test_a_probe_that_is_accepted_sends_all_that_waited_marked_late(any_store, clock):
    async with hooked(any_store, clock) as hook:
        await hook.break_it()
        for _ in range(2):
            await hook.digest()
        clock.forward(3 * DAY)
        assert await hook.send() == ["sent"] * 5
        assert hook.states == ["sent"] * 5
        assert hook.state.paused_at is None
        assert [request.json["late"] for request in hook.server.accepted] == [True] * 5


async def test_messages_that_waited_longer_than_the_retry_period_are_retried_for_48_more_hours(store, clock):
    async with hooked(store, clock) as hook:
        await hook.break_it()
        clock.forward(3 * DAY)
        hook.server.answers = [(200, {}, "ok"), (503, {}, "later"), (503, {}, "later")]
        assert sorted(await hook.send()) == ["queued", "queued", "sent"]
        clock.forward(HOUR)
        assert await hook.send() == ["sent"] * 2


async def test_messages_that_waited_for_two_weeks_are_given_up_with_a_notice(store, clock):
    async with hooked(store, clock) as hook:
        await hook.break_it()
        clock.forward(pausing.MAX_CHANNEL_PAUSE - HOUR)
        hook.server.answers = [GONE]
        await hook.digest()
        clock.forward(DAY)
        await hook.send()
        assert hook.states == ["dead"] * 3 + ["sent"]
        assert (
            "3 deliveries through the channel hook failed" in hook.people.texts[-1]
            or "waited 14 days" in hook.people.texts[-1]
        )


async def test_a_digest_says_which_channels_are_paused(store, clock):
    async with hooked(store, clock) as hook:
        await hook.break_it()
        news(store, "chips", clock.forward(MINUTE))
        said = "Not delivered: channel hook is paused since 2026-11-24 07:00 UTC: http 410: gone; 3 deliveries wait"
        for form in ("text", "html", "slack", "json"):
            assert said in " ".join(hook.deliverer.preview(CONFIG.id, form).split())


async def test_a_restart_keeps_the_pause(any_store, clock):
    async with hooked(any_store, clock) as hook:
        await hook.break_it()
        asked = len(hook.server.requests)
        again = Store(any_store._address)
        try:
            hook.start(again)
            assert await hook.send() == []
            assert len(hook.server.requests) == asked
        finally:
            again.close()


async def test_an_edit_of_the_channel_sends_the_waiting_messages_also_after_a_restart(store, clock):
    async with hooked(store, clock) as hook:
        await hook.break_it()
        await hook.send()
        hook.deliverer.configure(replace(hook.settings, identities={"hook": "as it was"}))
        assert await hook.send() == []
        hook.start(hook="edited")
        assert await hook.send() == ["sent"] * 3


async def test_a_channel_that_is_taken_out_while_it_is_paused_leaves_dead_letters(store, clock):
    async with hooked(store, clock) as hook:
        await hook.break_it()
        channels = {"people": hook.people}
        hook.deliverer.configure(replace(hook.settings, channels=channels))
        assert await hook.send() == ["dead"] * 3
        clock.forward(pausing.CHANNEL_NOTICE_INTERVAL)
        assert await hook.send() == ["sent"]
        assert "not configured any more" in hook.people.texts[-1]


async def test_a_manual_retry_sends_all_waiting_messages(store, clock):
    async with hooked(store, clock) as hook:
        await hook.break_it()
        [*_, oldest] = store.deliveries()
        assert store.requeue(oldest.id, clock())
        assert await hook.send() == ["sent"] * 3


async def test_one_bad_recipient_pauses_nothing(store, clock):
    class Refusing(Mailbox):
        async def send(self, message, delivery):
            if delivery.recipient.startswith("bad"):
                raise DeliveryError("550 no such box", retryable=False)
            return await super().send(message, delivery)

    mail = Refusing("mail", to=("bad@example.org", "good@example.org"), concurrency=1)
    deliverer = deliverer_of(store, mail, clock=clock)
    for number in range(9):
        news(store, distinct(number), clock.forward(MINUTE))
        deliverer.run_digest(CONFIG.id)
        await deliverer.send_queued()
    assert store.channel_states()["mail"].paused_at is None
    assert sum(message.kind == "digest" for message, _ in mail.received) == 9


async def test_readers_whose_mailboxes_are_gone_do_not_pause_the_channel_for_the_others(store, clock):
    mail = Mailbox("mail", failures=[DeliveryError("550 5.1.1 gone", retryable=False, of_recipient=True)] * 4)
    deliverer = deliverer_of(store, mail, clock=clock)
    for number in range(5):
        news(store, distinct(number), clock.forward(MINUTE))
        deliverer.run_digest(CONFIG.id)
        await deliverer.send_queued()
    assert [str(delivery.state) for delivery in reversed(store.deliveries())] == ["dead"] * 4 + ["sent"]


async def test_a_notice_says_since_when_an_address_is_refused_and_where_to_correct_it(any_store, clock):
    people = Mailbox("people")
    script = Script(rcpt={"gone@example.org": "550 5.1.1 no such user"})
    async with Listening(script) as server:
        mail = EmailChannel("mail", server.config("gone@example.org", "anna@example.org"))
        deliverer = deliverer_of(any_store, mail, people, clock=clock)
        for number in range(3):
            news(any_store, distinct(number), clock.forward(DAY))
            deliverer.run_digest(CONFIG.id)
            await deliverer.send_queued()
    notices = [message for message, _ in people.received if message.kind == "notice"]
    assert len(script.mails) == len(notices) == 3
    last = " ".join(notices[-1].text.split())
    assert "to gone@example.org: 550 5.1.1 no such user" in last
    since = f"{clock() - 2 * DAY:%Y-%m-%d %H:%M}"
    assert f"gone@example.org has received nothing since {since} UTC (3 messages), while others get theirs" in last
    assert "correct or remove it: `recipients` in digests.yaml, `to` or `bcc` in channels.yaml" in last
    assert "anna@" not in last


async def test_an_address_that_is_refused_is_reported_through_its_channel_if_there_is_no_other(any_store, clock):
    script = Script(rcpt={"gone@example.org": "550 5.1.1 no such user"})
    async with Listening(script) as server:
        mail = EmailChannel("mail", server.config("gone@example.org", "anna@example.org"))
        deliverer = deliverer_of(any_store, mail, clock=clock)
        news(any_store, distinct(1), clock())
        deliverer.run_digest(CONFIG.id)
        await deliverer.send_queued()
    assert [recipients for recipients, _ in script.mails] == [["anna@example.org"]] * 2
    assert "to gone@example.org: 550 5.1.1" in script.mails[1][1].get_body(["plain"]).get_content()


async def test_an_address_that_was_refused_long_ago_gets_the_notice_about_another_one(any_store, clock):
    script = Script(rcpt={"anna@example.org": "550 5.2.1 mailbox disabled"})
    async with Listening(script) as server:
        mail = EmailChannel("mail", server.config("gone@example.org", "anna@example.org"))
        deliverer = deliverer_of(any_store, mail, clock=clock)
        for number, refused in enumerate(["anna@example.org", "gone@example.org"]):
            script.rcpt = {refused: "550 5.1.1 no such user"}
            news(any_store, distinct(number), clock.forward(8 * DAY))
            deliverer.run_digest(CONFIG.id)
            await deliverer.send_queued()
    assert [recipients for recipients, _ in script.mails][2:] == [["anna@example.org"]] * 2
    assert "to gone@example.org: 550 5.1.1" in script.mails[3][1].get_body(["plain"]).get_content()


async def test_no_password_of_a_paused_channel_is_in_the_database(store, clock):
    async with hooked(store, clock) as hook:
        hook.start(hook="smtp password hunter2")
        await hook.break_it()
        await hook.send()
        assert hook.state.config
        assert "hunter2" not in hook.state.config
