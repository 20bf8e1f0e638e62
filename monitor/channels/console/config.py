"""The configuration of a channel of type `console`."""

from __future__ import annotations

from typing import Literal

from monitor.channels.interface import Channel, ChannelConfig, ChannelServices


class ConsoleConfig(ChannelConfig):
    """Standard output."""

    type: Literal["console"]
    """The kind of channel."""

    def build(self, name: str, services: ChannelServices) -> Channel:  # noqa: ARG002 - it needs none
        """Return the channel."""
        from monitor.channels.console.sender import ConsoleChannel

        return ConsoleChannel(name)
