"""channels.yaml: where messages are sent. The keys of each type of channel are those of its configuration model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from monitor.channels import CHANNEL_TYPES, ChannelConfig
from monitor.config_types.section import ConfigSection
from monitor.config_types.values import Slug

if TYPE_CHECKING:
    AnyChannel = ChannelConfig
else:
    AnyChannel = Annotated[Union[tuple(CHANNEL_TYPES.values())], Field(discriminator="type")]  # noqa: UP007 - computed


class ChannelsFile(ConfigSection):
    """channels.yaml: where messages may go."""

    channels: dict[Slug, AnyChannel] = Field(default_factory=dict)
    """The channels by name; digests, alerts and rules call them by it."""
