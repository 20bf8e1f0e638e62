"""The only HTTP to publishers: one gate for feeds, pages and what they redirect to.

Makes a Response of a whole answer, or a Failed with its reason; never raises for what a publisher does. The time that
a request waits for its turn is not part of its deadline. Its surprise: it speaks to the transport, not through httpx's
client, since cookies, credentials by netrc and redirects on their own are what it must not have.
"""

from __future__ import annotations

from monitor.fetch.clients import guarded_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.gate import Turns
from monitor.fetch.proxy import guarded_proxy

__all__ = ["Fetcher", "Turns", "guarded_client", "guarded_proxy"]
