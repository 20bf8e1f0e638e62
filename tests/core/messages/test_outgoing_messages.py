"""Messages of the outbox: keys, formats, parts and notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sample_news import HITS, NOW, a_digest, evidence_of, hit

from monitor.core.digests.composing import with_announced_dates
from monitor.core.digests.digest import DigestWindow
from monitor.core.messages import (
    LATE_AFTER,
    REPEAT_NOTE,
    MessageTarget,
    RenderedDigest,
    digest_messages,
    message_key,
    plain_message,
    with_delivery_notes,
    with_repeat_note,
)
from monitor.core.messages.render import FORMATS, DigestFormat
from monitor.core.model import Delivery, DeliveryState, Opening

MAIL = MessageTarget(channel="mail", formats=frozenset({"html"}), recipients=("a@b.example", "c@d.example"))
SLACK = MessageTarget(channel="slack", formats=frozenset({"slack"}), recipients=("#ai",))
HOOK = MessageTarget(channel="hook", formats=frozenset({"json"}), recipients=("hook",))
CONSOLE = MessageTarget(channel="console", recipients=("console",))
DELIVERY = Delivery(
    id=12, message_key="digest/d/s/mail", kind="digest", channel="mail", recipient="a@b.example", subject="The brief",
    state=DeliveryState.SENDING, attempts=1, created_at=NOW, next_attempt_at=None, sent_at=None,
)  # fmt: skip


def test_a_key_names_kind_run_slot_and_channel_and_distinguishes_the_repeated_hour_of_autumn():
    assert message_key(a_digest(), "daily-brief", "mail") == "digest/daily-brief/2026-11-24T080000+0100/mail"
    first, second = (
        a_digest(window=DigestWindow(since=at, until=at, slot=at))
        for at in (NOW.replace(month=10, day=25, hour=hour, minute=30) for hour in (0, 1))
    )
    assert message_key(first, "d", "c") == "digest/d/2026-10-25T023000+0200/c"
    assert message_key(second, "d", "c") == "digest/d/2026-10-25T023000+0100/c"


def test_a_message_has_the_formats_that_its_channel_requests_and_no_others():
    rendering = RenderedDigest(a_digest())
    [mail], [slack, _], [hook], [console] = (digest_messages(rendering, to, "d") for to in (MAIL, SLACK, HOOK, CONSOLE))
    assert all(message.text == rendering["text"] for message in (mail, slack, hook, console))
    assert (bool(mail.html), bool(slack.html), bool(hook.html), bool(console.html)) == (True, False, False, False)
    assert mail.payload == console.payload == {}
    assert "blocks" in slack.payload
    assert hook.payload["id"] == "daily-brief"
    assert mail.recipients == ("a@b.example", "c@d.example")


def test_a_calendar_is_added_to_the_format_of_the_channel():
    opening = Opening(title="T", text="The authority will hold a hearing on 3 December.")
    target = MessageTarget(channel="files", formats=frozenset({"ics", "json"}), recipients=("files",))
    [message] = digest_messages(RenderedDigest(with_announced_dates(a_digest(), {4: opening})), target, "d")
    assert message.payload["id"] == "daily-brief"
    assert message.payload["ics"].startswith("BEGIN:VCALENDAR")


def test_a_long_digest_is_several_numbered_messages_on_slack():
    many = [hit(n, f"{n} {'long ' * 40}", "gazette", "chips", "r", evidence_of("An AI.", "AI")) for n in range(1, 61)]
    parts = digest_messages(RenderedDigest(a_digest(hits=many, stories=[])), SLACK, "d")
    assert len(parts) > 1
    assert [part.key.rsplit("/", 1)[1] for part in parts] == [str(number) for number in range(1, len(parts) + 1)]


@pytest.mark.parametrize("to", [MAIL, SLACK, HOOK])
def test_a_message_that_may_be_a_repeat_says_so_in_every_format(to):
    message, *_ = digest_messages(RenderedDigest(a_digest(hits=HITS[:2])), to, "d")
    assert with_repeat_note(message, DELIVERY) is message
    repeat = with_repeat_note(message, replace(DELIVERY, maybe_repeat=True))
    assert repeat.key == message.key
    assert repeat.text.startswith(f"[{REPEAT_NOTE}]")
    assert REPEAT_NOTE in str((repeat.html, repeat.payload)) or repeat.payload["maybe_repeat"] is True


def test_a_notice_has_the_format_of_its_channel():
    written = [plain_message("notice", "n", "Not\r\ndelivered", "Why.\n<b>", to) for to in (MAIL, SLACK, HOOK)]
    assert {message.subject for message in written} == {"Not delivered"}
    mail, slack, hook = written
    assert (mail.key, mail.payload) == ("notice/n/mail", {})
    assert [block["text"]["text"] for block in slack.payload["blocks"]] == ["*Not delivered*", "Why.", "&lt;b&gt;"]
    assert hook.payload == {"kind": "notice", "subject": "Not delivered", "text": "Why.\n<b>"}


@pytest.mark.parametrize("to", [MAIL, SLACK, HOOK])
def test_a_message_that_is_late_says_when_it_was_written(to):
    message, *_ = digest_messages(RenderedDigest(a_digest(hits=HITS[:2])), to, "d")
    late = replace(DELIVERY, maybe_repeat=True)
    assert with_delivery_notes(message, DELIVERY, DELIVERY.created_at + LATE_AFTER - timedelta(seconds=1)) is message
    shown = with_delivery_notes(message, late, DELIVERY.created_at + LATE_AFTER)
    assert "This message is late: it was written at " in shown.text
    assert REPEAT_NOTE in shown.text
    rest = str((shown.html, shown.payload))
    assert "is late" in rest or shown.payload["late"] is True
    assert REPEAT_NOTE in rest or shown.payload["maybe_repeat"] is True


def test_a_target_with_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown format markdown; there are text, html, slack, slack-webhook, json"):
        MessageTarget(channel="c", formats=frozenset({"markdown"}), recipients=("c",))


def test_a_registered_format_reaches_previews_and_messages(monkeypatch):
    titles = DigestFormat(
        name="titles",
        description="titles only",
        render=lambda digest: [story.title for story in digest.stories],
        to_text="\n".join,
        add_to=lambda message, rendered: (replace(message, payload={"titles": rendered}),),
    )
    monkeypatch.setitem(FORMATS, "titles", titles)
    digest = a_digest(hits=HITS[:1])
    [message] = digest_messages(
        RenderedDigest(digest), MessageTarget(channel="c", formats=frozenset({"titles"}), recipients=("c",)), "d"
    )
    assert message.payload == {"titles": ["Consultation opens on the code of practice for general-purpose AI"]}
    assert with_repeat_note(message, replace(DELIVERY, maybe_repeat=True)).payload["maybe_repeat"] is True
