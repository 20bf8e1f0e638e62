"""Rate limit for wrong secrets in the header Authorization, in the URL of the Atom feed, and in the sign-in form.

Only wrong secrets are counted and refused: the right token, the feed key and a valid session are accepted at any time,
so that an attacker cannot lock the owner out. The limit bounds the work and the log noise of guessing; only the length
of a token protects it from being guessed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

import structlog
from starlette.requests import Request

from monitor.core.counts import count
from monitor.web.params import RequestError

ATTEMPT_WINDOW_SECONDS = 60.0
"""Seconds that a count lasts, from the first failed attempt on."""
MAX_ATTEMPTS_OF_CLIENT, MAX_ATTEMPTS = 10, 200
"""Failed attempts in that time, of one client and of all, after which further ones are refused."""
MAX_CLIENTS = 4096
"""Clients that are counted; beyond it the oldest one is dropped."""
log = structlog.get_logger("monitor.web")


@dataclass(slots=True)
class _Count:
    began: datetime
    failed: int = 0

    def remaining(self, now: datetime) -> float:
        """Return the seconds left of the window; 0 when it is over, or when the clock was set back."""
        elapsed = (now - self.began).total_seconds()
        return ATTEMPT_WINDOW_SECONDS - elapsed if 0 <= elapsed < ATTEMPT_WINDOW_SECONDS else 0.0


class FailedAttempts:
    """Counts failed attempts by client and in total; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: OrderedDict[str, _Count] = OrderedDict()
        self._total: _Count | None = None

    def record(self, client: str, now: datetime) -> None:
        """Count a failed attempt; beyond a limit of ATTEMPT_WINDOW_SECONDS, raise RequestError 429 with Retry-After."""
        with self._lock:
            self._total = _current(self._total, now)
            own = self._clients[client] = _current(self._clients.get(client), now)
            if len(self._clients) > MAX_CLIENTS:
                self._clients.popitem(last=False)
            wait = max(_increment(own, MAX_ATTEMPTS_OF_CLIENT, now), _increment(self._total, MAX_ATTEMPTS, now))
            is_first = own.failed == MAX_ATTEMPTS_OF_CLIENT + 1 or self._total.failed == MAX_ATTEMPTS + 1
        if is_first:
            log.warning("too many wrong tokens", client=client, seconds=ceil(wait))
        if wait:
            message = f"Too many wrong tokens. Wait {count(ceil(wait), 'second')}, or use the right token."
            raise RequestError(429, message, {"retry-after": str(ceil(wait))})


def client_of(request: Request) -> str:
    """Return the client's IPv4 address, or the /64 network of its IPv6 address, which is assigned to one client.

    Behind a proxy on this machine the address is taken from X-Forwarded-For; without that header all clients of the
    proxy are counted as one.
    """
    host = request.client.host if request.client else ""
    return network_of(host)


def network_of(host: str) -> str:
    """Return the IPv4 address or IPv6 /64 network of a host; `unknown` for anything else."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)


def _current(count: _Count | None, now: datetime) -> _Count:
    return count if count and count.remaining(now) else _Count(now)


def _increment(count: _Count, limit: int, now: datetime) -> float:
    """Count one more; returns the seconds to wait if that exceeds the limit, else 0."""
    count.failed += 1
    return count.remaining(now) if count.failed > limit else 0.0
