"""The four files and the model of each; the keys of a channel are those of its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from monitor.channels import CHANNEL_TYPES, ChannelConfig
from monitor.config_types.section import ConfigSection
from monitor.config_types.values import Slug
from monitor.settings.digests_yaml import DigestsFile
from monitor.settings.feeds_yaml import FeedsFile
from monitor.settings.monitor_yaml import MonitorFile

if TYPE_CHECKING:
    AnyChannel = ChannelConfig
else:
    AnyChannel = Annotated[Union[tuple(CHANNEL_TYPES.values())], Field(discriminator="type")]  # noqa: UP007 - computed


class ChannelsFile(ConfigSection):
    """channels.yaml: where messages may go."""

    channels: dict[Slug, AnyChannel] = Field(default_factory=dict)
    """The channels by name; digests, alerts and rules call them by it."""


FILES: dict[str, type[ConfigSection]] = {
    "monitor.yaml": MonitorFile,
    "feeds.yaml": FeedsFile,
    "channels.yaml": ChannelsFile,
    "digests.yaml": DigestsFile,
}
