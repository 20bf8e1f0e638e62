"""Send one test message to a channel, without the outbox, and report the answer for each recipient.

Stores nothing and does not retry.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from monitor.app import utc_now
from monitor.channels import Channel
from monitor.core import messages
from monitor.core.errors import DeliveryError
from monitor.core.model import Delivery, DeliveryState, Message
from monitor.pipeline.resources import open_channel_builder
from monitor.settings import Settings


async def send_test_message(settings: Settings, name: str) -> list[tuple[str, str | DeliveryError]]:
    """Send a test message to every recipient of the channel `name`; return each with the answer or the error."""
    now = utc_now()
    async with open_channel_builder(settings.monitor) as build:
        channel = build({name: settings.channels[name]})[name]
        text = f"This is a test of the channel {name}, sent at {now:%Y-%m-%d %H:%M:%S} UTC. Digests will arrive here."
        key = f"{now:%Y-%m-%dT%H%M%SZ}"
        message = messages.plain_message("test", key, f"Test of {name}", text, channel.target())
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
        # A channel that is cancelled raises DeliveryError to report how far the message got; cancel this task anyway.
        if (task := asyncio.current_task()) and task.cancelling():
            raise asyncio.CancelledError from error
        return error
