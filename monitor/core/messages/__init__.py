"""Messages of the outbox: digests, alerts, notices and tests, rendered completely before they are stored.

A message's key names its kind, run, slot and channel and never changes, since Message-IDs and file names are derived
from it. A digest that exceeds the limits of a format becomes several messages, each delivered and retried on its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from monitor.core.digests.digest import Digest
from monitor.core.messages import render
from monitor.core.model import Delivery, Message
from monitor.core.text import clean_line

REPEAT_NOTE = "This may be a repeat: the connection broke during the first attempt, and no confirmation was received."

LATE_AFTER = timedelta(hours=1)
"""The delay after which a digest or an alert says that it is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTarget:
    """What rendering a message needs to know about its channel."""

    channel: str
    formats: frozenset[str] = frozenset()
    """Names in `render.FORMATS` beside "text", which every message has; ValueError for any other name."""
    recipients: tuple[str, ...]
    """The recipients; each gets a delivery of its own."""

    def __post_init__(self) -> None:
        """Refuse unknown formats."""
        if unknown := self.formats - render.FORMATS.keys():
            raise ValueError(f"unknown format {min(unknown)}; there are {', '.join(render.FORMATS)}")


class RenderedDigest:
    """A digest in every format, each rendered once, on first use."""

    def __init__(self, digest: Digest) -> None:
        self.digest = digest
        self._rendered: dict[str, Any] = {}

    def __getitem__(self, format_name: str) -> Any:  # noqa: ANN401 - what the renderer of the format returns
        """Return the digest in a format of `render.FORMATS`."""
        if format_name not in self._rendered:
            self._rendered[format_name] = render.FORMATS[format_name].render(self.digest)
        return self._rendered[format_name]


def message_key(digest: Digest, name: str, channel: str) -> str:
    """Return the key of a digest's message; the slot is written as local time with its offset from UTC."""
    slot = digest.window.slot.astimezone(ZoneInfo(digest.timezone))
    return f"{digest.kind}/{name}/{slot:%Y-%m-%dT%H%M%S%z}/{channel}"


def digest_messages(rendered: RenderedDigest, target: MessageTarget, name: str) -> tuple[Message, ...]:
    """Make the messages of a digest for one channel; `name` is that of the run."""
    digest = rendered.digest
    empty = Message(
        key=message_key(digest, name, target.channel),
        kind=digest.kind,
        channel=target.channel,
        subject=render.subject(digest),
        text="",
        recipients=target.recipients,
        digest_id=name if digest.kind == "digest" else "",
    )
    messages: tuple[Message, ...] = (empty,)
    for each in render.FORMATS.values():
        if each.name == "text" or each.name in target.formats:
            messages = tuple(part for message in messages for part in each.add_to(message, rendered[each.name]))
    return messages


def plain_message(
    kind: Literal["notice", "test"], name: str, subject: str, text: str, target: MessageTarget
) -> Message:
    """Make a message of a few plain lines: a notice to the operator, or a test."""
    message = Message(
        key=f"{kind}/{name}/{target.channel}",
        kind=kind,
        channel=target.channel,
        subject=clean_line(subject, limit=160),
        text=text,
        recipients=target.recipients,
    )
    for each in render.FORMATS.values():
        if each.name in target.formats and each.notice_payload:
            message = replace(message, payload=each.notice_payload(message))
    return message


def with_delivery_notes(message: Message, delivery: Delivery, now: datetime) -> Message:
    """Add notes to every format of a message that is late or may be a repeat."""
    is_late = message.kind in {"digest", "alert"} and now - delivery.created_at >= LATE_AFTER
    if is_late:
        written = f"{delivery.created_at:%Y-%m-%d %H:%M} UTC"
        message = _with_note(
            message, f"This message is late: it was written at {written} and is sent only now.", "late"
        )
    return with_repeat_note(message, delivery)


def with_repeat_note(message: Message, delivery: Delivery) -> Message:
    """Add REPEAT_NOTE to every format of a message if the delivery may be a repeat."""
    return _with_note(message, REPEAT_NOTE, "maybe_repeat") if delivery.maybe_repeat else message


def _with_note(message: Message, note: str, flag: str) -> Message:
    """Add a note to text, HTML and Slack blocks; any other payload gets `flag` instead."""
    payload = message.payload
    if "blocks" in payload:
        payload = render.with_slack_note(dict(payload), note)
    elif payload:
        payload = {**payload, flag: True}
    return replace(
        message,
        text=f"[{note}]\n\n{message.text}",
        html=render.with_html_note(message.html, note),
        payload=payload,
    )


def notice_content(notice: Message) -> tuple[str, str, str]:
    """Return name, subject and text of a notice, to send it through another channel."""
    name = notice.key.removeprefix("notice/").removesuffix(f"/{notice.channel}")
    return name, notice.subject, notice.text
