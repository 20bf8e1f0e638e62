"""Environment and configuration folder become frozen Settings, or one error with every problem in them.

`load` reads, `fingerprint` tells whether anything changed since, `add_feed` writes a feed into feeds.yaml.
"""

from monitor.settings.feeds_file import add_feed, new_id
from monitor.settings.folder import fingerprint
from monitor.settings.loading import Settings, load
from monitor.settings.models import MonitorFile

__all__ = ["MonitorFile", "Settings", "add_feed", "fingerprint", "load", "new_id"]
