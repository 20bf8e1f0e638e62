"""The configuration of a channel of type `email`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, model_validator

from monitor.channels.email.smtp_address import SmtpServer, parse_smtp
from monitor.channels.interface import Channel, ChannelConfig, ChannelServices, Endpoint, KeyWarning
from monitor.config_types.addresses import Address
from monitor.config_types.credentials import MASK, TEXT, SecretKey, required_secret
from monitor.config_types.hosts import is_loopback
from monitor.config_types.values import INCOMPLETE, LIST, SMTP, invalid
from monitor.core.model import repeated_address

OPEN_PASSWORD = "C104"  # noqa: S105 - the code of a warning


def _smtp(value: object) -> SmtpServer:
    if isinstance(value, SmtpServer):
        return value
    try:
        return parse_smtp(required_secret(value).reveal())
    except ValueError as error:
        raise invalid(SMTP, str(error)) from None


def _server(address: str) -> SmtpServer | None:
    try:
        return parse_smtp(address)
    except ValueError:
        return None


def _has_password(address: str) -> bool:
    server = _server(address)
    return server is not None and bool(server.password)


Smtp = Annotated[SmtpServer, PlainValidator(_smtp), MASK, TEXT, SecretKey(_has_password, only_password=True)]


class EmailConfig(ChannelConfig):
    """Mail over SMTP, one delivery for each recipient."""

    type: Literal["email"]
    """The kind of channel."""
    smtp: Smtp
    """The mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://...` (TLS)."""
    sender: Address = Field(alias="from")
    """The sender: `monitor@example.org` or `Policy monitor <monitor@example.org>`."""
    to: Annotated[tuple[Address, ...], LIST] = ()
    """Recipients; all of them see these addresses."""
    bcc: Annotated[tuple[Address, ...], LIST] = ()
    """Recipients that the others do not see. `to` or `bcc` must name at least one."""
    reply_to: Address | None = None
    """Where replies of readers go. Default: to the sender."""
    unsubscribe: Address | None = None
    """Where requests to leave the list go (`List-Unsubscribe`). Default: `reply_to`, else the sender."""

    @model_validator(mode="after")
    def _check_recipients(self) -> EmailConfig:
        if not (self.to or self.bcc):
            raise invalid(INCOMPLETE, "has no recipient; name one in to or in bcc")
        if repeated := repeated_address((*self.to, *self.bcc)):
            raise invalid(INCOMPLETE, f"names the recipient {repeated} twice in to and bcc")
        return self

    def build(self, name: str, services: ChannelServices) -> Channel:  # noqa: ARG002 - it needs none
        """Return the channel."""
        from monitor.channels.email.sender import EmailChannel

        return EmailChannel(name, self)

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return the mail server."""
        return (Endpoint(self.smtp.host, self.smtp.port, guarded=False),)

    @classmethod
    def key_warnings(cls, values: Mapping[str, object]) -> Iterator[KeyWarning]:
        """Warn of a password that is sent over the network without encryption."""
        server = _server(str(values.get("smtp")))
        if server and server.password and server.security == "plain" and not is_loopback(server.host):
            text = "the password goes over the network in plain text; drop starttls=off if you can"
            yield KeyWarning("smtp", OPEN_PASSWORD, text)
