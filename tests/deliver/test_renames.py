"""Digests that get another id, and readers who get another channel, while messages wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest
from deliver_fixtures import DAY, HOUR, MINUTE, Mailbox, deliverer_of, distinct, news, settings_of
from mailserver import Listening, Script
from sample_news import CONFIG
from structlog.testing import capture_logs

from monitor.channels.email.sender import EmailChannel
from monitor.core.errors import DeliveryError
from monitor.core.model import AlertConfig, AlertReader
from monitor.store import _migrations

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")


def to_readers(digest_id, *names, via="mail", was=""):
    return [
        replace(
            CONFIG,
            id=f"{digest_id}:{name}@example.org",
            was=f"{was}:{name}@example.org" if was else "",
            recipient=f"{name}@example.org",
            channels=(via,),
        )
        for name in names
    ]


async def test_what_waits_follows_its_reader_to_the_new_id_and_channel_and_those_who_were_removed_get_nothing(
    any_store, clock
):
    script = Script(data=["451 4.3.0 later"] * 6)
    async with Listening(script) as server:
        mail, post = (EmailChannel(name, server.config()) for name in ("mail", "post"))
        deliverer = deliverer_of(any_store, clock=clock)
        weekly = to_readers("weekly", "anna")
        deliverer.configure(settings_of(mail, digests=[*to_readers("brief", "anna", "ben", "chris"), *weekly]))
        news(any_store, "fines", clock() - HOUR)
        for name in ("anna", "ben", "chris"):
            deliverer.run_digest(f"brief:{name}@example.org")
        assert [result.outcome for result in await deliverer.send_queued()] == ["queued"] * 3
        keys = {each.recipient: each.message_key for each in any_store.deliveries()}

        clock.forward(HOUR)
        renamed = to_readers("morning", "ben", "chris", via="post", was="brief")
        weekly = [replace(each, channels=("post",)) for each in weekly]
        deliverer.configure(settings_of(post, digests=[*renamed, *weekly]))
        assert [result.outcome for result in await deliverer.send_queued()] == ["queued"] * 2
        states = {each.recipient: (each.status, each.channel) for each in any_store.deliveries()}
        assert states["anna@example.org"] == ("cancelled", "mail"), "she is still a reader of another digest"

        clock.forward(3 * HOUR)
        anew = [*to_readers("morning", "ben", via="post"), *to_readers("brief", "dora", via="post")]
        deliverer.configure(settings_of(post, digests=[*anew, *weekly]))
        await deliverer.send_queued()
        clock.forward(3 * HOUR)
        await deliverer.send_queued()
        assert [to for to, _ in script.mails] == [["ben@example.org"]]
        assert any_store.first_delivery(keys["ben@example.org"]).channel == "post"
        assert {each.recipient: each.status for each in any_store.deliveries()} == {
            "anna@example.org": "cancelled",
            "ben@example.org": "sent",
            "chris@example.org": "cancelled",
        }


async def test_a_message_whose_reader_has_another_channel_is_sent_again_by_that_one_with_the_same_key(store, clock):
    refusal = DeliveryError("550 no", retryable=False, of_recipient=True)
    mail, post = Mailbox("mail", failures=[refusal]), Mailbox("post")
    deliverer = deliverer_of(store, clock=clock)
    deliverer.configure(settings_of(mail, digests=to_readers("brief", "ben")))
    news(store, "fines", clock() - HOUR)
    deliverer.run_digest("brief:ben@example.org")
    await deliverer.send_queued()
    (failed,) = store.deliveries(failed=True)
    deliverer.configure(settings_of(mail, post, digests=to_readers("morning", "ben", via="post", was="brief")))
    assert deliverer.present_channel(failed) == "post"
    assert store.requeue(failed.id, clock(), channel="post")
    await deliverer.send_queued()
    assert not store.requeue(failed.id, clock(), channel="post")
    received = [(message.key, delivery.id) for message, delivery in post.received if message.kind == "digest"]
    assert received == [(failed.message_key, failed.id)]
    assert not any(message.kind == "digest" for message, _ in mail.received)


@pytest.mark.parametrize("renames", [{}, {"via": "post"}])
async def test_alerts_are_held_in_the_quiet_hours_of_their_reader_and_not_lost_if_the_channel_is_renamed(
    store, clock, renames
):
    mail, post = Mailbox("mail"), Mailbox("post")
    reader = AlertReader(
        address="kenji@example.org", via="mail", timezone="Asia/Tokyo", quiet_hours=(time(22), time(7))
    )
    alerts = AlertConfig(readers=(reader,), window=10 * MINUTE)
    deliverer = deliverer_of(store, mail, clock=clock, alerts=alerts)
    deliverer.run_alerts()
    clock.forward(6 * HOUR - 11 * MINUTE)  # 21:49 in Tokyo
    mail.failures.append(DeliveryError("451", retryable=True))
    news(store, distinct(1), clock(), priority="urgent")
    clock.forward(10 * MINUTE)
    deliverer.run_alerts()
    await deliverer.send_queued()
    news(store, distinct(2), clock(), priority="urgent")
    clock.forward(5 * MINUTE)  # 22:04: one alert waits, one is not written yet
    edited = replace(alerts, readers=(replace(reader, **renames),))
    deliverer.configure(settings_of(mail, post, alerts=edited))
    clock.forward(5 * MINUTE)
    deliverer.run_alerts()
    await deliverer.send_queued()
    assert mail.received == post.received == []
    clock.forward(9 * HOUR)
    await deliverer.send_queued()
    received = (post if renames else mail).received
    assert sorted(distinct(1) in message.text for message, _ in received) == [False, True]


@pytest.mark.parametrize(
    ("channels", "receivers"),
    [
        (("chat",), {"chat"}),
        (("chat", "mail"), {"chat", "mail"}),
        (("slack", "chat"), {"slack"}),
        (("mail",), {"mail"}),
    ],
)
async def test_what_a_renamed_channel_was_to_be_alerted_of_goes_to_the_one_in_its_place(
    store, clock, channels, receivers
):
    boxes = {name: Mailbox(name) for name in ("slack", "chat", "mail")}
    alerts = AlertConfig(channels=("slack", "mail") if channels[-1] == "mail" else ("slack",), window=10 * MINUTE)
    deliverer = deliverer_of(store, *boxes.values(), clock=clock, alerts=alerts)
    deliverer.run_alerts()
    news(store, "fines", clock(), priority="urgent")
    clock.forward(5 * MINUTE)
    deliverer.configure(settings_of(*boxes.values(), alerts=replace(alerts, channels=channels)))
    deliverer.run_alerts()
    clock.forward(5 * MINUTE)
    deliverer.run_alerts()
    await deliverer.send_queued()
    assert {name for name, box in boxes.items() if box.received} == receivers


async def test_a_channel_that_is_added_in_quiet_hours_is_alerted_of_what_is_found_afterwards(store, clock):
    slack, chat = Mailbox("slack"), Mailbox("chat")
    alerts = AlertConfig(channels=("slack",), quiet_hours=(time(8), time(10)), timezone="UTC")  # it is 7:00
    deliverer = deliverer_of(store, slack, clock=clock, alerts=alerts)
    deliverer.run_alerts()
    clock.forward(HOUR)
    deliverer.configure(settings_of(slack, chat, alerts=replace(alerts, channels=("slack", "chat"))))
    deliverer.run_alerts()
    news(store, "fines", clock.forward(MINUTE), priority="urgent")
    clock.forward(2 * HOUR)
    deliverer.run_alerts()
    await deliverer.send_queued()
    assert [len(box.received) for box in (slack, chat)] == [1, 1]


async def test_a_preview_before_the_daemon_has_taken_the_new_id_repeats_nothing_that_was_sent_under_the_old_one(
    store, clock
):
    mail = Mailbox("mail")
    deliverer = deliverer_of(store, mail, clock=clock)
    news(store, "fines", clock() - HOUR)
    deliverer.run_digest(CONFIG.id)
    news(store, "chips", clock.forward(MINUTE))
    renamed = replace(CONFIG, id="morning", was=CONFIG.id, channels=("mail",))
    deliverer.configure(settings_of(mail, digests=[renamed]))
    shown = deliverer.preview("morning")
    assert ("News of fines" in shown, "News of chips" in shown) == (False, True)
    assert store.recorded_name("morning", CONFIG.id) == CONFIG.id, "a preview changes nothing"
    assert deliverer.run_digest("morning").hits == 1
    assert store.recorded_name("morning", CONFIG.id) == "morning"
    assert {each.digest_id for each in store.deliveries_of("morning")} == {"morning"}
    assert len(store.deliveries_of("morning")) == 2


def test_a_new_id_and_an_edited_schedule_in_one_edit_send_nothing_for_a_time_before_the_edit(store, clock):
    mail = Mailbox("mail")
    early = replace(CONFIG, channels=("mail",), schedule="0 4 * * *", timezone="UTC")
    deliverer = deliverer_of(store, mail, clock=clock)  # it is 7:00
    deliverer.configure(settings_of(mail, digests=[early]))
    deliverer.run_due_digests()
    news(store, "fines", clock.forward(DAY))
    assert len(deliverer.run_due_digests()) == 1
    news(store, "chips", clock())
    renamed = replace(early, id="morning", was=CONFIG.id)
    deliverer.configure(settings_of(mail, digests=[replace(renamed, schedule="30 6 * * *")]))
    deliverer.configure(settings_of(mail, digests=[replace(renamed, schedule="0 6 * * *")]))
    assert deliverer.run_due_digests() == []
    clock.forward(DAY)
    assert [run.hits for run in deliverer.run_due_digests()] == [1]


def test_a_digest_that_was_requested_under_its_old_id_is_sent_under_the_new_one(store, clock):
    mail = Mailbox("mail")
    deliverer = deliverer_of(store, mail, clock=clock)
    news(store, "fines", clock() - HOUR)
    for requested in (CONFIG.id, "unknown yet"):
        store.request_digest(requested, clock())
    renamed = replace(CONFIG, id="morning", was=CONFIG.id, channels=("mail",), schedule="0 0 1 1 *")
    deliverer.configure(settings_of(mail, digests=[renamed]))
    deliverer.run_due_digests()
    assert [run.hits for run in store.runs("morning") if run.messages] == [1]
    assert list(store.requested_digests()) == ["unknown yet"]
    clock.forward(10 * MINUTE)
    with capture_logs() as logs:
        deliverer.run_due_digests()
    assert [entry["digest"] for entry in logs if "it is not configured" in entry["event"]] == ["unknown yet"]
    assert not store.requested_digests()


def test_renaming_a_digest_called_spike_moves_no_record_of_alerts(store, clock):
    when = {"since": clock() - DAY, "until": clock(), "hit_ids": (), "messages": (), "now": clock()}
    for name in ("spike", "spike:ai-act", "spike+mail", "spike:anna@example.org"):
        store.record_run(name, clock(), **when)
    assert store.rename_digest("spike", "peak")
    kept = [name for name in ("spike", "spike:ai-act", "spike+mail", "spike:anna@example.org") if store.runs(name)]
    assert kept == ["spike:ai-act"]


def test_messages_of_earlier_versions_belong_to_the_digest_that_their_key_names(any_store, clock):
    news(any_store, "fines", clock() - HOUR)
    mail = Mailbox("mail")
    deliverer = deliverer_of(any_store, mail, clock=clock)
    deliverer.configure(settings_of(mail, digests=[*to_readers("brief", "a/b"), replace(CONFIG, channels=("mail",))]))
    for digest_id in ("brief:a/b@example.org", CONFIG.id):
        deliverer.run_digest(digest_id)
    deliverer.run_digest(CONFIG.id, to="mail")
    before = [each.digest_id for each in any_store.deliveries()]
    with _migrations.transaction(any_store._writer) as connection:
        _migrations.downgrade(connection, "0033")
    any_store.upgrade()
    assert [each.digest_id for each in any_store.deliveries()] == before
    assert before == [f"{CONFIG.id}+mail", CONFIG.id, "brief:a/b@example.org"]
