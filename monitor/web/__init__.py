"""The web interface: pages, JSON and an Atom feed over the store.

It writes labels, judgements and requests to send, nothing else. Pages work without JavaScript and load nothing from
other hosts; templates escape everything a publisher wrote. The server runs in a thread of its own beside the daemon,
with its own event loop and database connections, so that neither blocks the other. Use-cases are those of `App`; this
package adds none.
"""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException

from monitor.settings import MonitorFile
from monitor.web.server import MAX_WEB_CONNECTIONS, open_socket, serve_in_thread

__all__ = ["MAX_WEB_CONNECTIONS", "connection_problems", "open_socket", "serve_in_thread"]

PROBE_TIMEOUT_SECONDS = 10.0
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what to connect to, not what to listen on


def connection_problems(monitor: MonitorFile) -> list[str]:
    """Return a sentence if the web interface does not answer; an empty list if it does."""
    web = monitor.web
    if not web.enabled:
        return ["the web page is off (web.listen in monitor.yaml)"]
    connection = HTTPConnection(_LOOPBACK.get(web.host, web.host), web.port, timeout=PROBE_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health")
        connection.getresponse()
    except (OSError, HTTPException) as error:
        return [f"the web page at {web.listen} does not answer: {str(error) or type(error).__name__}"]
    finally:
        connection.close()
    return []
