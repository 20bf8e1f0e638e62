"""The outbox: retries, permanent failures, notices, and deliveries that do not wait for each other."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from deliver_fixtures import DAY, HOUR, MINUTE, ChatBox, Mailbox, Stuck, deliverer_of, distinct, news, settings_of
from mailserver import Listening, Script
from sample_news import CONFIG, NOW
from structlog.testing import capture_logs

from monitor.channels import UnclearError, UnreachableError
from monitor.channels.email.config import EmailConfig
from monitor.channels.email.sender import EmailChannel
from monitor.channels.email.smtp_address import SmtpServer
from monitor.core.errors import DatabaseError, DeliveryError
from monitor.core.messages.retries import UNCLEAR_WAIT
from monitor.core.model import AlertConfig
from monitor.store import Store

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")
MAY_PASS = DeliveryError("451 greylisted", retryable=True)
FOR_GOOD = DeliveryError("550 no such box", retryable=False)


def queue(store, *channels, clock=None, **config):
    """Put one digest into the outbox."""
    deliverer = deliverer_of(store, *channels, clock=clock, **config)
    news(store, "fines", NOW - HOUR)
    assert deliverer.run_digest(CONFIG.id)
    return deliverer


def states(store):
    return {(item.channel, item.recipient): str(item.state) for item in store.deliveries()}


async def outcomes(deliverer):
    return [settled.outcome for settled in await deliverer.send_queued()]


async def test_a_temporary_failure_is_retried_at_growing_intervals(store, clock):
    box = Mailbox(failures=[MAY_PASS] * 3)
    deliverer = queue(store, box, clock=clock)
    waits = []
    for _ in range(3):
        assert await outcomes(deliverer) == ["queued"]
        [delivery] = store.deliveries()
        assert delivery.last_error == "451 greylisted"
        waits.append(delivery.next_attempt_at - clock.now)
        clock.now = delivery.next_attempt_at - timedelta(seconds=1)
        assert await outcomes(deliverer) == []
        clock.now = delivery.next_attempt_at
    assert waits == [MINUTE, 2 * MINUTE, 4 * MINUTE]
    assert await outcomes(deliverer) == ["sent"]
    assert len(box.received) == 1


async def test_a_requested_wait_is_honoured(store, clock):
    box = Mailbox(failures=[DeliveryError("http 429", retryable=True, retry_after=7 * MINUTE)])
    deliverer = queue(store, box, clock=clock)
    await deliverer.send_queued()
    assert store.deliveries()[0].next_attempt_at == NOW + 7 * MINUTE


async def test_after_48_hours_a_delivery_fails_with_a_notice_on_another_channel(store, clock):
    box, other = Mailbox("mail", failures=[MAY_PASS] * 100), Mailbox("slack")
    deliverer = queue(store, box, clock=clock)
    deliverer.configure(settings_of(box, other))
    while states(store)["mail", "mail"] != "dead":
        await deliverer.send_queued()
        clock.now = max(clock.now, store.deliveries()[-1].next_attempt_at or clock.now)
    assert NOW + 44 * HOUR < clock.now < NOW + 49 * HOUR
    await deliverer.send_queued()
    [(notice, _)] = other.received
    assert notice.kind == "notice"
    assert notice.subject.startswith("Not delivered by mail: News of fines")
    assert "451 greylisted; tried" in notice.text


async def test_a_permanent_failure_causes_one_notice_for_all_recipients_of_a_message(store, clock):
    mail = Mailbox("mail", to=("a@example.org", "b@example.org", "c@example.org"), failures=[FOR_GOOD, None, FOR_GOOD])
    slack, outbox = Mailbox("slack"), Mailbox("outbox", preferred_for_notices=False)
    deliverer = queue(store, mail, clock=clock)
    deliverer.configure(settings_of(outbox, mail, slack))

    assert sorted(await outcomes(deliverer)) == ["dead", "dead", "sent", "sent"]
    assert [message.kind for message, _ in slack.received] == ["notice"]
    assert outbox.received == []
    assert "550 no such box" in slack.texts[0]
    assert "deliveries --retry" in slack.texts[0]
    assert sorted(str(item.state) for item in store.deliveries(failed=True)) == ["dead", "dead"]


async def test_a_failed_delivery_that_is_requeued_is_sent_and_a_second_failure_causes_no_notice(store, clock):
    mail, slack = Mailbox("mail", failures=[FOR_GOOD, FOR_GOOD]), Mailbox("slack")
    deliverer = queue(store, mail, clock=clock)
    deliverer.configure(settings_of(mail, slack))
    await deliverer.send_queued()
    [dead] = store.deliveries(failed=True)
    store.requeue(dead.id, clock())
    await deliverer.send_queued()
    assert len(slack.received) == 1
    store.requeue(dead.id, clock())
    await deliverer.send_queued()
    assert len(mail.received) == 1
    assert store.deliveries(failed=True) == []


async def test_a_notice_that_fails_causes_no_further_notice(store, clock):
    mail, slack = Mailbox("mail", failures=[FOR_GOOD]), Mailbox("slack", failures=[FOR_GOOD])
    deliverer = queue(store, mail, clock=clock)
    deliverer.configure(settings_of(mail, slack))
    assert await outcomes(deliverer) == ["dead", "dead"]
    assert len(store.deliveries()) == 2


async def test_a_notice_is_sent_to_one_channel_after_another_until_one_accepts_it(store, clock):
    mail, slack, hook = (Mailbox(name, failures=[FOR_GOOD]) for name in ("mail", "slack", "hook"))
    outbox = Mailbox("outbox", preferred_for_notices=False)
    deliverer = queue(store, mail, clock=clock)
    deliverer.configure(settings_of(outbox, mail, slack, hook))
    assert sorted(await outcomes(deliverer)) == ["dead", "dead", "dead", "sent"]
    [(notice, _)] = outbox.received
    assert notice.subject.startswith("Not delivered by mail: ")
    assert notice.key.startswith("notice/undelivered/")
    assert notice.key.endswith("/outbox")


async def test_a_notice_of_a_channel_that_is_gone_goes_through_one_that_failed_if_no_other_is_left(store, clock):
    mail, slack = Mailbox("mail", failures=[FOR_GOOD]), Mailbox("slack", failures=[MAY_PASS])
    deliverer = queue(store, mail, clock=clock)
    deliverer.configure(settings_of(mail, slack))
    await deliverer.send_queued()
    deliverer.configure(settings_of(mail))
    clock.forward(HOUR)
    assert await outcomes(deliverer) == ["sent"]
    assert [message.kind for message, _ in mail.received] == ["notice"]


async def test_a_failure_where_there_is_no_other_channel_is_kept_in_the_outbox(store, clock):
    deliverer = queue(store, Mailbox("mail", failures=[FOR_GOOD]), clock=clock)
    assert await outcomes(deliverer) == ["dead"]
    assert [item.last_error for item in store.deliveries(failed=True)] == ["550 no such box"]


async def test_a_channel_that_is_gone_from_the_configuration_is_a_dead_letter(store, clock):
    slack = Mailbox("slack")
    deliverer = queue(store, Mailbox("mail"), clock=clock)
    deliverer.configure(settings_of(slack))
    await deliverer.send_queued()
    assert states(store)["mail", "mail"] == "dead"
    assert "not configured any more" in slack.texts[0]


async def test_an_interrupted_delivery_is_repeated_once_and_marked(store, clock):
    box = Mailbox(failures=[UnclearError("vanished")])
    deliverer = queue(store, box, clock=clock)
    assert await outcomes(deliverer) == ["unclear"]
    clock.forward(UNCLEAR_WAIT - MINUTE)
    assert await outcomes(deliverer) == []
    clock.forward(MINUTE)
    assert await outcomes(deliverer) == ["sent"]
    [(message, delivery)] = box.received
    assert delivery.maybe_repeat
    assert message.text.startswith("[This may be a repeat")


async def test_an_unclear_delivery_has_its_reason_while_it_waits_and_only_the_response_afterwards(store, clock):
    box = Mailbox(failures=[UnclearError("the server vanished before it answered")])
    deliverer = queue(store, box, clock=clock)
    assert await outcomes(deliverer) == ["unclear"]
    [waiting] = store.deliveries(failed=True)
    assert (str(waiting.state), waiting.last_error) == ("queued", "the server vanished before it answered")
    clock.forward(UNCLEAR_WAIT)
    await deliverer.send_queued()
    assert store.deliveries(failed=True) == []
    assert box.received[0][1].maybe_repeat


async def test_a_delivery_that_is_unclear_twice_is_not_sent_a_third_time(store, clock):
    box = Mailbox(failures=[UnclearError("vanished"), UnclearError("vanished")])
    deliverer = queue(store, box, clock=clock)
    await deliverer.send_queued()
    clock.forward(UNCLEAR_WAIT)
    assert await outcomes(deliverer) == ["dead"]
    assert "may have arrived" in store.deliveries()[0].last_error


async def test_an_exception_in_one_channel_is_a_failure_of_that_channel_only(store, clock):
    broken, box = Mailbox("broken", failures=[ZeroDivisionError()]), Mailbox("good")
    deliverer = queue(store, broken, box, clock=clock)
    assert sorted(await outcomes(deliverer)) == ["queued", "sent"]
    assert store.deliveries(failed=True)[0].last_error == "internal error: ZeroDivisionError"


async def test_a_recipient_that_hangs_delays_no_other_on_its_channel_or_another(store, clock):
    addresses = ("stuck@example.org", *(f"{number}@example.org" for number in range(40)))
    mail, slack = Stuck("mail", to=addresses), Mailbox("slack")
    deliverer = queue(store, mail, slack, clock=clock)
    sending = asyncio.create_task(deliverer.send_queued())
    await mail.holds(40)
    await slack.holds(1)
    assert not sending.done()
    assert states(store)["mail", "stuck@example.org"] == "sending"
    mail.let_go.set()
    assert len(await sending) == 42


async def test_a_channel_full_of_recipients_that_hang_delays_no_other_channel(store, clock):
    mail, slack = Stuck("mail", to=tuple(f"stuck-{number}" for number in range(60))), Mailbox("slack")
    deliverer = queue(store, mail, slack, clock=clock)
    sending = asyncio.create_task(deliverer.send_queued())
    await slack.holds(1)
    assert mail.received == []
    mail.let_go.set()
    await sending


async def test_what_is_queued_while_a_recipient_hangs_is_sent_meanwhile(store, clock):
    mail, slack = Stuck("mail", to=("stuck",)), Mailbox("slack")
    deliverer = queue(store, mail, clock=clock)
    deliverer.configure(settings_of(mail, slack))
    sending = asyncio.create_task(deliverer.send_queued())
    await mail.entered.wait()
    news(store, "chips", clock())
    deliverer.run_digest(CONFIG.id, to="slack")
    await slack.holds(1)
    mail.let_go.set()
    await sending


async def test_an_unreachable_server_is_tried_once_per_round_and_not_once_per_recipient(store, clock):
    addresses = tuple(f"{number}@example.org" for number in range(10))
    mail = Mailbox("mail", to=addresses, concurrency=1, failures=[UnreachableError("mail:25 is not reached")])
    deliverer = queue(store, mail, clock=clock)
    assert await outcomes(deliverer) == ["queued"] * 10
    assert mail.failures == mail.received == []
    clock.forward(MINUTE)
    assert await outcomes(deliverer) == ["sent"] * 10


async def test_a_delivery_that_outlasts_a_call_is_returned_by_the_next_call(store, clock):
    mail, slack = Stuck("mail", to=("stuck",)), Mailbox("slack")
    deliverer = queue(store, mail, slack, clock=clock)
    settled = []
    while not settled:  # a busy machine may need more than one call to send the other
        settled += await deliverer.send_queued(within=0.05)
    assert [each.delivery.channel for each in settled] == ["slack"]
    assert states(store)["mail", "stuck"] == "sending"
    mail.let_go.set()
    assert await outcomes(deliverer) == ["sent"]
    assert [delivery.maybe_repeat for _, delivery in mail.received] == [False]


async def test_a_stopped_deliverer_waits_for_deliveries_in_progress(store, clock):
    mail = Stuck("mail", to=("stuck",))
    deliverer = queue(store, mail, clock=clock)
    assert await deliverer.send_queued(within=0) == []
    await mail.entered.wait()
    deliverer.stop()
    sending = asyncio.create_task(deliverer.send_queued(within=0))
    await asyncio.sleep(0)
    mail.let_go.set()
    assert [settled.outcome for settled in await sending] == ["sent"]


async def test_a_delivery_in_progress_continues_after_its_call_is_cancelled(store, clock):
    mail = Stuck("mail", to=("stuck",))
    deliverer = queue(store, mail, clock=clock)
    sending = asyncio.create_task(deliverer.send_queued())
    await mail.entered.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    mail.let_go.set()
    assert await outcomes(deliverer) == ["sent"]
    assert not mail.received[0][1].maybe_repeat


async def test_a_delivery_that_is_interrupted_at_the_end_is_repeated_and_marked(store, clock, monkeypatch):
    monkeypatch.setattr("monitor.deliver._sending.CLOSE_TIMEOUT", 0.0)
    mail = Stuck("mail", to=("stuck",))
    deliverer = queue(store, mail, clock=clock)
    await deliverer.send_queued(within=0)
    await mail.entered.wait()
    await deliverer.close()
    mail.let_go.set()
    next_one = deliverer_of(store, mail, clock=clock)
    assert await outcomes(next_one) == []
    clock.forward(UNCLEAR_WAIT)
    assert await outcomes(next_one) == ["sent"]
    assert mail.received[0][1].maybe_repeat


@pytest.fixture
def impatient(store):
    """The same file, on connections that wait for a lock for half a second only."""
    opened = Store(store._address, busy_timeout=timedelta(seconds=0.5))
    yield opened
    opened.close()


async def test_a_message_that_is_accepted_while_the_database_is_locked_is_sent_once(impatient, clock):
    script = Script()
    addresses = tuple(f"{number}@example.org" for number in range(6))
    async with Listening(script) as server:
        config = EmailConfig(
            type="email",
            smtp=SmtpServer(host="localhost", port=server.port, security="plain"),
            to=addresses,
            **{"from": "monitor@press.example"},
        )
        slack = Mailbox("slack")
        deliverer = queue(impatient, EmailChannel("mail", config), slack, clock=clock)
        with closing(sqlite3.connect(impatient._file, isolation_level=None)) as other:
            locked = asyncio.Event()

            async def lock():
                await slack.holds(1)
                other.execute("BEGIN IMMEDIATE")
                locked.set()

            script.taken = lock
            sending = asyncio.create_task(deliverer.send_queued())
            await locked.wait()
            done, _ = await asyncio.wait({sending}, timeout=2)  # four times as long as a connection waits for the lock
            assert not done
            assert set(states(impatient).values()) != {"sent"}
            other.execute("COMMIT")
        assert [settled.outcome for settled in await sending] == ["sent"] * 7
    clock.forward(DAY)
    assert await outcomes(deliverer) == []
    assert sorted(recipients[0] for recipients, _ in script.mails) == sorted(addresses)
    assert all("X-Policy-Monitor-Repeat" not in mail for _, mail in script.mails)
    assert len(slack.received) == 1


async def test_an_outbox_that_cannot_be_read_is_an_error_also_when_a_server_was_not_reached(store, clock):
    class Unreadable:
        claims = 0

        def __getattr__(self, name):
            return getattr(store, name)

        def claim_deliveries(self, *arguments, **options):
            self.claims += 1
            if self.claims > 2:
                raise DatabaseError("the database is locked")
            return store.claim_deliveries(*arguments, **options)

    deliverer = queue(Unreadable(), Mailbox(failures=[UnreachableError("not reached")]), clock=clock)
    with pytest.raises(DatabaseError, match="locked"):
        await deliverer.send_queued()


async def test_a_result_that_the_database_refuses_for_hours_is_reported_now_and_then(store, clock, monkeypatch):
    monkeypatch.setattr("monitor.deliver._sending.STORE_RETRY_SECONDS", 0.0)
    attempts = 0

    class Refusing:
        def __getattr__(self, name):
            return getattr(store, name)

        def sent(self, *result):
            nonlocal attempts
            attempts += 1
            if attempts <= 250:
                raise DatabaseError("the database is locked")
            store.sent(*result)

    deliverer = queue(Refusing(), Mailbox(), clock=clock)
    with capture_logs() as logs:
        assert await outcomes(deliverer) == ["sent"]
    assert attempts == 251
    lines = [line["attempts"] for line in logs if line["event"] == "outcome not stored, tried again"]
    assert lines == [1, 11, 101, 201]


async def test_a_stopped_deliverer_claims_no_further_deliveries(store, clock):
    box = Mailbox()
    deliverer = queue(store, box, clock=clock)
    deliverer.stop()
    assert await outcomes(deliverer) == []
    assert states(store)["outbox", "outbox"] == "queued"


def queue_in_parts(store, channel, clock):
    for number in range(30):
        news(store, f"{distinct(number)} {'long ' * 40}", NOW - DAY + number * MINUTE)
    return queue(store, channel, clock=clock)


@pytest.mark.parametrize(
    ("form", "failures", "first", "then"),
    [
        ("slack", [None, MAY_PASS], ["sent", "queued", "queued"], ["sent", "sent"]),
        ("slack-webhook", [MAY_PASS], ["queued", "queued"], ["sent", "sent"]),
        ("slack-webhook", [FOR_GOOD], ["dead", "sent"], []),
    ],
)
async def test_the_parts_of_a_message_arrive_in_order_even_if_one_fails(store, clock, form, failures, first, then):
    slack = Mailbox("slack", formats=frozenset({form}), concurrency=1, failures=[*failures])
    deliverer = queue_in_parts(store, slack, clock)
    assert await outcomes(deliverer) == first
    clock.forward(MINUTE)
    assert await outcomes(deliverer) == then
    keys = [message.key for message, _ in slack.received]
    assert keys == sorted(keys)
    assert {delivery.attempts for _, delivery in slack.received[-1:]} == {1}  # waiting counts as no attempt


async def test_of_interrupted_deliveries_only_those_that_may_have_arrived_are_marked(store, clock):
    mail = Stuck("mail", to=("stuck", "waits its turn"), concurrency=1)
    deliverer = queue(store, mail, clock=clock)
    assert await deliverer.send_queued(within=0) == []
    await mail.entered.wait()
    await deliverer.close()
    assert {item.recipient: (str(item.state), item.last_error) for item in store.deliveries()} == {
        "stuck": ("queued", "interrupted while it was sent"),
        "waits its turn": ("queued", ""),
    }
    mail.let_go.set()
    clock.forward(UNCLEAR_WAIT)
    deliverer = deliverer_of(store, mail, clock=clock)  # as the next process
    assert await outcomes(deliverer) == ["sent", "sent"]
    assert {delivery.recipient: delivery.maybe_repeat for _, delivery in mail.received} == {
        "stuck": True,
        "waits its turn": False,
    }


async def test_an_interrupted_delivery_is_not_marked_if_the_channel_knows_that_nothing_was_sent(store, clock):
    mail = Unsent("mail", to=("stuck",))
    deliverer = queue(store, mail, clock=clock)
    assert await deliverer.send_queued(within=0) == []
    await mail.entered.wait()
    await deliverer.close()
    [delivery] = store.deliveries()
    assert (str(delivery.state), delivery.last_error) == ("queued", "no greeting")


class Unsent(Stuck):
    async def send(self, message, delivery):
        try:
            return await super().send(message, delivery)
        except asyncio.CancelledError:
            raise UnreachableError("no greeting") from None


async def test_the_rest_of_a_digest_waits_for_its_first_message_and_goes_into_its_thread(any_store, clock):
    box = ChatBox("slack", failures=[MAY_PASS], concurrency=1)
    deliverer = queue(any_store, box, clock=clock)
    await deliverer.send_queued()
    assert not box.received
    for _ in range(3):
        clock.forward(2 * MINUTE)
        await deliverer.send_queued()
    first, second = (message for message, _ in box.received)
    assert "thread_ts" not in first.payload
    assert second.payload["thread_ts"] == "1700000000.000001"


async def test_a_later_alert_about_a_story_goes_into_the_thread_of_the_first_one(any_store, clock):
    box = ChatBox("slack", concurrency=1)
    alerts = AlertConfig(channels=("slack",), cooldown=HOUR)
    deliverer = deliverer_of(any_store, box, clock=clock, alerts=alerts)
    for feed in ("gazette", "meridian"):
        news(any_store, "fines", clock(), priority="urgent", feed=feed, shingle_hashes=tuple(range(1, 200)))
        clock.forward(2 * HOUR)
        deliverer.run_alerts()
        await deliverer.send_queued()
    first, second = (message for message, _ in box.received)
    assert "thread_ts" not in first.payload
    assert second.payload["thread_ts"] == "1700000000.000001"
