"""The web interface: pages, JSON and an Atom feed over the store.

It writes labels, judgements and requests to send, nothing else. Pages work without JavaScript and load nothing from
other hosts; templates escape everything a publisher wrote. The server runs in a thread of its own beside the daemon,
with its own event loop and database connections, so that neither blocks the other. Use-cases are those of `App`; this
package adds none.
"""

from __future__ import annotations

from monitor.web.probe import health_problems
from monitor.web.server import MAX_WEB_CONNECTIONS, open_socket, serve_in_thread

__all__ = ["MAX_WEB_CONNECTIONS", "health_problems", "open_socket", "serve_in_thread"]
