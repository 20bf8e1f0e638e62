"""One test message to a channel, past the outbox: what the other side answers, recipient by recipient."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from monitor.core import messages
from monitor.core.errors import DeliveryError
from monitor.core.messages import Target
from monitor.core.model import Delivery, DeliveryState

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.channels import Channel
    from monitor.core.model import Message


async def send(channel: Channel, now: datetime) -> list[tuple[str, str | DeliveryError]]:
    """Send it to every recipient, and return each with the answer, or with why it was refused."""
    target = Target(channel=channel.name, wants=channel.wants, recipients=channel.recipients())
    text = (
        f"This is a test of the channel {channel.name}, sent at {now:%Y-%m-%d %H:%M:%S} UTC. Digests will arrive here."
    )
    message = messages.plain("test", f"{now:%Y-%m-%dT%H%M%SZ}", f"Test of {channel.name}", text, target)
    return [(recipient, await _send_one(channel, message, recipient, now)) for recipient in message.recipients]


async def _send_one(channel: Channel, message: Message, recipient: str, now: datetime) -> str | DeliveryError:
    delivery = Delivery(
        id=0,
        message_key=message.key,
        kind=message.kind,
        channel=message.channel,
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
        # A channel that is cancelled says by a DeliveryError how far the message got; the cancellation still holds.
        if (task := asyncio.current_task()) and task.cancelling():
            raise asyncio.CancelledError from error
        return error
