"""The configuration of a channel of type `webhook`."""

from __future__ import annotations

from typing import Literal

from monitor.channels.interface import Channel, ChannelConfig, ChannelServices, Endpoint
from monitor.config_types.credentials import OptionalSecret, UnwarnedSecretUrl


class WebhookConfig(ChannelConfig):
    """JSON by HTTP POST to an address of yours."""

    type: Literal["webhook"]
    """The kind of channel."""
    url: UnwarnedSecretUrl
    """The address. It is treated as a secret, because such addresses often contain a key."""
    secret: OptionalSecret = None
    """The key of the HMAC-SHA256 signature. Without one, messages are not signed."""

    def build(self, name: str, services: ChannelServices) -> Channel:
        """Return the channel."""
        from monitor.channels.webhook.sender import WebhookChannel

        return WebhookChannel(name, self, services.client, services.clock)

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return the server of the address."""
        return (Endpoint.of_url(self.url.reveal()),)
