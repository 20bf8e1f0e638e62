"""The configuration of a channel of type `slack`."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from monitor.channels.interface import Channel, ChannelConfig, ChannelServices, Endpoint
from monitor.config_types.addresses import FeedUrl
from monitor.config_types.credentials import OptionalSecret, SecretUrl
from monitor.config_types.values import INCOMPLETE, Line, invalid

MESSAGE_GAP_SECONDS = 1.0
"""Seconds between two posts (https://docs.slack.dev/apis/web-api/rate-limits)."""


class SlackConfig(ChannelConfig):
    """Slack: an incoming webhook, or a bot token and a channel."""

    type: Literal["slack"]
    """The kind of channel."""
    webhook: SecretUrl | None = None
    """The address of an incoming webhook; it belongs to one channel."""
    token: OptionalSecret = None
    """A bot token (`xoxb-...`) with the scope `chat:write`; the bot must be in the channel."""
    channel: Line = ""
    """The channel of the bot: `#ai-policy`, in quotes because of the `#`."""
    api_url: FeedUrl = "https://slack.com/api/"
    """The address of the API; different for GovSlack only."""

    @model_validator(mode="after")
    def _check_credentials(self) -> SlackConfig:
        if bool(self.webhook) == bool(self.token):
            raise invalid(INCOMPLETE, "needs either webhook, or token and channel")
        if self.token and not self.channel:
            raise invalid(INCOMPLETE, "has a token but no channel; add channel: '#name'")
        return self

    def build(self, name: str, services: ChannelServices) -> Channel:
        """Return the channel; channels of the same webhook or bot share the rate limit."""
        from monitor.channels.slack.sender import SlackChannel

        return SlackChannel(name, self, services.client, services.rate_limit(self, MESSAGE_GAP_SECONDS))

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return the server of the webhook or of the API."""
        return (Endpoint.of_url(self.webhook.reveal() if self.webhook else self.api_url),)
