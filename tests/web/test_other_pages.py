"""Feeds, rules, digests and the outbox."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_polls import DAY, NOW, a_message, a_poll

from monitor.core.model import Failed, FeedId, FeedState, Health


def test_feeds_in_trouble_come_first_with_the_reason(visitor, filled):
    state = FeedState(feed_id=FeedId("herald"), health=Health.FAILING, reason="http: 404 <gone>", failures=2.0)
    filled.record(replace(a_poll(feed="herald", outcome=Failed(reason="http: 404", severity="hard")), state=state))
    page = visitor.get("/feeds").text
    assert page.index("The Herald") < page.index("The Gazette")
    assert "http: 404 &lt;gone&gt;" in page
    assert "1 failing · 1 ok" in page
    front = visitor.get("/").text
    assert "<b>1</b> of 2 feeds heard" in front
    assert "1 failing" in front


def test_rules_show_how_much_they_find(visitor):
    page = visitor.get("/rules").text
    assert "Inquiries by regulators" in page
    assert 'href="/hits?rule=inquiries&amp;since=7d">1</a>' in page


def test_a_rule_is_shown_as_its_file_says_it(visitor):
    page = visitor.get("/rules/fines").text
    assert "What it costs." in page
    assert "<pre>id: fines\ntitle: Fines\n" in page
    assert "any: [fine]" in page
    assert "inquiries" not in page
    assert 'href="https://law.example/act"' in page
    assert 'href="javascript' not in page


def test_a_rule_that_is_not_there_is_guessed_at(visitor):
    answer = visitor.get("/rules/fine")
    assert answer.status_code == 404
    assert "did you mean “fines”?" in answer.text
    assert visitor.get("/rules/..%2f..%2fetc").status_code == 404


def test_a_rule_whose_file_was_changed_is_not_quoted_wrongly(visitor, tmp_path):
    (tmp_path / "config" / "rules" / "one.yaml").write_text("version: 1\n" * 40)
    assert "The file was changed since it was read" in visitor.get("/rules/fines").text


def test_digests_tell_when_they_come_and_what_became_of_the_last_one(visitor, filled):
    filled.record_run("daily", NOW, since=NOW - DAY, until=NOW, hit_ids=[1], messages=[a_message()], now=NOW)
    page = visitor.get("/digests").text
    assert "25 Nov, 08:00" in page
    assert "24 Nov, 08:00" in page
    assert "Messages" in visitor.get("/digests/daily").text
    assert visitor.get("/digests/dayly").status_code == 404


def test_a_preview_is_the_mail_shut_into_a_frame_and_changes_nothing(visitor, filled):
    page = visitor.get("/digests/daily").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    mail = visitor.get("/digests/daily/mail")
    assert "Title of one" in mail.text
    policy = mail.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "; sandbox allow-popups" in policy
    assert "frame-ancestors 'self'" in policy
    assert mail.headers["x-frame-options"] == "SAMEORIGIN"
    assert filled.runs("daily") == []
    assert filled.deliveries() == []


@pytest.mark.parametrize("since", ["x", "15d"])
def test_a_preview_of_a_time_that_cannot_be_is_refused(visitor, since):
    assert visitor.get(f"/digests/daily/mail?since={since}").status_code == 400


def test_what_failed_to_arrive_says_why(visitor, filled):
    filled.enqueue(a_message(subject="<b>Three</b>", recipients=("a@example.org",)), NOW)
    ((delivery, _),) = filled.claim_deliveries(NOW)
    filled.give_up(delivery.id, NOW, "550 no such <user>")
    for path in ("/deliveries", "/deliveries?failed=1"):
        page = visitor.get(path).text
        assert "&lt;b&gt;Three&lt;/b&gt;" in page
        assert "550 no such &lt;user&gt;" in page
        assert ">dead</span>" in page
    assert "<b>1</b> delivery failed" in visitor.get("/").text


def test_a_paused_channel_is_shown_with_what_waits_for_it(visitor, filled):
    for number in range(3):
        filled.enqueue(a_message(f"key {number}", recipients=("a@example.org",)), NOW)
    for delivery, _ in filled.claim_deliveries(NOW):
        filled.give_up(delivery.id, NOW, "http 410: <gone>")
    for path in ("/", "/deliveries", "/deliveries?failed=1"):
        assert "channel outbox is paused" in (page := visitor.get(path).text)
        assert "http 410: &lt;gone&gt;; 3 deliveries wait" in page
    assert [row["channel_paused"] for row in visitor.get("/api/v1/deliveries").json()] == [True] * 3


def test_nothing_failed_is_said_too(visitor):
    assert "Nothing failed." in visitor.get("/deliveries?failed=1").text
