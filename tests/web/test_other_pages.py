"""Feeds, rules, digests and the outbox."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from sample_polls import DAY, NOW, a_message, a_poll
from web_clients import load_config, running_server

from monitor import settings
from monitor.core.model import Failed, FeedId, FeedState, Health


def test_unhealthy_feeds_come_first_with_the_reason(client, store_with_hits):
    state = FeedState(
        feed_id=FeedId("herald"), health=Health.FAILING, reason="http: 404 <gone>; `h3 > a`", failures=2.0
    )
    poll = a_poll(feed="herald", outcome=Failed(reason="http: 404", severity="hard"))
    store_with_hits.record(replace(poll, state=state))
    page = client.get("/feeds").text
    assert page.index("The Herald") < page.index("The Gazette")
    assert "http: 404 &lt;gone&gt;; <code>h3 &gt; a</code>" in page
    assert "1 failing · 1 ok" in page
    front = client.get("/").text
    assert "<b>1</b> of 2 feeds healthy" in front
    assert "1 failing" in front


def test_rules_show_their_number_of_hits(client):
    page = client.get("/rules").text
    assert "Inquiries by regulators" in page
    assert 'href="/hits?rule=inquiries&amp;since=7d">1</a>' in page


def test_a_rule_shows_its_yaml(client):
    page = client.get("/rules/fines").text
    assert "What it costs." in page
    assert "<pre>id: fines\ntitle: Fines\n" in page
    assert "any: [fine]" in page
    assert "inquiries" not in page
    assert 'href="https://law.example/act"' in page
    assert 'href="javascript' not in page


def test_a_rule_shows_the_path_of_its_file_below_the_rules_folder(store_with_hits, tmp_path):
    config = load_config(tmp_path / "config", store_with_hits._address)
    rules = config.folder / "rules"
    (rules / "eu").mkdir()
    (rules / "one.yaml").rename(rules / "eu" / "one.yaml")
    with running_server(settings.load(config.folder, {})) as client:
        assert re.search(r"Source <span[^>]*>eu/one.yaml, line \d+<", client.get("/rules/fines").text)


def test_a_rule_shows_its_condition_as_blocks_with_terms(client):
    page = client.get("/rules/fines").text
    assert '<p><b>any</b> <span class="chip"><bdi>fine</bdi></span>' in page


def test_an_unknown_rule_is_404_with_a_suggestion(client):
    response = client.get("/rules/fine")
    assert response.status_code == 404
    assert "did you mean “fines”?" in response.text
    assert client.get("/rules/..%2f..%2fetc").status_code == 404


def test_the_yaml_of_a_rule_is_the_one_in_force_when_its_file_has_changed(client, tmp_path):
    (tmp_path / "config" / "rules" / "one.yaml").write_text("version: 1\n" * 40)
    assert "any: [fine]" in client.get("/rules/fines").text


def test_digests_show_their_next_and_last_run(client, store_with_hits):
    store_with_hits.record_run("daily", NOW, since=NOW - DAY, until=NOW, hit_ids=[1], messages=[a_message()], now=NOW)
    page = client.get("/digests").text
    assert "25 Nov, 08:00" in page
    assert "24 Nov, 08:00" in page
    assert "Messages" in client.get("/digests/daily").text
    assert client.get("/digests/dayly").status_code == 404


def test_a_digest_lists_no_run_for_the_time_before_it_was_configured(client, store_with_hits):
    store_with_hits.record_run("daily", NOW, since=NOW, until=NOW, hit_ids=(), messages=(), now=NOW)
    assert ">never<" in client.get("/digests").text
    assert "No runs yet. The first is due 25 Nov, 08:00." in client.get("/digests/daily").text
    assert client.get("/api/v1/digests/runs?id=daily").json() == []
    assert client.get("/api/v1/digests/runs").json() == {"error": "Parameter 'id' is missing: the id of a digest"}


def test_a_digest_for_an_address_with_a_slash_has_its_pages(tmp_path, store_with_hits):
    loaded = load_config(tmp_path / "config", store_with_hits._address)
    of_reader = replace(loaded.digests[0], id="daily:a/b@example.org")
    with running_server(replace(loaded, digests=(of_reader,))) as client:
        links = re.findall(r'href="(/digests/[^"]+)"', client.get("/digests").text)
        assert [client.get(html.unescape(link)).status_code for link in links] == [200] * len(links)
        assert client.get(f"{html.unescape(links[0])}/mail").status_code == 200


def test_a_preview_is_the_mail_in_a_sandboxed_frame_and_changes_nothing(client, store_with_hits):
    page = client.get("/digests/daily").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    mail = client.get("/digests/daily/mail")
    assert "Title of one" in mail.text
    policy = mail.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "; sandbox allow-popups" in policy
    assert "frame-ancestors 'self'" in policy
    assert mail.headers["x-frame-options"] == "SAMEORIGIN"
    assert store_with_hits.runs("daily") == []
    assert store_with_hits.deliveries() == []


@pytest.mark.parametrize("since", ["x", "15d"])
def test_a_preview_of_an_invalid_period_is_refused(client, since):
    assert client.get(f"/digests/daily/mail?since={since}").status_code == 400


def test_a_failed_delivery_shows_the_reason(client, store_with_hits):
    store_with_hits.enqueue(a_message(subject="<b>Three</b>", recipients=("a@example.org",)), NOW)
    ((delivery, _),) = store_with_hits.claim_deliveries(NOW)
    store_with_hits.give_up(delivery.id, NOW, "550 no such <user>")
    for path in ("/deliveries", "/deliveries?failed=1"):
        page = client.get(path).text
        assert "&lt;b&gt;Three&lt;/b&gt;" in page
        assert "550 no such &lt;user&gt;" in page
        assert ">failed</span>" in page
        assert f"delivery {delivery.id}<" in page  # what `monitor deliveries --retry` takes
    assert "<b>1</b> delivery failed for good" in client.get("/").text


def test_a_paused_channel_is_shown_with_the_number_of_waiting_deliveries(client, store_with_hits):
    for number in range(3):
        store_with_hits.enqueue(a_message(f"key {number}", recipients=("a@example.org",)), NOW)
    for delivery, _ in store_with_hits.claim_deliveries(NOW):
        store_with_hits.give_up(delivery.id, NOW, "http 410: <gone>")
    for path in ("/", "/deliveries", "/deliveries?failed=1"):
        assert "channel outbox is paused" in (page := client.get(path).text)
        assert "http 410: &lt;gone&gt;; 3 deliveries wait" in page
    assert [row["channel_paused"] for row in client.get("/api/v1/deliveries").json()] == [True] * 3


def test_the_outbox_says_when_nothing_failed(client):
    assert "No delivery has failed." in client.get("/deliveries?failed=1").text
