"""An HTTP proxy on loopback whose connections go through the address guard: the way out for a library in a subprocess.

It serves one client, which knows the password in its URL, for as long as one delivery lasts. `http://` requests are
repeated by the guarded client, `https://` ones go through a CONNECT tunnel to a checked address; redirects are not
followed here. It keeps what it refused, and whether anything was passed on at all.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import ssl
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import httpcore
import httpx

from monitor.fetch.clients import guarded_client
from monitor.fetch.guard import Guard, GuardedBackend, RefusedAddressError, SystemResolver, UnknownHostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from monitor.fetch.guard import Resolver

NOT_SENT = "X-Monitor-Not-Sent"
"""Header of an answer of the proxy's own: the request went nowhere."""
_HOP_BY_HOP = {"connection", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te", "transfer-encoding"}
_LARGEST_BODY = 32 << 20  # bytes of one request
_PIECE = 65_536
_THREADS = 2  # for names; one delivery asks for one or two


@asynccontextmanager
async def guarded_proxy(
    *,
    user_agent: str,
    timeout: float = 60.0,  # noqa: ASYNC109 - of each step, not of the block
    allow_networks: Iterable[str] = (),
    resolve: Resolver | None = None,
) -> AsyncIterator[GuardedProxy]:
    """Serve a proxy until the block is left, which ends its connections; `timeout` is in seconds for one step."""
    networks = tuple(allow_networks)
    system = None if resolve else SystemResolver(_THREADS)
    used = resolve or system
    assert used is not None  # noqa: S101 - one of the two is there
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the client makes no TLS connection: those are tunnels
    client = guarded_client(
        user_agent=user_agent, timeout=timeout, allow_networks=networks, resolve=used, ssl_context=plain
    )
    proxy = GuardedProxy(GuardedBackend(Guard(networks), used), client)
    async with client:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=_PIECE)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            await proxy.close()
            if system:
                system.close()


class GuardedProxy:
    """What `guarded_proxy` serves."""

    port = 0
    forwarded = False
    """Whether anything was passed on to another machine."""

    def __init__(self, backend: GuardedBackend, client: httpx.AsyncClient) -> None:
        self.refused: list[str] = []
        """Why connections were not made: refused, unknown or unreachable hosts."""
        self._backend = backend
        self._client = client
        self._password = secrets.token_urlsafe(24)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Return the address for HTTP_PROXY and HTTPS_PROXY, with its password."""
        return f"http://monitor:{self._password}@127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection with one request on it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this as a task
        self._tasks.add(task)
        try:
            await self._answer(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, httpcore.NetworkError):
            pass  # the client sees the connection close
        except asyncio.CancelledError:
            pass  # by `close`
        finally:
            self._tasks.discard(task)
            writer.close()

    async def close(self) -> None:
        """End all connections."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        given = {name.lower(): value for name, value in headers}
        expected = "Basic " + base64.b64encode(f"monitor:{self._password}".encode()).decode()
        if not secrets.compare_digest(given.get("proxy-authorization", "").encode(), expected.encode()):
            await _say(writer, "407 Proxy Authentication Required", "Proxy-Authenticate: Basic")
        elif method == "CONNECT":
            await self._tunnel(target, reader, writer)
        elif "transfer-encoding" in given or int(given.get("content-length", 0)) > _LARGEST_BODY:
            await _say(writer, "413 Content Too Large", f"{NOT_SENT}: 1")
        else:
            body = await reader.readexactly(int(given.get("content-length", 0)))
            kept = [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]
            request = httpx.Request(method, target, headers=kept, content=body, extensions={"trace": self._note})
            await self._forward(request, writer)

    async def _note(self, event: str, _details: object) -> None:
        """Note an event of httpcore (its extension `trace`)."""
        self.forwarded = self.forwarded or event.endswith("send_request_headers.started")

    async def _forward(self, request: httpx.Request, writer: asyncio.StreamWriter) -> None:
        if request.url.scheme != "http":
            await _say(writer, "400 Bad Request", f"{NOT_SENT}: 1")
            return
        try:
            response = await self._client.send(request, stream=True, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            self.refused.append(_reason(request.url.host, error.__cause__ or error))
            await _say(writer, "502 Bad Gateway", f"{NOT_SENT}: 1")
            return
        except httpx.HTTPError:
            return  # the client sees that there is no answer
        head = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}", "Connection: close"]
        head += [f"{name}: {value}" for name, value in response.headers.items() if name.lower() not in _HOP_BY_HOP]
        with suppress(httpx.HTTPError):
            writer.write("\r\n".join([*head, "", ""]).encode("latin-1", "replace"))
            async for piece in response.aiter_raw():
                writer.write(piece)
                await writer.drain()
        await response.aclose()

    async def _tunnel(self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = target.rpartition(":")
        host = host.strip("[]")
        try:
            stream = await self._backend.connect_tcp(host, int(port))
        except (RefusedAddressError, UnknownHostError, httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            self.refused.append(_reason(host, error))
            await _say(writer, "502 Bad Gateway", f"{NOT_SENT}: 1")
            return
        try:
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await self._relay(stream, reader, writer)
        finally:
            await stream.aclose()

    async def _relay(
        self, stream: httpcore.AsyncNetworkStream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass bytes on in both directions until one side ends."""

        async def out() -> None:
            while piece := await reader.read(_PIECE):
                self.forwarded = True
                await stream.write(piece)

        async def back() -> None:
            while piece := await stream.read(_PIECE):
                writer.write(piece)
                await writer.drain()

        ways = {asyncio.create_task(out()), asyncio.create_task(back())}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)


async def _say(writer: asyncio.StreamWriter, status: str, header: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\n{header}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


def _reason(host: str, error: BaseException) -> str:
    if isinstance(error, RefusedAddressError):
        return f"{error} is not a public address, and is not in fetch.allow_networks"
    if isinstance(error, UnknownHostError):
        return f"{host} is not known: {error}"
    return f"{host} is not reached: {type(error).__name__}"
