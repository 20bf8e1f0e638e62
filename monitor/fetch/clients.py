"""Construction of the guarded transport, and of an httpx client on it for webhooks."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from functools import cache
from typing import Literal

import certifi
import httpx

from monitor.fetch.address_guard import AddressGuard, GuardedBackend, Resolver, SystemResolver
from monitor.fetch.transport import GuardedTransport


@cache
def tls_of_process(_protocol: Literal["http", "mail"]) -> ssl.SSLContext:
    """Return the TLS context of all connections for HTTP, or of all for mail, with the authorities of certifi.

    They need one each, since httpcore names HTTP in the handshake (ALPN). Reading the authorities takes 20 ms.
    """
    return ssl.create_default_context(cafile=certifi.where())


def guarded_transport(
    allow_networks: Iterable[str], *, resolve: Resolver | None, ssl_context: ssl.SSLContext | None
) -> GuardedTransport:
    """Return a transport that refuses private addresses outside `allow_networks`."""
    context = ssl_context or tls_of_process("http")
    return GuardedTransport(GuardedBackend(AddressGuard(allow_networks), resolve or SystemResolver()), context)


def guarded_client(
    *,
    user_agent: str,
    timeout: float = 30.0,
    allow_networks: Iterable[str] = (),
    resolve: Resolver | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """Return a client for webhooks: same address checks as for publishers; ignores proxies and netrc."""
    return httpx.AsyncClient(
        transport=guarded_transport(allow_networks, resolve=resolve, ssl_context=ssl_context),
        timeout=timeout,
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": user_agent},
    )
