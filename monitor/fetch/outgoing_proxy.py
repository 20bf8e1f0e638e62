"""Requests through an outgoing proxy: HTTP and HTTPS by httpcore, SOCKS5 (RFC 1928) by `SocksBackend`.

httpcore's own SOCKS5 leaves the connection open when the proxy refuses, and needs one more package.

The proxy connects to the publisher, so the address that it connects to cannot be checked here. What can be is: an
address that is written as such, `localhost`, and what a name resolves to on this machine, if it resolves. A name that
only the proxy resolves, or resolves otherwise, is the proxy's matter.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterable

import httpcore
import httpx

from monitor.fetch.address_guard import CONNECT_SECONDS, GuardedBackend

Connector = Callable[[str, int, float], Awaitable[httpcore.AsyncNetworkStream]]

IDLE_SECONDS = 15.0
"""How long an unused connection is kept open."""
_MAX_IDLE_CONNECTIONS = 20
_DEFAULT_PORT = 1080
_SOCKS = b"\x05"
_BY_PASSWORD, _OPEN = 2, 0
_SUCCEEDED = 0
_LOGIN_WANTED = 407
_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "expired",
    7: "command not supported",
    8: "address type not supported",
}
_ADDRESS_SIZES = {1: 4, 4: 16}


class SocksBackend(httpcore.AsyncNetworkBackend):
    """Opens connections through a SOCKS5 proxy, which resolves the names of hosts."""

    def __init__(self, proxy: httpx.Proxy) -> None:
        self._host = proxy.url.host
        self._port = proxy.url.port or _DEFAULT_PORT
        self._auth = proxy.raw_auth
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the signature is httpcore's
        local_address: str | None = None,  # noqa: ARG002 likewise
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 likewise
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host through the proxy; httpcore.ProxyError if the proxy refuses."""
        limit = min(timeout or CONNECT_SECONDS, CONNECT_SECONDS)
        stream = await self._backend.connect_tcp(self._host, self._port, limit)
        try:
            await self._negotiate(stream, host, port)
        except BaseException:
            await stream.aclose()
            raise
        return stream

    async def _negotiate(self, stream: httpcore.AsyncNetworkStream, host: str, port: int) -> None:
        method = _BY_PASSWORD if self._auth else _OPEN
        await stream.write(_SOCKS + bytes([1, method]))
        if await _read_exactly(stream, 2) != _SOCKS + bytes([method]):
            raise httpcore.ProxyError("it wants another login" if self._auth else "it wants a user and a password")
        if self._auth:
            user, password = self._auth
            await stream.write(b"\x01" + _with_length(user) + _with_length(password))
            if (await _read_exactly(stream, 2))[1] != _SUCCEEDED:
                raise httpcore.ProxyError("wrong user or password")
        await stream.write(_SOCKS + b"\x01\x00\x03" + _with_length(host.encode("ascii")) + port.to_bytes(2, "big"))
        version, reply, _, kind = await _read_exactly(stream, 4)
        if version != _SOCKS[0] or reply != _SUCCEEDED:
            raise httpcore.ProxyError(_REPLIES.get(reply, "an unknown answer"))
        size = _ADDRESS_SIZES.get(kind) or (await _read_exactly(stream, 1))[0]
        await _read_exactly(stream, size + 2)


async def connect_through(
    guard: GuardedBackend, proxy: str, host: str, port: int, seconds: float
) -> httpcore.AsyncNetworkStream:
    """Connect to a host, which is checked before, through a SOCKS5 proxy; for other protocols than HTTP."""
    await check_target(guard, proxy, host, port)
    try:
        return await SocksBackend(httpx.Proxy(proxy)).connect_tcp(host, port, seconds)
    except httpcore.ProxyError as error:
        raise httpx.ProxyError(f"the proxy refuses: {error}") from error


async def check_target(guard: GuardedBackend, proxy: str, host: str, port: int) -> None:
    """Raise BlockedAddressError for a host that must not be requested through a proxy.

    With the scheme socks5h the proxy alone resolves names, so only literal addresses are checked.
    """
    await guard.check(host, port, lookup=not proxy.startswith("socks5h:"))


class ProxyPools:
    """The connections to proxies, kept open for the next requests; one pool for each proxy."""

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._ssl = ssl_context
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def send(self, request: httpcore.Request, proxy: str) -> httpcore.Response:
        """Send a request through a proxy. Errors of the connection to the proxy say so, and never show its address."""
        if proxy not in self._pools:
            self._pools[proxy] = self._new_pool(httpx.Proxy(proxy))
        try:
            response = await self._pools[proxy].handle_async_request(request)
        except httpcore.ProxyError as error:
            raise httpx.ProxyError(f"the proxy refuses: {error}") from error
        except httpcore.ConnectError as error:
            raise httpx.ConnectError(f"through the proxy: {error}") from error
        if response.status == _LOGIN_WANTED:  # no publisher answers so
            await response.aclose()
            raise httpx.ProxyError("the proxy refuses: http 407, wrong or no user and password")
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    def _new_pool(self, proxy: httpx.Proxy) -> httpcore.AsyncConnectionPool:
        if proxy.url.scheme.startswith("socks5"):
            return httpcore.AsyncConnectionPool(
                ssl_context=self._ssl,
                max_connections=None,
                max_keepalive_connections=_MAX_IDLE_CONNECTIONS,
                keepalive_expiry=IDLE_SECONDS,
                network_backend=SocksBackend(proxy),
            )
        return httpcore.AsyncHTTPProxy(
            httpcore.URL(
                scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=proxy.url.raw_path
            ),
            proxy_auth=proxy.raw_auth,
            ssl_context=self._ssl,
            proxy_ssl_context=self._ssl if proxy.url.scheme == "https" else None,
            max_connections=None,
            max_keepalive_connections=_MAX_IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
        )


class ProxyRules:
    """Which requests go through which proxy."""

    def __init__(self, proxy: str, no_proxy: tuple[str, ...]) -> None:
        self._proxy = proxy
        self._direct = tuple(name.lower().removeprefix(".") for name in no_proxy)

    def proxy_for(self, host: str, own: str) -> str:
        """Return the proxy for a host; empty for none. `own` is that of the source: an address, `off`, or nothing."""
        if own:
            return "" if own == "off" else own
        name = host.lower().rstrip(".")
        is_direct = any(name == direct or name.endswith(f".{direct}") for direct in self._direct)
        return "" if is_direct else self._proxy


def _with_length(text: bytes) -> bytes:
    return bytes([min(len(text), 255)]) + text[:255]


async def _read_exactly(stream: httpcore.AsyncNetworkStream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = await stream.read(size - len(data))
        if not more:
            raise httpcore.ProxyError("it closed the connection")
        data += more
    return data
