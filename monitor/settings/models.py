"""The four files and the model of each."""

from __future__ import annotations

from monitor.config_types.section import ConfigSection
from monitor.settings.channels_yaml import ChannelsFile
from monitor.settings.digests_yaml import DigestsFile
from monitor.settings.feeds_yaml import FeedsFile
from monitor.settings.monitor_yaml import MonitorFile

FILES: dict[str, type[ConfigSection]] = {
    "monitor.yaml": MonitorFile,
    "feeds.yaml": FeedsFile,
    "channels.yaml": ChannelsFile,
    "digests.yaml": DigestsFile,
}
