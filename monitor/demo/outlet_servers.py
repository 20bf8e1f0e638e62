"""Servers on loopback for the outlets of the demo, some of which misbehave: HTTP for all, and mailboxes of newsletters.

Every outlet has its own address (127.0.0.x), so that the limits per host apply; on systems that have only 127.0.0.1,
they share it on different ports. Responses have ETags, and conditional requests get 304.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from monitor.demo import documents
from monitor.demo.mailbox_server import MailboxServer
from monitor.demo.news import SampleOutlet, with_dates

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SLOW_ANSWER_SECONDS = 1.5
"""Seconds before each response of the slow outlet."""
_MAX_REQUEST_BYTES = 16_384
_REQUEST_TIMEOUT_SECONDS = 10.0
_TLS_HANDSHAKE = b"\x16"
"""The first byte of a TLS client (RFC 8446, section 5.1)."""
_FEED_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "page": "text/html",
    "sitemap": "application/xml",
    "json": "application/json",
}
_FEED_PATHS = {"page": "/announcements", "sitemap": "/news-sitemap.xml", "json": "/api/documents"}
"""Paths of the sources of outlets that have no /feed."""


@dataclass(slots=True)
class OutletServers:
    """The running servers: the address of each feed, and the requests so far."""

    feeds: dict[str, str] = field(default_factory=dict)
    """SampleOutlet id -> address of its feed."""
    requests: list[tuple[str, str, int]] = field(default_factory=list)
    """(outlet id, path, status), in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SampleResponse:
    status: HTTPStatus = HTTPStatus.OK
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def serve_outlets(
    outlets: Sequence[SampleOutlet], now: datetime, *, slow: float = SLOW_ANSWER_SECONDS
) -> AsyncIterator[OutletServers]:
    """Serve the outlets until the block is left; their dates count from `now`."""
    servers = OutletServers()
    async with AsyncExitStack() as stack:
        for number, outlet in enumerate((with_dates(each, now) for each in outlets), start=2):
            outlet_server = _OutletServer(outlet=outlet, servers=servers, now=now, slow=slow)
            server = await stack.enter_async_context(await _listen(outlet_server.serve, f"127.0.0.{number}"))
            host, port = server.sockets[0].getsockname()[:2]
            servers.feeds[outlet.id] = f"http://{host}:{port}{_FEED_PATHS.get(outlet.format, '/feed')}"
            if outlet.format == "imap":
                mailbox = MailboxServer(documents.letters(outlet, f"http://{host}:{port}", now))
                server = await stack.enter_async_context(await _listen(mailbox.serve, host))
                host, port = server.sockets[0].getsockname()[:2]
                servers.feeds[outlet.id] = f"imap://reader@{host}:{port}/INBOX?starttls=off"
        yield servers


async def _listen(serve: Serve, host: str) -> asyncio.Server:
    try:
        return await asyncio.start_server(serve, host, 0)
    except OSError:  # macOS has 127.0.0.1 only
        return await asyncio.start_server(serve, "127.0.0.1", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OutletServer:
    """One outlet at its socket."""

    outlet: SampleOutlet
    servers: OutletServers
    now: datetime
    slow: float

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_TIMEOUT_SECONDS):
                path, headers = await _request(reader)
            if self.outlet.behaviour == "slow":
                await asyncio.sleep(self.slow)
            host, port = writer.get_extra_info("sockname")[:2]
            response = _conditional(_respond(self.outlet, path, f"http://{host}:{port}", self.now), headers)
            self.servers.requests.append((self.outlet.id, path, response.status))
            writer.write(_wire(response))
            await writer.drain()
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the client disconnected or sent no HTTP
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    start = await reader.readexactly(1)
    if start == _TLS_HANDSHAKE:
        raise ValueError("TLS instead of HTTP")
    head = start + await reader.readuntil(b"\r\n\r\n")
    if len(head) > _MAX_REQUEST_BYTES:
        raise ValueError("request too long")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    _method, target, _version = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return target.partition("?")[0], headers


def _respond(outlet: SampleOutlet, path: str, base: str, now: datetime) -> _SampleResponse:
    match outlet.behaviour, path:
        case "missing", _:
            return _SampleResponse(status=HTTPStatus.NOT_FOUND, body=b"<h1>404</h1><p>Not found.</p>")
        case _, "/robots.txt":
            return _SampleResponse(body=b"User-agent: *\nDisallow: /private/\n", headers={"content-type": "text/plain"})
        case "wall", "/feed":
            return _SampleResponse(body=_WALL, headers={"content-type": "text/html; charset=utf-8"})
        case "moved", "/feed":
            return _SampleResponse(status=HTTPStatus.MOVED_PERMANENTLY, headers={"location": f"{base}/news.xml"})
        case _, "/feed" | "/news.xml" | "/announcements" | "/news-sitemap.xml" | "/api/documents":
            kind = {"content-type": f"{_FEED_TYPES[outlet.format]}; charset=utf-8"}
            return _SampleResponse(body=documents.feed(outlet, base, now), headers=kind)
        case _:
            return _page(outlet, path.lstrip("/"), now)


def _page(outlet: SampleOutlet, slug: str, now: datetime) -> _SampleResponse:
    for article in outlet.articles:
        if article.slug == slug:
            return _SampleResponse(
                body=documents.page(outlet, article, now), headers={"content-type": "text/html; charset=utf-8"}
            )
    return _SampleResponse(status=HTTPStatus.NOT_FOUND, body=b"<h1>404</h1>", headers={"content-type": "text/html"})


def _conditional(response: _SampleResponse, request_headers: Mapping[str, str]) -> _SampleResponse:
    if response.status != HTTPStatus.OK:
        return response
    etag = f'"{hashlib.sha256(response.body).hexdigest()[:20]}"'
    if request_headers.get("if-none-match") == etag:
        return _SampleResponse(status=HTTPStatus.NOT_MODIFIED, headers={"etag": etag})
    return _SampleResponse(body=response.body, headers={**response.headers, "etag": etag})


def _wire(response: _SampleResponse) -> bytes:
    lines = [f"HTTP/1.1 {response.status.value} {response.status.phrase}", "connection: close"]
    if response.status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"content-length: {len(response.body)}")
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.body


_WALL = b"""<!doctype html><html><head><title>Just a moment...</title></head>
<body><h1>Please sign in to read on</h1><form action="/login"><input name="user"><input name="password" type="password">
<button>Sign in</button></form></body></html>"""
