"""The registry of digest formats.

To add a format, write a renderer and add a `DigestFormat` to FORMATS. Previews, the choices of `monitor digest preview
--format`, and the formats that a channel may request are derived from it.
"""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from monitor.core.digests.digest import Digest
from monitor.core.messages.render._html import html
from monitor.core.messages.render._ics import ics
from monitor.core.messages.render._json import json
from monitor.core.messages.render._slack import slack, slack_webhook
from monitor.core.messages.render._slack_blocks import slack_body
from monitor.core.messages.render._text import text
from monitor.core.model import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFormat:
    """One format in which a digest is shown and sent. `Any` is whatever its renderer returns."""

    name: str
    description: str
    """The text of the documentation, a phrase without a full stop."""
    render: Callable[[Digest], Any]
    add_to: Callable[[Message, Any], Sequence[Message]]
    """Add what `render` returned to a message; returns several messages if the format splits a digest."""
    to_text: Callable[[Any], str] = str
    """Convert what `render` returned to the text of a preview."""
    notice_payload: Callable[[Message], dict[str, Any]] | None = None
    """Make the payload of a notice or a test message, which consist of plain lines; None if the text is enough."""


def _as_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json_module.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _number_parts(message: Message, bodies: Sequence[dict[str, Any]]) -> tuple[Message, ...]:
    """Make a message per body; if there are several, their keys end with /1, /2 and so on, or with their story.

    A numbered message is not sent before the message with the key `after`. Stories of an alert stand alone.
    """
    if len(bodies) == 1 and "story_id" not in bodies[0]:
        return (replace(message, payload=bodies[0]),)
    keys = (f"s{body['story_id']}" if "story_id" in body else str(number) for number, body in enumerate(bodies, 1))
    parts = [replace(message, key=f"{message.key}/{key}", payload=body) for key, body in zip(keys, bodies, strict=True)]
    if message.kind == "alert":
        return tuple(parts)
    return (parts[0], *(_with_payload(each, after=before.key) for before, each in pairwise(parts)))


def _thread_parts(message: Message, bodies: Sequence[dict[str, Any]]) -> tuple[Message, ...]:
    """Make a message per body; those after the first belong into its thread, except of an alert."""
    first, *others = _number_parts(message, bodies)
    if message.kind == "alert":
        return (first, *others)
    return (first, *(_with_payload(each, thread_of=first.key) for each in others))


def _with_payload(message: Message, **added: str) -> Message:
    return replace(message, payload={**message.payload, **added})


def _add_calendar(message: Message, calendar: str) -> tuple[Message, ...]:
    return (_with_payload(message, ics=calendar) if calendar else message,)


def _slack_notice(message: Message) -> dict[str, Any]:
    return slack_body(message.subject, message.text.splitlines())


_ALL = (
    DigestFormat(
        name="text",
        description="plain text in 78 columns, part of every message",
        render=text,
        add_to=lambda message, rendered: (replace(message, text=rendered),),
    ),
    DigestFormat(
        name="html",
        description="an HTML mail",
        render=html,
        add_to=lambda message, rendered: (replace(message, html=rendered),),
    ),
    DigestFormat(
        name="slack",
        description="the bodies of Slack messages, in Block Kit: top stories and counts, and the rest for their thread",
        render=slack,
        to_text=_as_json,
        add_to=_thread_parts,
        notice_payload=_slack_notice,
    ),
    DigestFormat(
        name="slack-webhook",
        description="the same for webhooks, which know no threads: one message with a link, or numbered messages",
        render=slack_webhook,
        to_text=_as_json,
        add_to=_number_parts,
        notice_payload=_slack_notice,
    ),
    DigestFormat(
        name="json",
        description="JSON, as webhooks receive it",
        render=json,
        to_text=_as_json,
        add_to=lambda message, rendered: (replace(message, payload=rendered),),
        notice_payload=lambda message: {"kind": message.kind, "subject": message.subject, "text": message.text},
    ),
    DigestFormat(
        name="ics",
        description="the calendar file of mails and files with `attachments: [ics]`",
        render=ics,
        add_to=_add_calendar,
    ),
)
FORMATS = {each.name: each for each in _ALL}
"""The formats by name. A message that requests several with a payload gets that of the last one, and the calendar."""
