"""A chat service on loopback that sends the configured responses, and refuses what Slack would refuse."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

from tests.loopbackserver import let_time_pass

MOST_BLOCKS = 50
LONGEST_SECTION = 3_000
LARGEST = 13_000


@dataclass
class ReceivedRequest:
    """One request."""

    path: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class ChatServer:
    """The server, while the `async with` lasts. `answers` are (status, headers, body), one a request, then `ok`.

    Others are "drop" and "cut" (the connection), "hang", and "stall": a minute passes on the clock of the event loop.
    """

    answers: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    accepted: list = field(default_factory=list)
    strict: bool = True
    """Check payloads as Slack does."""

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader, writer):
        try:
            await self._exchange(reader, writer)
        finally:
            writer.close()

    async def _exchange(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = ReceivedRequest(head[0].split()[1], dict(line.split(": ", 1) for line in head[1:] if line), body)
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else (200, {}, "ok")
        if answer == "drop":
            return
        if answer == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthanks")
            return
        if answer in ("hang", "stall"):
            let_time_pass(61 if answer == "stall" else 0)
            await reader.read()
            return
        status, more, text = answer
        if text == "parrot":
            text = f"cannot {head[0]} with {headers}"
        if status == 200 and self.strict and (wrong := complaint(request.json)):
            status, text = 400, wrong
        if status == 200:
            self.accepted.append(request)
        lines = [f"HTTP/1.1 {status} Answer", f"Content-Length: {len(text.encode())}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in more.items()]
        writer.write("\r\n".join([*lines, "", text]).encode())
        await writer.drain()


def complaint(payload):
    """Return the error of Slack for a payload; empty if it is accepted."""
    blocks = payload.get("blocks", [])
    if not blocks and not payload.get("text"):
        return "no_text"
    if len(payload.get("text", "")) > 40_000:
        return "msg_too_long"
    if len(blocks) > MOST_BLOCKS or any(not _is_good(block) for block in blocks):
        return "invalid_blocks"
    if len(json.dumps(blocks, ensure_ascii=False)) > LARGEST:
        return "msg_blocks_too_long"
    return ""


def _is_good(block):
    if block["type"] == "context":
        return 1 <= len(block["elements"]) <= 10
    return block["type"] == "section" and 1 <= len(block["text"]["text"]) <= LONGEST_SECTION
