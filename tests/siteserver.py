"""A web site on loopback that sends exactly the configured bytes and records the requests."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.loopbackserver import LoopbackServer

if TYPE_CHECKING:
    import ssl as ssl_module

RSS = "application/rss+xml; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    host: str


@dataclass(frozen=True)
class Answer:
    """A well-formed response; `raw`, if given, is sent instead, byte for byte."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    close: bool = True

    def encode(self) -> bytes:
        if self.raw is not None:
            return self.raw
        length = (
            {} if self.status == 304 or "Transfer-Encoding" in self.headers else {"Content-Length": str(len(self.body))}
        )
        headers = {**length, **self.headers, "Connection": "close" if self.close else "keep-alive"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} X\r\n{lines}\r\n".encode("latin-1") + self.body


Script = Callable[[ReceivedRequest, asyncio.StreamWriter], Awaitable[None]]
Route = Answer | list[Answer] | Callable[[ReceivedRequest], Answer] | Script


class Site(LoopbackServer):
    """One server on one loopback address; paths without a route are answered with 404."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, ssl: ssl_module.SSLContext | None = None) -> None:
        super().__init__(host, port, ssl)
        self.routes: dict[str, Route] = {}
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self.at_once = 0
        self.most_at_once = 0

    def url(self, path: str = "/feed", host: str | None = None) -> str:
        return f"{'https' if self._ssl else 'http'}://{host or self.host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while request := await self._request(reader):
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                if not await self._answer(request, writer):
                    break
            finally:
                self.at_once -= 1

    async def _request(self, reader: asyncio.StreamReader) -> ReceivedRequest | None:
        line = (await reader.readline()).decode("latin-1").split(" ")
        if len(line) < 2:
            return None
        headers = {}
        while (raw := (await reader.readline()).decode("latin-1").strip()) != "":
            name, _, value = raw.partition(":")
            key = name.lower()
            headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
        request = ReceivedRequest(line[1], headers, headers.get("host", ""))
        self.requests.append(request)
        return request

    async def _answer(self, request: ReceivedRequest, writer: asyncio.StreamWriter) -> bool:
        """Send the response of the route, and return True if the connection stays open."""
        route = self.routes.get(request.path.partition("?")[0], Answer(b"not here", 404))
        if isinstance(route, list):
            route = route.pop(0) if len(route) > 1 else route[0]
        if isinstance(route, Answer):
            answer = route
        else:
            made = (
                route(request)
                if asyncio.iscoroutinefunction(route) is False and _takes_request_only(route)
                else route(request, writer)
            )  # type: ignore[call-arg,arg-type]
            if not isinstance(made, Answer):
                await made
                return False
            answer = made
        writer.write(answer.encode())
        await writer.drain()
        return not answer.close


def _takes_request_only(route: object) -> bool:
    return getattr(route, "__code__").co_argcount == 1  # noqa: B009


def feed_xml(items: list[dict[str, str]], title: str = "A feed", extra: str = "") -> bytes:
    """Write an RSS 2.0 feed; a value that starts with `<` is taken as markup."""
    parts = []
    for item in items:
        fields = "".join(f"<{name}>{_escaped(value)}</{name}>" for name, value in item.items())
        parts.append(f"<item>{fields}</item>")
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>http://example.org/</link><description>d</description>{extra}{''.join(parts)}</channel></rss>"
    ).encode()


def _escaped(value: str) -> str:
    return value if value.startswith("<![CDATA[") else value.replace("&", "&amp;").replace("<", "&lt;")


def rss(body: bytes, **headers: str) -> Answer:
    return Answer(
        body, headers={"Content-Type": RSS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )


def page(text: str) -> Answer:
    return Answer(
        f"<html><head><title>t</title></head><body><article>{text}</article></body></html>".encode(),
        headers={"Content-Type": HTML},
    )


def gzipped(answer: Answer) -> Answer:
    return Answer(gzip.compress(answer.body), answer.status, {**answer.headers, "Content-Encoding": "gzip"})
