"""The web page: pages and JSON over the store, for reading; labels of hits are all that it writes.

It knows no use-case beyond what `App` offers. Everything a publisher wrote is escaped by the templates, no page needs a
script, and nothing is loaded from elsewhere. The surprise: it runs in a thread of its own beside the daemon, with an
event loop and database connections of its own, so that neither waits for the other.
"""

from __future__ import annotations

from monitor.web.asking import ailments
from monitor.web.server import CONNECTIONS, listening, serving

__all__ = ["CONNECTIONS", "ailments", "listening", "serving"]
