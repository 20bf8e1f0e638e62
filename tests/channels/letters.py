"""Messages and deliveries to hand to a channel."""

from __future__ import annotations

from dataclasses import replace

from sample_news import NOW, a_digest

from monitor.core.messages import MessageTarget, RenderedDigest, digest_messages
from monitor.core.model import Delivery, DeliveryState


def a_letter(channel="mail", formats=("html",), recipients=("team@example.org",), **digest):
    """The morning's digest as the message for one channel."""
    target = MessageTarget(channel=channel, formats=frozenset(formats), recipients=tuple(recipients))
    return digest_messages(RenderedDigest(a_digest(**digest)), target, "daily-brief")[0]


def a_delivery(message, recipient="", **changes):
    """One recipient's delivery of a message, on its first attempt."""
    delivery = Delivery(
        id=7,
        message_key=message.key,
        kind=message.kind,
        channel=message.channel,
        recipient=recipient or message.recipients[0],
        subject=message.subject,
        state=DeliveryState.SENDING,
        attempts=1,
        created_at=NOW,
        next_attempt_at=NOW,
        sent_at=None,
    )
    return replace(delivery, **changes)
