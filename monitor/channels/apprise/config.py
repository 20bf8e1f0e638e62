"""The configuration of a channel of type `apprise`, and the services whose connections cannot be checked."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import PlainValidator

from monitor.channels.interface import Channel, ChannelConfig, ChannelServices
from monitor.config_types.credentials import MASK, TEXT, Secret, SecretKey, required_secret
from monitor.config_types.values import URL, invalid

NOT_OVER_HTTP = frozenset({
    "amqp", "amqps", "aprs", "blink1", "dbus", "deltachat", "deltachats", "gio", "glib", "gnome", "growl", "irc",
    "ircs", "kde", "macosx", "mailto", "mailtos", "mqtt", "mqtts", "qt", "rsyslog", "smpp", "smpps", "syslog",
    "windows", "xmpp", "xmpps",
})  # fmt: skip
"""Schemes of apprise (2.3) whose plugins do not use `requests`, so that no HTTP proxy can check where they connect."""


def _service(value: object) -> Secret:
    secret = required_secret(value)
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://.", secret.reveal()):
        raise invalid(URL, "is not an address of a service; it starts with the service's name and ://")
    scheme = secret.reveal().partition("://")[0].lower()
    if scheme in NOT_OVER_HTTP:
        instead = "type: email" if scheme in {"mailto", "mailtos"} else "a service that is reached by HTTP"
        raise invalid(URL, f"{scheme}:// does not use HTTP, so its connections cannot be checked; use {instead}")
    return secret


ServiceUrl = Annotated[Secret, PlainValidator(_service), MASK, TEXT, SecretKey()]


class AppriseConfig(ChannelConfig):
    """Services of the Apprise library that use HTTP: Teams, Matrix, Telegram, ntfy and a hundred more."""

    type: Literal["apprise"]
    """The kind of channel."""
    url: ServiceUrl
    """The address as Apprise writes it. It is treated as a secret."""

    def build(self, name: str, services: ChannelServices) -> Channel:
        """Return the channel."""
        from monitor.channels.apprise.sender import AppriseChannel

        return AppriseChannel(name, self, services.open_proxy)
