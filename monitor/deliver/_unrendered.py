"""Messages that could not be rendered: stored with the digest that they contain, and rendered when they are sent.

A bug in a renderer leaves no reader without a message in silence: the delivery fails with the reason, is reported as
any other, and a version of the program without the bug sends it when it is retried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from pydantic import TypeAdapter

from monitor.core import messages
from monitor.core.digests import digest as digest_module
from monitor.core.digests.announced_events import CalendarEvent
from monitor.core.digests.digest import Digest
from monitor.core.digests.web_links import WebLinks
from monitor.core.messages import MessageTarget, RenderedDigest
from monitor.core.model import Message

NOT_RENDERED = "could not be rendered: {error}"
"""Why the delivery of such a message fails; `error` is the class of an exception, whose text may hold secrets."""
_KEY = "unrendered"
"""Names the digest, the run and the channel in the payload of such a message."""


@cache
def _digests() -> TypeAdapter[Digest]:
    adapter = TypeAdapter(Digest)
    names = {**vars(digest_module), "CalendarEvent": CalendarEvent, "WebLinks": WebLinks}
    adapter.rebuild(_types_namespace=names)
    return adapter


def unrendered_message(digest: Digest, channel: str, recipients: Sequence[str], name: str, error: Exception) -> Message:
    """Make the message of a digest that could not be rendered for a channel; `name` is that of the run."""
    stored = _digests().dump_python(replace(digest, links=None), mode="json", warnings=False)
    return Message(
        key=messages.message_key(digest, name, channel),
        kind=digest.kind,
        channel=channel,
        subject=digest.headline or digest.title,
        text=f"This message {NOT_RENDERED.format(error=type(error).__name__)}. It is rendered when it is sent.",
        payload={_KEY: {"digest": stored, "name": name, "channel": channel}},
        recipients=tuple(recipients),
        digest_id=name if digest.kind == "digest" else "",
    )


def is_unrendered(message: Message) -> bool:
    """Return True if the message is rendered only when it is sent."""
    return _KEY in message.payload


def render_stored(message: Message, target: MessageTarget, links: WebLinks | None) -> tuple[Message, ...]:
    """Render the messages in whose place one was stored; any exception says that it cannot be done.

    Their keys are those that they would have had, also if another channel sends them now.
    """
    stored = message.payload[_KEY]
    digest = replace(_digests().validate_python(stored["digest"]), links=links)
    target = replace(target, channel=stored["channel"], recipients=message.recipients)
    rendered = messages.digest_messages(RenderedDigest(digest), target, stored["name"])
    return tuple(replace(each, channel=message.channel) for each in rendered)
