"""The configuration of a channel of type `file`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from monitor.channels.interface import Channel, ChannelConfig, ChannelServices
from monitor.config_types.values import FilePath
from monitor.runtime.folders import nearest_existing


class FileConfig(ChannelConfig):
    """Files in a folder; nothing leaves the machine."""

    type: Literal["file"]
    """The kind of channel."""
    dir: FilePath
    """The folder; it is created if it does not exist. Relative to the folder in which the command runs."""

    def local_problem(self) -> str:
        """Return why the folder cannot be created or written; empty if it can."""
        existing = nearest_existing(Path(self.dir))
        if not existing.is_dir():
            return f"{existing} is not a folder"
        return "" if os.access(existing, os.W_OK | os.X_OK) else f"{existing} cannot be written to"

    def build(self, name: str, services: ChannelServices) -> Channel:  # noqa: ARG002 - it needs none
        """Return the channel."""
        from monitor.channels.file.sender import FileChannel

        return FileChannel(name, self)
