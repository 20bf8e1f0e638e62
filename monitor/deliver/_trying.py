"""`channels test`: one message to every recipient of a channel, past the outbox, with what the other side said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core import messages
from monitor.core.errors import DeliveryError
from monitor.core.model import Delivery, DeliveryState
from monitor.deliver._sending import target

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.channels import Channel
    from monitor.core.model import Message

SUBJECT = "Test of policy-monitor"


async def try_out(channel: Channel, now: datetime) -> list[tuple[str, str | DeliveryError]]:
    """Send a test to each recipient; the answer, or why it was refused."""
    text = (
        f"This is a test of the channel {channel.name}, sent on {now:%Y-%m-%d at %H:%M} UTC.\n"
        "Digests and alerts that name this channel arrive here.\n"
    )
    name = f"{now:%Y-%m-%dT%H%M%S%z}"
    message = messages.plain("test", name, SUBJECT, text, target(channel))
    return [(recipient, await _tried(channel, message, recipient, now)) for recipient in message.recipients]


async def _tried(channel: Channel, message: Message, recipient: str, now: datetime) -> str | DeliveryError:
    delivery = Delivery(
        id=0,
        message_key=message.key,
        kind=message.kind,
        channel=channel.name,
        recipient=recipient,
        subject=message.subject,
        state=DeliveryState.SENDING,
        attempts=1,
        created_at=now,
        next_attempt_at=None,
        sent_at=None,
    )
    try:
        return await channel.send(message, delivery)
    except DeliveryError as error:
        return error
