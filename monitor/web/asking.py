"""Asks the page of this machine whether it answers. That it answers at all is its own health, whatever it says."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.settings import MonitorFile

PATIENCE = 10.0
"""Seconds."""
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask, not where to listen


def ailments(monitor: MonitorFile) -> list[str]:
    """Tell in a sentence that the page does not answer; nothing when it does."""
    web = monitor.web
    if not web.wanted:
        return ["web.listen in monitor.yaml is off: there is no page"]
    connection = HTTPConnection(ANYWHERE.get(web.host, web.host), web.port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health")
        connection.getresponse()
    except (OSError, HTTPException) as error:
        return [f"the web page at {web.listen} does not answer: {error or type(error).__name__}"]
    finally:
        connection.close()
    return []
