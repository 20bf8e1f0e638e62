"""Messages: what is put into the outbox, whole, so that nothing is composed again when it is sent.

A message's key names kind, digest, slot and channel and never changes: Message-IDs and file names are made of it. The
surprise: one digest is several messages on Slack when one cannot hold it, each delivered and tried again by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from monitor.core.messages import render
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.core.digests import Digest
    from monitor.core.model import Delivery, Message

Want = Literal["html", "json", "slack"]
"""What a channel needs beside the plain text."""
REPEATED = "This may be a repeat: the connection broke when it was first sent, and nobody said whether it arrived."

LATE = timedelta(hours=1)
"""After which a digest or an alert says that it is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A channel as far as a message must know it."""

    channel: str
    wants: frozenset[Want] = frozenset()
    recipients: tuple[str, ...]
    """One delivery each."""


class Rendering:
    """A digest in every format, each rendered once, when it is first wanted."""

    def __init__(self, digest: Digest) -> None:
        self.digest = digest

    @cached_property
    def text(self) -> str:
        """As plain text."""
        return render.text(self.digest)

    @cached_property
    def html(self) -> str:
        """As an HTML page."""
        return render.html(self.digest)

    @cached_property
    def slack(self) -> tuple[dict[str, Any], ...]:
        """As the bodies of Slack messages."""
        return render.slack(self.digest)

    @cached_property
    def json(self) -> dict[str, Any]:
        """As JSON values."""
        return render.json(self.digest)


def key(digest: Digest, name: str, channel: str) -> str:
    """Name the message of a digest's run, at its slot as the wall clock shows it, on a channel."""
    slot = digest.window.slot.astimezone(ZoneInfo(digest.timezone))
    return f"{digest.kind}/{name}/{slot:%Y-%m-%dT%H%M%S%z}/{channel}"


def of_digest(rendering: Rendering, target: Target, name: str) -> tuple[Message, ...]:
    """Make the message or messages of a digest for one channel; `name` is that of the run."""
    from monitor.core.model import Message

    digest = rendering.digest
    message = Message(
        key=key(digest, name, target.channel),
        kind=digest.kind,
        channel=target.channel,
        subject=render.subject(digest),
        text=rendering.text,
        html=rendering.html if "html" in target.wants else "",
        payload=rendering.json if "json" in target.wants else {},
        recipients=target.recipients,
    )
    if "slack" not in target.wants:
        return (message,)
    return _numbered(message, rendering.slack)


def _numbered(message: Message, bodies: Sequence[dict[str, Any]]) -> tuple[Message, ...]:
    if len(bodies) == 1:
        return (replace(message, payload=bodies[0]),)
    return tuple(replace(message, key=f"{message.key}/{number}", payload=body) for number, body in enumerate(bodies, 1))


def plain(kind: Literal["notice", "test"], name: str, subject: str, text: str, target: Target) -> Message:
    """Make a message of a few lines that is no digest: a notice about a failure, or a test."""
    from monitor.core.model import Message

    subject = clean_line(subject, limit=160)
    payload: dict[str, Any] = {}
    if "slack" in target.wants:
        payload = render.slack_body(subject, text.splitlines())
    elif "json" in target.wants:
        payload = {"kind": kind, "subject": subject, "text": text}
    return Message(
        key=f"{kind}/{name}/{target.channel}",
        kind=kind,
        channel=target.channel,
        subject=subject,
        text=text,
        payload=payload,
        recipients=target.recipients,
    )


def marked(message: Message, delivery: Delivery, now: datetime) -> Message:
    """Say in every form of a message that it is late or may be a repeat, where that is so."""
    is_late = message.kind in {"digest", "alert"} and now - delivery.created_at >= LATE
    return mark_repeat(mark_late(message, delivery) if is_late else message, delivery)


def mark_late(message: Message, delivery: Delivery) -> Message:
    """Say in every form of a message when it was written."""
    written = f"{delivery.created_at:%Y-%m-%d %H:%M} UTC"
    note = f"This message is late: it was written at {written} and could not be sent then."
    return _noted(message, note, "late")


def mark_repeat(message: Message, delivery: Delivery) -> Message:
    """Say in every form of a message that it may be a repeat, when it may be."""
    return _noted(message, REPEATED, "maybe_repeat") if delivery.maybe_repeat else message


def _noted(message: Message, note: str, flag: str) -> Message:
    paragraph = f'<p style="margin:0 0 14px;color:#8a5a00">{note}</p>'
    return replace(
        message,
        text=f"[{note}]\n\n{message.text}",
        html=message.html.replace(render.REPEAT, paragraph + render.REPEAT, 1),
        payload=_noted_payload(message.payload, note, flag),
    )


def _noted_payload(payload: Any, note: str, flag: str) -> dict[str, Any]:  # noqa: ANN401 - JSON of two shapes
    if not payload:
        return {}
    if "blocks" not in payload:
        return {**payload, flag: True}
    block = {"type": "context", "elements": [{"type": "plain_text", "text": note}]}
    return {**payload, "blocks": [block, *payload["blocks"]], "fallback": f"{note}\n\n{payload['fallback']}"}


def notice_again(notice: Message) -> tuple[str, str, str]:
    """Give name, subject and text of a notice that has to go elsewhere."""
    name = notice.key.removeprefix("notice/").removesuffix(f"/{notice.channel}")
    return name, notice.subject, notice.text
