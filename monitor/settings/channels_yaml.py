"""channels.yaml, key by key: where messages may go. The text under a key is what editors and docs/schema show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.settings.addresses import Address, FeedUrl
from monitor.settings.credentials import OptionalSecret, SecretUrl, ServiceUrl, Smtp
from monitor.settings.part import Part
from monitor.settings.values import LIST, FullLine, Line, Slug, refusal

INCOMPLETE = "C020"


class FilePart(Part):
    """Messages become files in a folder: nothing leaves the machine."""

    type: Literal["file"]
    """The kind of channel."""
    dir: FullLine
    """The folder; it is made when it is not there. From the folder in which the command runs."""


class ConsolePart(Part):
    """Messages are printed to standard output."""

    type: Literal["console"]
    """The kind of channel."""


class EmailPart(Part):
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
    def _somebody_once(self) -> EmailPart:
        everybody = [address.casefold() for address in (*self.to, *self.bcc)]
        if not everybody:
            raise refusal(INCOMPLETE, "has no recipient; name one in to or in bcc")
        if len(set(everybody)) < len(everybody):
            raise refusal(INCOMPLETE, "names a recipient twice in to and bcc")
        return self


class SlackPart(Part):
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
    def _one_way(self) -> SlackPart:
        if bool(self.webhook) == bool(self.token):
            raise refusal(INCOMPLETE, "needs either webhook, or token and channel")
        if self.token and not self.channel:
            raise refusal(INCOMPLETE, "has a token but no channel; add channel: '#name'")
        return self


class WebhookPart(Part):
    """JSON by POST to an address of yours."""

    type: Literal["webhook"]
    """The kind of channel."""
    url: SecretUrl
    """Where to post; it is kept secret, since such addresses often hold a key."""
    secret: OptionalSecret = None
    """The key of the HMAC-SHA256 signature. Without one, messages are not signed."""


class ApprisePart(Part):
    """Any service that the Apprise library speaks HTTP to: Teams, Matrix, Telegram, ntfy and a hundred more."""

    type: Literal["apprise"]
    """The kind of channel."""
    url: ServiceUrl
    """The service's address as Apprise writes it; it is kept secret."""


CHANNELS: dict[str, type[Part]] = {
    "file": FilePart,
    "console": ConsolePart,
    "email": EmailPart,
    "slack": SlackPart,
    "webhook": WebhookPart,
    "apprise": ApprisePart,
}
ChannelPart = Annotated[
    FilePart | ConsolePart | EmailPart | SlackPart | WebhookPart | ApprisePart, Field(discriminator="type")
]


class ChannelsFile(Part):
    """channels.yaml: where messages may go."""

    channels: dict[Slug, ChannelPart] = Field(default_factory=dict)
    """The channels by name; digests, alerts and rules call them by it."""
