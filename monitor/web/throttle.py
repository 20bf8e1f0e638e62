"""Limits wrong secrets: those in the header Authorization, in the address of the Atom feed, and in the sign-in form.

Only wrong secrets are counted, and only a wrong secret is ever refused for it: the right token, the feed's key and a
known session pass at any time, so nobody can lock the owner out by guessing. The limit therefore bounds the work and
the noise of guessing; that a token cannot be guessed rests on its length.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import TYPE_CHECKING

import structlog

from monitor.web.asked import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request

WINDOW = 60.0
"""Seconds that a count lasts, from the first wrong secret on."""
PER_CLIENT = 10
IN_ALL = 200
CLIENTS = 4096
"""Clients that are remembered; beyond it the one that began longest ago is forgotten."""
log = structlog.get_logger("monitor.web")


@dataclass(slots=True)
class _Count:
    began: datetime
    wrong: int = 0

    def remaining(self, now: datetime) -> float:
        """Seconds that the window has still to run; 0 when it is over, or when the clock was set back."""
        elapsed = (now - self.began).total_seconds()
        return WINDOW - elapsed if 0 <= elapsed < WINDOW else 0.0


class WrongSecrets:
    """Counts wrong secrets by client and in all; may be called from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: OrderedDict[str, _Count] = OrderedDict()
        self._all: _Count | None = None

    def add(self, client: str, now: datetime) -> None:
        """Count a wrong secret; Refusal 429 with Retry-After when this client, or all together, offered too many."""
        with self._lock:
            self._all = _current(self._all, now)
            mine = self._clients[client] = _current(self._clients.get(client), now)
            if len(self._clients) > CLIENTS:
                self._clients.popitem(last=False)
            wait = max(_count(mine, PER_CLIENT, now), _count(self._all, IN_ALL, now))
            first = mine.wrong == PER_CLIENT + 1 or self._all.wrong == IN_ALL + 1
        if first:
            log.warning("too many wrong tokens", client=client, seconds=ceil(wait))
        if wait:
            said = "Too many wrong tokens from here. The right one is taken at any time; a wrong one, later."
            raise Refusal(429, said, {"retry-after": str(ceil(wait))})


def client_of(request: Request) -> str:
    """Name the client: its IPv4 address, or the /64 network of its IPv6 address, which one client has for itself.

    Behind a proxy on this machine it is what the proxy says in X-Forwarded-For. Where it says nothing, all clients
    are one.
    """
    host = request.client.host if request.client else ""
    return network_of(host)


def network_of(host: str) -> str:
    """Return the address as it is counted; `unknown` for what is no address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)


def _current(count: _Count | None, now: datetime) -> _Count:
    return count if count and count.remaining(now) else _Count(now)


def _count(count: _Count, most: int, now: datetime) -> float:
    """Count one more; returns the seconds to wait when there were `most` before it."""
    count.wrong += 1
    return count.remaining(now) if count.wrong > most else 0.0
