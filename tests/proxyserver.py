"""An outgoing proxy on loopback (HTTP and SOCKS5): it connects each name to 127.0.0.1, and records what was asked."""

from __future__ import annotations

import asyncio
import base64

from tests.loopbackserver import LoopbackServer

USER, PASSWORD = "office", "pr0xy-s3cret"


class ProxyServer(LoopbackServer):
    """A proxy that asks for a password; the first byte of a connection tells HTTP from SOCKS5."""

    def __init__(self, *, refuses: str = "") -> None:
        super().__init__()
        self.asked: list[str] = []
        """What was asked for: `GET http://name:port/path`, `CONNECT name:port` or `SOCKS name:port`."""
        self._refuses = refuses

    def url(self, scheme: str = "http", password: str = PASSWORD) -> str:
        return f"{scheme}://{USER}:{password}@127.0.0.1:{self.port}"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        await (self._socks(reader, writer) if first == b"\x05" else self._http(first, reader, writer))

    async def _http(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split("\r\n")[0].split(" ")
        self.asked.append(f"{method} {target}")
        expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self._refuses or f"Proxy-Authorization: Basic {expected}" not in head:
            writer.write(f"HTTP/1.1 {self._refuses or '407 Who is asking'}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await _relay(int(target.rpartition(":")[2]), b"", reader, writer)
            return
        authority, _, path = target.removeprefix("http://").partition("/")
        lines = [line for line in head.split("\r\n")[1:] if not line.lower().startswith(("proxy-", "connection"))]
        asked = "\r\n".join([f"{method} /{path} HTTP/1.1", "Connection: close", *lines]).encode("latin-1")
        await _relay(int(authority.rpartition(":")[2]), asked, reader, writer)

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x02")
        await reader.readexactly(1)
        user = await reader.readexactly((await reader.readexactly(1))[0])
        password = await reader.readexactly((await reader.readexactly(1))[0])
        good = (user.decode(), password.decode()) == (USER, PASSWORD)
        writer.write(b"\x01\x00" if good else b"\x01\x01")
        if not good:
            return
        _, _, _, kind = await reader.readexactly(4)
        size = 4 if kind == 1 else (await reader.readexactly(1))[0]
        raw = await reader.readexactly(size)
        host = ".".join(map(str, raw)) if kind == 1 else raw.decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append(f"SOCKS {host}:{port}")
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        await _relay(port, b"", reader, writer)


async def _relay(port: int, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Connect to a port of this machine, send `first`, and copy in both directions until one side closes."""
    there, to_there = await asyncio.open_connection("127.0.0.1", port)
    to_there.write(first)

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()

    directions = {asyncio.create_task(copy(reader, to_there)), asyncio.create_task(copy(there, writer))}
    try:
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
    finally:
        to_there.close()
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)
