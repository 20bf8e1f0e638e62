"""The configuration of a channel of type `file`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from monitor.channels.interface import ChannelConfig
from monitor.config_types.values import NonEmptyLine

if TYPE_CHECKING:
    from monitor.channels.interface import Channel, ChannelServices


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
