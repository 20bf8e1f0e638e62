"""Channels send messages: one module for each kind, all with the same interface for the sender.

A channel takes a rendered message and returns the answer of the other side, or raises DeliveryError. It composes
nothing, retries nothing and stores nothing; the outbox does. UnclearError means that the connection broke after the
message had been sent and before it was acknowledged: the sender then repeats it, marked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, assert_never

from monitor.channels._errors import UnclearError, UnreachableError
from monitor.channels._pace import Pace
from monitor.core.messages.channel_configs import (
    AppriseChannel,
    ConsoleChannel,
    EmailChannel,
    FileChannel,
    SlackChannel,
    WebhookChannel,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    import httpx

    from monitor.channels.apprise import Proxy
    from monitor.core.messages.channel_configs import ChannelConfig
    from monitor.core.model import Delivery, Message

    Paces = dict[ChannelConfig, Pace]
    OpenProxy = Callable[[], AbstractAsyncContextManager[Proxy]]

__all__ = ["Channel", "UnclearError", "UnreachableError", "build"]


class Channel(Protocol):
    """What every channel can do."""

    name: str
    wants: frozenset[str]
    """What it needs of a message beside the text."""
    at_once: int
    """How many deliveries may be under way at the same time; 1 keeps the order of a message in parts."""

    reaches_people: bool
    """Whether someone is likely to see a message soon: notices of failures go there first."""

    def recipients(self) -> tuple[str, ...]:
        """Who gets a message: one delivery each."""
        ...

    async def send(self, message: Message, delivery: Delivery) -> str:
        """Send to one recipient and return the other side's answer, or raise DeliveryError.

        A call that never ends is the channel's to end, within a total deadline. When cancelled, a channel that knows
        how far the message got says so by a DeliveryError; CancelledError stands for "it may have arrived".
        """
        ...


def build(
    configs: Iterable[ChannelConfig],
    client: httpx.AsyncClient,
    open_proxy: OpenProxy,
    *,
    clock: Callable[[], datetime] | None = None,
) -> dict[str, Channel]:
    """Make every configured channel, by name.

    HTTP goes through `client`, that of apprise through a proxy which is opened for each message; both guard addresses.
    """
    paces: Paces = {}
    return {config.name: _channel(config, client, open_proxy, clock, paces) for config in configs}


def _channel(
    config: ChannelConfig,
    client: httpx.AsyncClient,
    open_proxy: OpenProxy,
    clock: Callable[[], datetime] | None,
    paces: Paces,
) -> Channel:
    # Each kind brings a library of its own, loaded when it is configured.
    match config:
        case FileChannel():
            from monitor.channels.file import File

            return File(config)
        case ConsoleChannel():
            from monitor.channels.console import Console

            return Console(config)
        case EmailChannel():
            from monitor.channels.email import Email

            return Email(config)
        case SlackChannel():
            from monitor.channels.slack import APART, Slack

            return Slack(config, client, paces.setdefault(replace(config, name=""), Pace(APART)))
        case WebhookChannel():
            from monitor.channels.webhook import Webhook

            return Webhook(config, client, clock)
        case AppriseChannel():
            from monitor.channels.apprise import Apprise

            return Apprise(config, open_proxy)
        case _:
            assert_never(config)
