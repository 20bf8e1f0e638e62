"""Limits of connections: how many are open, which is closed for a new one, and which wait."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from contextlib import asynccontextmanager, suppress
from itertools import repeat

import httpx
import uvicorn
from structlog.testing import capture_logs
from web_clients import LATER, load_config, running_server

from monitor.web import serve_in_thread
from monitor.web.connections import Connection
from monitor.web.server import Server


class FromElsewhere(socket.socket):
    """A listening socket on loopback whose connections seem to come from the hosts that a test names, in order."""

    def hosts(self, hosts):
        self._hosts = iter(hosts)
        self.accepted = []
        return self

    def accept(self):
        wire, _ = super().accept()
        self.accepted.append(wire)
        return wire, (next(self._hosts), 1)


def a_listener(hosts):
    listener = FromElsewhere(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener.hosts(hosts)


def connect(address):
    wire = socket.create_connection(address, timeout=30)
    wire.sendall(b"GET /health HTTP/1.1\r\n")  # not complete: it stays idle
    return wire


def is_closed(wire):
    """Return True if the other side has closed the connection; does not wait."""
    wire.setblocking(False)
    try:
        return wire.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_beyond_the_limit_the_oldest_idle_connections_are_closed_for_new_ones(store_with_hits, tmp_path):
    with running_server(load_config(tmp_path / "config", store_with_hits._address), max_connections=6) as client:
        address = (client.base_url.host, client.base_url.port)
        idle = [connect(address) for _ in range(60)]
        assert client.get("/").status_code == 200
        held = [number for number, wire in enumerate(idle) if not is_closed(wire)]
        assert len(held) <= 5
        assert min(held, default=60) >= 55  # the oldest made room
        for wire in idle:
            wire.close()


def test_a_flood_from_one_client_does_not_close_the_connection_of_another(store_with_hits, tmp_path):
    loaded = load_config(tmp_path / "config", store_with_hits._address)
    flood = [f"2001:db8:1:2::{number:x}" for number in range(1, 41)]
    hosts = ["192.0.2.1", *flood, "192.0.2.2"]
    with (
        a_listener(hosts) as listener,
        serve_in_thread(listener, lambda: loaded, lambda: LATER, max_connections=6) as url,
        httpx.Client(base_url=url, timeout=30, trust_env=False) as client,
    ):
        first = connect(listener.getsockname()[:2])
        others = [connect(listener.getsockname()[:2]) for _ in flood]
        assert client.get("/style.css").status_code == 200
        assert not is_closed(first)
        assert sum(not is_closed(wire) for wire in others) == 3
        for wire in (first, *others):
            wire.close()


def test_no_part_of_a_response_waits_until_the_client_acknowledges_another(store_with_hits, tmp_path):
    loaded = load_config(tmp_path / "config", store_with_hits._address)
    with (
        a_listener(["127.0.0.1"]) as listener,
        serve_in_thread(listener, lambda: loaded, lambda: LATER) as url,
        httpx.Client(base_url=url, timeout=30, trust_env=False) as client,
    ):
        assert client.get("/style.css").status_code == 200
        assert listener.accepted[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


class Waiting:
    """An application that responds when a test releases it."""

    def __init__(self):
        self.arrived = asyncio.Semaphore(0)
        self.response = asyncio.Semaphore(0)

    async def __call__(self, scope, receive, send):
        self.arrived.release()
        await self.response.acquire()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def running(app, listener, limit):
    config = uvicorn.Config(
        app, http=Connection, ws="none", lifespan="off", log_config=None, log_level="error", timeout_graceful_shutdown=1
    )
    server = Server(config, limit)
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield listener.getsockname()[:2]
    finally:
        server.should_exit = True
        await task


async def ask(address):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return reader, writer


async def test_a_busy_connection_is_not_closed_and_a_new_one_waits():
    app = Waiting()
    async with running(app, a_listener(repeat("127.0.0.1")), limit=2) as address:
        busy = [await ask(address) for _ in range(2)]
        for _ in busy:
            await app.arrived.acquire()
        third, its_writer = await ask(address)
        app.response.release()
        app.response.release()
        for reader, _ in busy:
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await app.arrived.acquire()  # an idle one made room
        app.response.release()
        assert (await third.readline()).startswith(b"HTTP/1.1 200")
        for _, writer in [*busy, (third, its_writer)]:
            writer.close()


async def test_a_client_at_its_limit_gets_no_more_connections_while_others_do():
    app = Waiting()
    async with running(app, a_listener(["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.9"]), limit=4) as address:
        mine = [await ask(address) for _ in range(2)]
        for _ in mine:
            await app.arrived.acquire()
        refused, writer = await ask(address)
        with suppress(ConnectionError):  # reset, as its request was not read
            assert await refused.read() == b""
        writer.close()
        other, its_writer = await ask(address)
        await app.arrived.acquire()
        for _ in range(3):
            app.response.release()
        assert (await other.readline()).startswith(b"HTTP/1.1 200")
        for _, each in [*mine, (other, its_writer)]:
            each.close()


async def test_without_a_free_descriptor_an_idle_connection_is_closed_and_logged_once():
    app, loop = Waiting(), asyncio.get_running_loop()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with running(app, a_listener(repeat("127.0.0.1")), limit=50) as address:
        idle_reader, idle = await asyncio.open_connection(*address)
        await _accepted(idle)
        client = socket.socket()
        client.setblocking(False)
        lowest_free = os.dup(0)
        os.close(lowest_free)
        with capture_logs() as logged:
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
            try:
                await loop.sock_connect(client, address)
                await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                await app.arrived.acquire()
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        app.response.release()
        assert (await loop.sock_recv(client, 100)).startswith(b"HTTP/1.1 200")
        assert [event["event"] for event in logged] == ["no connection could be accepted"]
        with suppress(ConnectionError):
            assert await idle_reader.read() == b""
        idle.close()
        client.close()


async def _accepted(writer):
    """Wait until the server has accepted a connection: it responds on another one that was accepted later."""
    reader, later = await asyncio.open_connection(*writer.get_extra_info("peername"))
    later.write(b"nonsense\r\n\r\n")
    await reader.read()
    later.close()
    await later.wait_closed()
