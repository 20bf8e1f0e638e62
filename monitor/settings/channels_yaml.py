"""channels.yaml, key by key: where messages may go. The text under a key is what editors and docs/schema show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.config_types.addresses import Address, FeedUrl
from monitor.config_types.credentials import OptionalSecret, SecretUrl, ServiceUrl, Smtp
from monitor.config_types.section import ConfigSection
from monitor.config_types.values import LIST, FullLine, Line, Slug, refusal
from monitor.core.messages.channel_configs import (
    AppriseChannel,
    ConsoleChannel,
    EmailChannel,
    FileChannel,
    SlackChannel,
    WebhookChannel,
)

INCOMPLETE = "C020"


class FileSection(ConfigSection):
    """Messages become files in a folder: nothing leaves the machine."""

    type: Literal["file"]
    """The kind of channel."""
    dir: FullLine
    """The folder; it is made when it is not there. From the folder in which the command runs."""

    def to_config(self, name: str) -> FileChannel:
        """Return the configuration of the channel."""
        return FileChannel(name=name, dir=self.dir)


class ConsoleSection(ConfigSection):
    """Messages are printed to standard output."""

    type: Literal["console"]
    """The kind of channel."""

    def to_config(self, name: str) -> ConsoleChannel:
        """Return the configuration of the channel."""
        return ConsoleChannel(name=name)


class EmailSection(ConfigSection):
    """Mail over SMTP, one delivery for each recipient."""

    type: Literal["email"]
    """The kind of channel."""
    smtp: Smtp
    """`smtp://user:password@host:587` (STARTTLS) or `smtps://...` (TLS); plain text with `?starttls=off` only."""
    sender: Address = Field(alias="from")
    """The address that the mail comes from, with or without a name."""
    to: Annotated[tuple[Address, ...], LIST] = ()
    """Who gets it; every recipient sees these addresses."""
    bcc: Annotated[tuple[Address, ...], LIST] = ()
    """Who gets it too, unseen by the others."""

    @model_validator(mode="after")
    def _check_recipients(self) -> EmailSection:
        everybody = [address.casefold() for address in (*self.to, *self.bcc)]
        if not everybody:
            raise refusal(INCOMPLETE, "has no recipient; name one in to or in bcc")
        if len(set(everybody)) < len(everybody):
            raise refusal(INCOMPLETE, "names a recipient twice in to and bcc")
        return self

    def to_config(self, name: str) -> EmailChannel:
        """Return the configuration of the channel."""
        return EmailChannel(name=name, smtp=self.smtp, sender=self.sender, to=self.to, bcc=self.bcc)


class SlackSection(ConfigSection):
    """Slack: an incoming webhook, or a bot's token and a channel."""

    type: Literal["slack"]
    """The kind of channel."""
    webhook: SecretUrl | None = None
    """The address of an incoming webhook."""
    token: OptionalSecret = None
    """The token of a bot with the right chat:write; it needs `channel`."""
    channel: Line = ""
    """The channel that the bot writes to, for example `#ai-policy`."""
    api_url: FeedUrl = "https://slack.com/api/"
    """Where Slack's interface is; other than the default for GovSlack only."""

    @model_validator(mode="after")
    def _check_credentials(self) -> SlackSection:
        if bool(self.webhook) == bool(self.token):
            raise refusal(INCOMPLETE, "needs either webhook, or token and channel")
        if self.token and not self.channel:
            raise refusal(INCOMPLETE, "has a token but no channel; add channel: '#name'")
        return self

    def to_config(self, name: str) -> SlackChannel:
        """Return the configuration of the channel."""
        return SlackChannel(
            name=name, webhook=self.webhook, token=self.token, channel=self.channel, api_url=self.api_url
        )


class WebhookSection(ConfigSection):
    """JSON by POST to an address of yours."""

    type: Literal["webhook"]
    """The kind of channel."""
    url: SecretUrl
    """Where to post; it is kept secret, since such addresses often hold a key."""
    secret: OptionalSecret = None
    """The key of the HMAC-SHA256 signature. Without one, messages are not signed."""

    def to_config(self, name: str) -> WebhookChannel:
        """Return the configuration of the channel."""
        return WebhookChannel(name=name, url=self.url, secret=self.secret)


class AppriseSection(ConfigSection):
    """Any service that the Apprise library speaks HTTP to: Teams, Matrix, Telegram, ntfy and a hundred more."""

    type: Literal["apprise"]
    """The kind of channel."""
    url: ServiceUrl
    """The service's address as Apprise writes it; it is kept secret."""

    def to_config(self, name: str) -> AppriseChannel:
        """Return the configuration of the channel."""
        return AppriseChannel(name=name, url=self.url)


CHANNELS: dict[str, type[ConfigSection]] = {
    "file": FileSection,
    "console": ConsoleSection,
    "email": EmailSection,
    "slack": SlackSection,
    "webhook": WebhookSection,
    "apprise": AppriseSection,
}
ChannelSection = Annotated[
    FileSection | ConsoleSection | EmailSection | SlackSection | WebhookSection | AppriseSection,
    Field(discriminator="type"),
]


class ChannelsFile(ConfigSection):
    """channels.yaml: where messages may go."""

    channels: dict[Slug, ChannelSection] = Field(default_factory=dict)
    """The channels by name; digests, alerts and rules call them by it."""
