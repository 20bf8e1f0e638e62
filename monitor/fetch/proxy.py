"""An HTTP proxy on loopback that checks addresses, for a library that sends requests from a subprocess.

It serves one client, which authenticates with the password in the proxy's URL, for the duration of one delivery.
`http://` requests are sent by the guarded client, `https://` ones through a CONNECT tunnel to a checked address;
redirects are not followed. It records refused connections, and whether anything was forwarded.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager, suppress

import httpcore
import httpx

from monitor.fetch.address_guard import (
    AddressGuard,
    BlockedAddressError,
    GuardedBackend,
    Resolver,
    SystemResolver,
    UnknownHostError,
)
from monitor.fetch.clients import guarded_client

NOT_SENT_HEADER = "X-Monitor-Not-Sent"
"""Header of the proxy's own responses: the request was not forwarded."""
_HOP_BY_HOP = {"connection", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te", "transfer-encoding"}
_MAX_BODY_BYTES = 32 << 20
"""Largest body of one request."""
_CHUNK_BYTES = 65_536
_PROXY_THREADS = 2
"""Threads for name resolution; a delivery needs one or two names."""
_BROKEN = (
    *(OSError, ValueError, OverflowError, httpx.InvalidURL, httpcore.NetworkError),
    *(asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError),
)
"""What a broken connection or request raises."""


@asynccontextmanager
async def guarded_proxy(
    *,
    user_agent: str,
    timeout: float = 60.0,  # noqa: ASYNC109 - of each step, not of the block
    allow_networks: Iterable[str] = (),
    resolve: Resolver | None = None,
) -> AsyncIterator[GuardedProxy]:
    """Run a proxy until the block is left, then close its connections; `timeout` is in seconds, for each step."""
    networks = tuple(allow_networks)
    resolver = resolve or SystemResolver(_PROXY_THREADS)
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the client makes no TLS connection: those are tunnels
    client = guarded_client(
        user_agent=user_agent, timeout=timeout, allow_networks=networks, resolve=resolver, ssl_context=plain
    )
    proxy = GuardedProxy(GuardedBackend(AddressGuard(networks), resolver), client)
    async with client:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=_CHUNK_BYTES)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            await proxy.close()
            if isinstance(resolver, SystemResolver):
                resolver.close()


class GuardedProxy:
    """A running proxy; use `guarded_proxy` to start one."""

    port = 0
    forwarded = False
    """True once anything was sent to another machine."""

    def __init__(self, backend: GuardedBackend, client: httpx.AsyncClient) -> None:
        self.refused: list[str] = []
        """Why connections failed: refused, unknown or unreachable hosts."""
        self._backend = backend
        self._client = client
        self._password = secrets.token_urlsafe(24)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The address for HTTP_PROXY and HTTPS_PROXY, with its password."""
        return f"http://monitor:{self._password}@127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection with a single request."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this as a task
        self._tasks.add(task)
        try:
            await self._handle(reader, writer)
        except _BROKEN:
            pass  # the client sees the connection close; or `close` has cancelled this
        finally:
            self._tasks.discard(task)
            writer.close()

    async def close(self) -> None:
        """Close all connections."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        by_name = {name.lower(): value for name, value in headers}
        expected = "Basic " + base64.b64encode(f"monitor:{self._password}".encode()).decode()
        if not secrets.compare_digest(by_name.get("proxy-authorization", "").encode(), expected.encode()):
            await _respond(writer, "407 Proxy Authentication Required", "Proxy-Authenticate: Basic")
        elif method == "CONNECT":
            await self._tunnel(target, reader, writer)
        elif "transfer-encoding" in by_name or int(by_name.get("content-length", 0)) > _MAX_BODY_BYTES:
            await _respond(writer, "413 Content Too Large", f"{NOT_SENT_HEADER}: 1")
        else:
            body = await reader.readexactly(int(by_name.get("content-length", 0)))
            kept = [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]
            request = httpx.Request(method, target, headers=kept, content=body, extensions={"trace": self._on_trace})
            await self._forward(request, writer)

    async def _on_trace(self, event: str, _details: object) -> None:
        """Record that a request was sent; called by httpcore's `trace` extension."""
        self.forwarded = self.forwarded or event.endswith("send_request_headers.started")

    async def _forward(self, request: httpx.Request, writer: asyncio.StreamWriter) -> None:
        if request.url.scheme != "http":
            await _respond(writer, "400 Bad Request", f"{NOT_SENT_HEADER}: 1")
            return
        try:
            response = await self._client.send(request, stream=True, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            self.refused.append(_reason(request.url.host, error.__cause__ or error))
            await _respond(writer, "502 Bad Gateway", f"{NOT_SENT_HEADER}: 1")
            return
        except httpx.HTTPError:
            return  # the client sees the connection close without a response
        head = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}", "Connection: close"]
        head += [f"{name}: {value}" for name, value in response.headers.items() if name.lower() not in _HOP_BY_HOP]
        with suppress(httpx.HTTPError):
            async with aclosing(response):
                writer.write("\r\n".join([*head, "", ""]).encode("latin-1", "replace"))
                async for chunk in response.aiter_raw():
                    writer.write(chunk)
                    await writer.drain()

    async def _tunnel(self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = target.rpartition(":")
        host = host.strip("[]")
        try:
            stream = await self._backend.connect_tcp(host, int(port))
        except (BlockedAddressError, UnknownHostError, httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            self.refused.append(_reason(host, error))
            await _respond(writer, "502 Bad Gateway", f"{NOT_SENT_HEADER}: 1")
            return
        try:
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await self._relay(stream, reader, writer)
        finally:
            await stream.aclose()

    async def _relay(
        self, stream: httpcore.AsyncNetworkStream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Copy bytes in both directions until one side closes."""

        async def out() -> None:
            while chunk := await reader.read(_CHUNK_BYTES):
                self.forwarded = True
                await stream.write(chunk)

        async def back() -> None:
            while chunk := await stream.read(_CHUNK_BYTES):
                writer.write(chunk)
                await writer.drain()

        directions = {asyncio.create_task(out()), asyncio.create_task(back())}
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)


async def _respond(writer: asyncio.StreamWriter, status: str, header: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\n{header}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


def _reason(host: str, error: BaseException) -> str:
    if isinstance(error, BlockedAddressError):
        return error.explanation
    if isinstance(error, UnknownHostError):
        return f"{host} does not resolve: {error}"
    return f"{host} is unreachable: {type(error).__name__}"
