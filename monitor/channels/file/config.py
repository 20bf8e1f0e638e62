"""The configuration of a channel of type `file`."""

from __future__ import annotations

from typing import Literal

from monitor.channels.interface import Channel, ChannelConfig, ChannelServices
from monitor.config_types.values import NonEmptyLine


class FileConfig(ChannelConfig):
    """Files in a folder; nothing leaves the machine."""

    type: Literal["file"]
    """The kind of channel."""
    dir: NonEmptyLine
    """The folder; it is created if it does not exist. Relative to the folder in which the command runs."""

    def build(self, name: str, services: ChannelServices) -> Channel:  # noqa: ARG002 - it needs none
        """Return the channel."""
        from monitor.channels.file.sender import FileChannel

        return FileChannel(name, self)
