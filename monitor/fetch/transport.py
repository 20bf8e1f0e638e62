"""An httpx transport on httpcore's connections, with the address guard underneath and idle connections kept by origin.

The pool is this module's own: httpcore's looks through all of its connections at every request, which at sixty hosts
costs three times the request. Private networks that one request may reach are part of the pool's key, so that a
connection opened for one feed is never reused for another feed that may not reach the same address.
"""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import httpcore
import httpx

from monitor.fetch.guard import RefusedAddressError, UnknownHostError
from monitor.runtime import descriptors

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from monitor.fetch.guard import GuardedBackend

_Networks = tuple[str, ...]
_PoolKey = tuple[bytes, bytes, int | None, _Networks]
ALLOW_NETWORKS = "monitor_allow_networks"
"""The request extension with the private networks, as a tuple of CIDRs, that this request may reach beside the
guard's own."""
_IDLE_SECONDS = 15.0
_REPEATABLE = frozenset({b"GET", b"HEAD"})
_CLOSED_MEANWHILE = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)

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
    RefusedAddressError: httpx.ConnectError,
    UnknownHostError: httpx.ConnectError,
}


if find_spec("sniffio") is None:
    # httpcore tries to import it several times a request, and Python would look for it on disk each time: a fifth of
    # the cost of an unchanged feed. None tells it at once that there is none (Python reference, 5.3.1).
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # typeshed knows of modules only


@contextmanager
def _httpx_errors() -> Iterator[None]:
    try:
        yield
    except tuple(_AS_HTTPX) as error:
        raise _AS_HTTPX[type(error)](str(error)) from error


@dataclass(slots=True)
class _Kept:
    """Idle connections to one host."""

    used_at: float
    idle: list[httpcore.AsyncHTTPConnection]


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests over connections that the guard has let through."""

    def __init__(self, backend: GuardedBackend, ssl_context: ssl.SSLContext, *, max_hosts: int | None = None) -> None:
        self._backends: dict[_Networks, GuardedBackend] = {(): backend}
        self._ssl = ssl_context
        self._max_hosts = max_hosts or descriptors.idle_hosts(descriptors.limit())
        self._kept: OrderedDict[_PoolKey, _Kept] = OrderedDict()
        self._open: set[httpcore.AsyncHTTPConnection] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request as it is; the body of the answer is still to be read, and to be closed."""
        url = request.url
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        await self._sweep()
        with _httpx_errors():
            answer, connection = await self._send(inner)
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer, partial(self._give_back, connection, _pool_key(inner))),
            extensions=answer.extensions,
        )

    async def _send(self, request: httpcore.Request) -> tuple[httpcore.Response, httpcore.AsyncHTTPConnection]:
        """Send over a kept connection, and anew when the other side has closed that one in the meantime."""
        kept = await self._take(_pool_key(request))
        if kept and request.method in _REPEATABLE:
            try:
                return await self._over(kept, request), kept
            except _CLOSED_MEANWHILE:
                kept = None
        connection = kept or self._new(request)
        try:
            return await self._over(connection, request), connection
        except httpcore.ConnectError as error:
            if not (descriptors.is_exhaustion(error) and await self._close_idle()):
                raise
        connection = self._new(request)
        return await self._over(connection, request), connection

    async def _over(self, connection: httpcore.AsyncHTTPConnection, request: httpcore.Request) -> httpcore.Response:
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
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=self._backend_for(_networks(request)),
        )

    def _backend_for(self, networks: _Networks) -> GuardedBackend:
        if networks not in self._backends:
            self._backends[networks] = self._backends[()].extended(networks)
        return self._backends[networks]

    async def _take(self, key: _PoolKey) -> httpcore.AsyncHTTPConnection | None:
        kept = self._kept.get(key)
        while kept and kept.idle:
            connection = kept.idle.pop()
            if connection.is_available() and not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    async def _give_back(self, connection: httpcore.AsyncHTTPConnection, key: _PoolKey) -> None:
        self._open.discard(connection)
        kept = self._kept.get(key)
        if not connection.is_idle() or (kept and len(kept.idle) >= descriptors.IDLE_PER_HOST):
            await connection.aclose()
            return
        now = asyncio.get_running_loop().time()
        kept = self._kept.setdefault(key, _Kept(now, []))
        kept.used_at = now
        kept.idle.append(connection)
        self._kept.move_to_end(key)

    async def _sweep(self) -> None:
        """Close the connections to the host that was not asked for longest, when it is time or there are too many."""
        if not self._kept:
            return
        key, oldest = next(iter(self._kept.items()))
        idle_for = asyncio.get_running_loop().time() - oldest.used_at
        if idle_for > _IDLE_SECONDS or len(self._kept) > self._max_hosts:
            del self._kept[key]
            for connection in oldest.idle:
                await connection.aclose()

    async def _close_idle(self) -> bool:
        """Give up every idle connection, for its descriptor; False when there was none."""
        idle = [connection for kept in self._kept.values() for connection in kept.idle]
        self._kept.clear()
        for connection in idle:
            await connection.aclose()
        return bool(idle)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._close_idle()
        for connection in list(self._open):
            await connection.aclose()
        self._open.clear()


def _pool_key(request: httpcore.Request) -> _PoolKey:
    return request.url.scheme, request.url.host, request.url.port, _networks(request)


def _networks(request: httpcore.Request) -> _Networks:
    return tuple(request.extensions.get(ALLOW_NETWORKS, ()))


class _Body(httpx.AsyncByteStream):
    """The raw bytes of an answer; gives its connection back when closed."""

    def __init__(self, answer: httpcore.Response, give_back: Callable[[], Awaitable[None]]) -> None:
        self._answer = answer
        self._give_back = give_back
        self._is_open = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_errors():
            async for chunk in self._answer.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        if self._is_open:
            self._is_open = False
            await self._answer.aclose()
            await self._give_back()
