"""An httpx transport on httpcore connections, with address checks and its own pool of idle connections.

httpcore's pool scans all of its connections for every request, which for sixty hosts costs three times as much as the
request. The pool's key includes the private networks that a request may reach, so that a connection opened for one feed
is never reused for a feed that may not reach that address.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import httpcore
import httpx

from monitor.fetch.address_guard import BlockedAddressError, GuardedBackend, UnknownHostError
from monitor.fetch.outgoing_proxy import IDLE_SECONDS, Connector, ProxyPools, check_target, connect_through
from monitor.runtime import descriptors

_Networks = tuple[str, ...]
_PoolKey = tuple[bytes, bytes, int | None, _Networks]
ALLOW_NETWORKS = "monitor_allow_networks"
"""Request extension: private networks, a tuple of CIDRs, that this request may reach in addition to the guard's."""
PROXY = "monitor_proxy"
"""Request extension: the address of the proxy through which to send the request; empty or missing: none."""
_PORTS = {b"http": 80, b"https": 443}
_REPEATABLE = frozenset({b"GET", b"HEAD"})
_STALE_CONNECTION = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)

_AS_HTTPX: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    BlockedAddressError: httpx.ConnectError,
    UnknownHostError: httpx.ConnectError,
}


@contextmanager
def httpx_errors() -> Iterator[None]:
    """Raise errors of httpcore, and those of the address check, as the errors of httpx."""
    try:
        yield
    except tuple(_AS_HTTPX) as error:
        reason = error.explanation if isinstance(error, BlockedAddressError) else str(error)
        raise _AS_HTTPX[type(error)](reason) from error


@dataclass(slots=True)
class _IdleConnections:
    """Idle connections to one host."""

    used_at: float
    idle: list[httpcore.AsyncHTTPConnection]


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests over connections to checked addresses."""

    def __init__(self, backend: GuardedBackend, ssl_context: ssl.SSLContext) -> None:
        self._backends: dict[_Networks, GuardedBackend] = {(): backend}
        self._ssl = ssl_context
        self._max_hosts = descriptors.idle_hosts(descriptors.limit())
        self._idle: OrderedDict[_PoolKey, _IdleConnections] = OrderedDict()
        self._open: set[httpcore.AsyncHTTPConnection] = set()
        self._proxies = ProxyPools(ssl_context)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the caller reads the body of the response and closes it."""
        url = request.url
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with httpx_errors():
            if proxy := str(request.extensions.get(PROXY, "")):
                response, release = await self._send_by_proxy(inner, proxy), _release_nothing
            else:
                await self._close_expired()
                response, connection = await self._send(inner)
                release = partial(self._release, connection, _pool_key(inner))
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response, release),
            extensions=response.extensions,
        )

    async def _send_by_proxy(self, request: httpcore.Request, proxy: str) -> httpcore.Response:
        """Send through a proxy; the address of the host is checked as far as this machine knows it."""
        url = request.url
        port = url.port or _PORTS[url.scheme]
        await check_target(self.backend_for(_networks(request)), proxy, url.host.decode(), port)
        return await self._proxies.send(request, proxy)

    async def _send(self, request: httpcore.Request) -> tuple[httpcore.Response, httpcore.AsyncHTTPConnection]:
        """Send over an idle connection, and retry over a new one if the server has closed the idle one meanwhile."""
        idle = await self._take_idle(_pool_key(request))
        if idle and request.method in _REPEATABLE:
            try:
                return await self._send_over(idle, request), idle
            except _STALE_CONNECTION:
                idle = None
        connection = idle or self._new(request)
        try:
            return await self._send_over(connection, request), connection
        except httpcore.ConnectError as error:
            if not (descriptors.is_exhaustion_error(error) and await self._close_idle()):
                raise
        connection = self._new(request)
        return await self._send_over(connection, request), connection

    async def _send_over(
        self, connection: httpcore.AsyncHTTPConnection, request: httpcore.Request
    ) -> httpcore.Response:
        self._open.add(connection)
        try:
            return await connection.handle_async_request(request)
        except BaseException:
            self._open.discard(connection)
            await connection.aclose()
            raise

    def _new(self, request: httpcore.Request) -> httpcore.AsyncHTTPConnection:
        return httpcore.AsyncHTTPConnection(
            request.url.origin,
            ssl_context=self._ssl,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=self.backend_for(_networks(request)),
        )

    def backend_for(self, networks: _Networks) -> GuardedBackend:
        """Return what connects for requests that may reach these private networks too."""
        if networks not in self._backends:
            self._backends[networks] = self._backends[()].with_networks(networks)
        return self._backends[networks]

    def connector_for(self, networks: _Networks, proxy: str) -> Connector:
        """Return what connects for other protocols than HTTP; `proxy` is a SOCKS5 proxy, or empty."""
        guard = self.backend_for(networks)
        return partial(connect_through, guard, proxy) if proxy else guard.connect_tcp

    async def _take_idle(self, key: _PoolKey) -> httpcore.AsyncHTTPConnection | None:
        entry = self._idle.get(key)
        while entry and entry.idle:
            connection = entry.idle.pop()
            if connection.is_available() and not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    async def _release(self, connection: httpcore.AsyncHTTPConnection, key: _PoolKey) -> None:
        self._open.discard(connection)
        entry = self._idle.get(key)
        if not connection.is_idle() or (entry and len(entry.idle) >= descriptors.IDLE_PER_HOST):
            await connection.aclose()
            return
        now = asyncio.get_running_loop().time()
        entry = self._idle.setdefault(key, _IdleConnections(now, []))
        entry.used_at = now
        entry.idle.append(connection)
        self._idle.move_to_end(key)

    async def _close_expired(self) -> None:
        """Close the least recently used host's idle connections if they expired or there are too many hosts."""
        if not self._idle:
            return
        key, oldest = next(iter(self._idle.items()))
        idle_for = asyncio.get_running_loop().time() - oldest.used_at
        if idle_for > IDLE_SECONDS or len(self._idle) > self._max_hosts:
            del self._idle[key]
            for connection in oldest.idle:
                await connection.aclose()

    async def _close_idle(self) -> bool:
        """Close every idle connection to free its descriptor; False if there was none."""
        idle = [connection for entry in self._idle.values() for connection in entry.idle]
        self._idle.clear()
        for connection in idle:
            await connection.aclose()
        return bool(idle)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._close_idle()
        for connection in list(self._open):
            await connection.aclose()
        self._open.clear()
        await self._proxies.aclose()


async def _release_nothing() -> None:
    """Do nothing: closing the response gives a connection to a proxy back to its pool."""


def _pool_key(request: httpcore.Request) -> _PoolKey:
    return request.url.scheme, request.url.host, request.url.port, _networks(request)


def _networks(request: httpcore.Request) -> _Networks:
    return tuple(request.extensions.get(ALLOW_NETWORKS, ()))


class _Body(httpx.AsyncByteStream):
    """The raw bytes of a response; returns its connection to the pool when closed."""

    def __init__(self, response: httpcore.Response, release: Callable[[], Awaitable[None]]) -> None:
        self._response = response
        self._release = release
        self._is_open = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with httpx_errors():
            async for chunk in self._response.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        if self._is_open:
            self._is_open = False
            await self._response.aclose()
            await self._release()
