"""HTTP requests to publishers: feeds, pages, robots.txt; with rate limits, deadlines, size limits, address checks.

A fetch returns a Response with the whole body, or a Failed with a reason; nothing that a publisher does raises. The
time that a request waits for the rate limits does not count against its deadline. The Fetcher uses the transport
directly: httpx's client would keep cookies, read netrc and follow redirects by itself.
"""

from __future__ import annotations

from monitor.fetch.address_guard import AddressGuard
from monitor.fetch.clients import guarded_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.proxy import guarded_proxy
from monitor.fetch.rate_limits import SharedHostLimiter

__all__ = ["AddressGuard", "Fetcher", "SharedHostLimiter", "guarded_client", "guarded_proxy"]
