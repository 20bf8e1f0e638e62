"""Builds what connects: the guarded transport, and an httpx client on it for what is sent to the user's addresses."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING

import certifi
import httpx

from monitor.fetch.guard import Guard, GuardedBackend, SystemResolver
from monitor.fetch.transport import GuardedTransport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.fetch.guard import Resolver


def guarded_transport(
    allow_networks: Iterable[str] = (), *, resolve: Resolver | None = None, ssl_context: ssl.SSLContext | None = None
) -> GuardedTransport:
    """Make the transport that refuses private addresses."""
    _silence_libraries()
    context = ssl_context or ssl.create_default_context(cafile=certifi.where())
    return GuardedTransport(GuardedBackend(Guard(allow_networks), resolve or SystemResolver()), context)


def guarded_client(
    *,
    user_agent: str,
    timeout: float = 30.0,
    allow_networks: Iterable[str] = (),
    resolve: Resolver | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """Make a client for webhooks: the same guard as for publishers, no proxies or passwords from the environment."""
    return httpx.AsyncClient(
        transport=guarded_transport(allow_networks, resolve=resolve, ssl_context=ssl_context),
        timeout=timeout,
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": user_agent},
    )


def _silence_libraries() -> None:
    """They log whole addresses at INFO, with the tokens in them."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
