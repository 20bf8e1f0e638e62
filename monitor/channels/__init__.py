"""Channels send messages: one package for each type, with its configuration model and its sender.

A channel takes a rendered message and returns the response of the other side, or raises DeliveryError. It composes
nothing, retries nothing and stores nothing; the outbox does. UnclearError means that the connection broke after the
message had been sent and before it was acknowledged: the sender then repeats it, marked.

A type is available once it is listed in CHANNEL_TYPES. The keys of channels.yaml with their errors and JSON Schema, the
redaction of secrets and the checks of `monitor doctor` are derived from it. A test compares the documentation with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from monitor.channels.apprise.config import AppriseConfig
from monitor.channels.console.config import ConsoleConfig
from monitor.channels.email.config import EmailConfig
from monitor.channels.errors import UnclearError, UnreachableError
from monitor.channels.file.config import FileConfig
from monitor.channels.interface import Channel, ChannelConfig, ChannelServices, Endpoint
from monitor.channels.slack.config import SlackConfig
from monitor.channels.webhook.config import WebhookConfig

__all__ = [
    "CHANNEL_TYPES",
    "Channel",
    "ChannelConfig",
    "ChannelServices",
    "Endpoint",
    "UnclearError",
    "UnreachableError",
    "build_channels",
]

CHANNEL_TYPES: dict[str, type[ChannelConfig]] = {
    config.type_name(): config
    for config in (
        FileConfig,
        ConsoleConfig,
        EmailConfig,
        SlackConfig,
        WebhookConfig,
        AppriseConfig,
    )
}
"""The configuration model of each type, by the name of the type; listings keep this order."""


def build_channels(configs: Mapping[str, ChannelConfig], services: ChannelServices) -> dict[str, Channel]:
    """Build the configured channels, by name."""
    return {name: config.build(name, services) for name, config in configs.items()}
