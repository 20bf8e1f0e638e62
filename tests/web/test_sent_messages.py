"""Messages as they were sent, and sending again after a confirmation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from deliver_fixtures import Mailbox, deliverer_of
from sample_polls import HOUR, NOW, a_message
from web_clients import LATER, csrf_token_of, load_config, running_server, same_origin

from monitor.core.jobs import DAEMON, WATCHED

SENT = replace(
    a_message(),
    key="digest/daily/2026-11-24T080000+0100/mail",
    digest_id="daily",
    html="<html><head></head>A &amp; B</html>",
)


@pytest.fixture
def delivery_id(store_with_hits):
    """One delivery of the digest that was given up."""
    store_with_hits.record_run("daily", NOW, since=NOW - HOUR, until=NOW, hit_ids=[1], messages=[SENT], now=NOW)
    (delivery, *_) = store_with_hits.deliveries()
    store_with_hits.give_up(delivery.id, NOW, "550 no such box", of_channel=False)
    return delivery.id


def post(client, path, page):
    return client.post(path, data={"csrf_token": csrf_token_of(page)}, headers=same_origin(client))


def test_a_message_is_shown_as_it_was_sent_with_its_state_and_never_runs_anything(client, delivery_id):
    assert f'href="/deliveries/{delivery_id}"' in client.get("/digests/daily").text
    page = client.get(f"/deliveries/{delivery_id}").text
    for words in (">failed<", "550 no such box", "<h2>The message</h2>", "sandbox="):
        assert words in page
    mail = client.get(f"/deliveries/{delivery_id}/mail")
    assert "A &amp; B" in mail.text
    assert "script-src" not in mail.headers["content-security-policy"]
    assert client.get("/deliveries/4711").status_code == client.get("/deliveries/4711/mail").status_code == 404


def test_a_delivery_is_sent_again_only_after_a_confirmation(client, store_with_hits, delivery_id):
    page = client.get(f"/deliveries/{delivery_id}/retry")
    assert "Nothing is sent until you press the button." in page.text
    assert store_with_hits.delivery(delivery_id)[0].state == "dead"
    assert client.post(f"/deliveries/{delivery_id}/retry").status_code == 403
    assert post(client, f"/deliveries/{delivery_id}/retry", page).status_code == 303
    assert store_with_hits.delivery(delivery_id)[0].state == "queued"
    assert "Send again" in client.get(f"/deliveries/{delivery_id}").text
    store_with_hits.claim_deliveries(LATER)
    assert "Send again" not in client.get(f"/deliveries/{delivery_id}").text
    assert client.get(f"/deliveries/{delivery_id}/retry").status_code == 409
    store_with_hits.sent(delivery_id, NOW)
    assert client.get(f"/deliveries/{delivery_id}/retry").status_code == 409


def test_a_delivery_through_a_channel_that_was_removed_is_not_sent_again(client, store_with_hits):
    store_with_hits.enqueue(replace(SENT, key="digest/daily/gone", channel="gone"), NOW)
    (delivery, *_) = store_with_hits.deliveries()
    response = client.get(f"/deliveries/{delivery.id}/retry")
    assert (response.status_code, "gone is not configured any more" in response.text) == (409, True)


def test_a_cancelled_delivery_is_listed_apart_and_sent_again_only_after_a_warning(client, store_with_hits, delivery_id):
    store_with_hits.enqueue(replace(SENT, key="digest/daily/2", subject="Other", recipients=("anna@example.org",)), NOW)
    (delivery, *_) = store_with_hits.deliveries()
    store_with_hits.cancel(delivery.id, NOW, "anna@example.org is not a recipient any more")
    (listed,) = client.get("/api/v1/deliveries?cancelled=1").json()
    assert (listed["id"], listed["status"]) == (delivery.id, "cancelled")
    page = client.get("/deliveries?cancelled=1").text
    assert (f"/deliveries/{delivery.id}" in page, f'"/deliveries/{delivery_id}"' in page) == (True, False)
    asked = client.get(f"/deliveries/{delivery.id}/retry").text
    assert "its reader was removed from the configuration. It is cancelled again if anna@example.org is no" in asked
    assert "removed from the configuration" not in client.get(f"/deliveries/{delivery_id}/retry").text


def test_a_message_is_sent_again_by_the_present_channel_of_its_reader(store_with_hits, tmp_path):
    config = load_config(tmp_path / "config", store_with_hits._address)
    reader = replace(config.digests[0], id="brief:anna@example.org", recipient="anna@example.org", channels=("outbox",))
    key = "digest/old:anna@example.org/1/gone"
    written = replace(SENT, key=key, digest_id="old:anna@example.org", channel="gone", recipients=("anna@example.org",))
    store_with_hits.enqueue(written, NOW)
    (delivery, *_) = store_with_hits.deliveries()
    renamed = replace(reader, was="old:anna@example.org")
    with running_server(replace(config, digests=(renamed,))) as client:
        page = client.get(f"/deliveries/{delivery.id}/retry")
        assert "It goes by outbox, and no longer by gone." in page.text
        assert post(client, f"/deliveries/{delivery.id}/retry", page).status_code == 303
    queued, message = store_with_hits.delivery(delivery.id)
    assert (queued.channel, message.key) == ("outbox", key)


def test_a_digest_that_was_asked_for_is_sent_once_by_the_daemon(client, store_with_hits):
    page = client.get("/digests/daily/send")
    assert "Send Daily brief to outbox now?" in page.text
    assert store_with_hits.requested_digests() == {}
    assert post(client, "/digests/daily/send", page).status_code == 303
    assert "The daemon is not running" in page.text
    assert 'href="/digests/daily">Back' in page.text
    for name in (DAEMON, *(job.name for job in WATCHED)):
        store_with_hits.record_heartbeat(name, LATER)
    asked = client.get("/digests/daily").text
    assert "A reader requested it;" in asked
    assert "The daemon sends it within seconds." in asked
    box = Mailbox()
    deliverer = deliverer_of(store_with_hits, box, id="daily", schedule="0 0 1 1 *", clock=lambda: NOW + HOUR)
    for _ in range(2):
        deliverer.run_due_digests()
    assert store_with_hits.requested_digests() == {}
    assert [delivery.kind for delivery in store_with_hits.deliveries()] == ["digest"]
