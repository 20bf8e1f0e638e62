"""An httpx transport on httpcore with the address guard underneath, and one small pool of connections for each host.

Its surprise is the many pools: a single one looks through all of its connections at every request, which at sixty
hosts costs three times the request itself.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpcore
import httpx

from monitor.fetch.guard import RefusedAddressError, UnknownHostError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator

Origin = tuple[str, str, int]
_IDLE_SECONDS = 15.0
_MAX_HOSTS = 256

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


@contextmanager
def _httpx_errors() -> Iterator[None]:
    try:
        yield
    except tuple(_AS_HTTPX) as error:
        raise _AS_HTTPX[type(error)](str(error)) from error


@dataclass(slots=True)
class _Pool:
    connections: httpcore.AsyncConnectionPool
    used_at: float
    busy: int = 0


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests over connections that the guard has let through."""

    def __init__(
        self, backend: httpcore.AsyncNetworkBackend, ssl_context: ssl.SSLContext, *, max_hosts: int = _MAX_HOSTS
    ) -> None:
        self._backend = backend
        self._ssl = ssl_context
        self._max_hosts = max_hosts
        self._pools: OrderedDict[Origin, _Pool] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request as it is; the body of the answer is still to be read, and to be closed."""
        url = request.url
        pool = self._pool((url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)))
        pool.busy += 1
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            await self._sweep()
            with _httpx_errors():
                answer = await pool.connections.handle_async_request(inner)
        except BaseException:
            pool.busy -= 1
            raise
        return httpx.Response(
            status_code=answer.status, headers=answer.headers, stream=_Body(answer, pool), extensions=answer.extensions
        )

    def _pool(self, origin: Origin) -> _Pool:
        now = asyncio.get_running_loop().time()
        if origin not in self._pools:
            connections = httpcore.AsyncConnectionPool(
                ssl_context=self._ssl, network_backend=self._backend, keepalive_expiry=_IDLE_SECONDS
            )
            self._pools[origin] = _Pool(connections, now)
        pool = self._pools[origin]
        pool.used_at = now
        self._pools.move_to_end(origin)
        return pool

    async def _sweep(self) -> None:
        """Close the connections to the host that was not asked for longest, when it is time or there are too many."""
        origin, oldest = next(iter(self._pools.items()))
        idle = asyncio.get_running_loop().time() - oldest.used_at
        if oldest.busy == 0 and (idle > _IDLE_SECONDS or len(self._pools) > self._max_hosts):
            del self._pools[origin]
            await oldest.connections.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        pools, self._pools = list(self._pools.values()), OrderedDict()
        for pool in pools:
            await pool.connections.aclose()


class _Body(httpx.AsyncByteStream):
    """The raw bytes of an answer; frees its place in the pool when closed."""

    def __init__(self, answer: httpcore.Response, pool: _Pool) -> None:
        self._answer = answer
        self._pool = pool
        self._open = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_errors():
            async for chunk in self._answer.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            self._pool.busy -= 1
            await self._answer.aclose()
