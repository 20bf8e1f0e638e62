"""Loopback servers that delay clients: one sends an endless greeting, one reads everything and sends nothing."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Slow:
    """A server that was started."""

    port: int
    received: bytearray = field(default_factory=bytearray)
    connected: threading.Event = field(default_factory=threading.Event)
    """Set when a client has connected, and has sent something if it is the client that begins."""


async def until(condition) -> None:
    """Wait for something that another thread or task brings about."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)


@contextmanager
def dripping(every: float = 0.2) -> Iterator[Slow]:
    """Send one byte of a greeting that never ends, and then another."""
    with _serving(_drip, every) as slow:
        yield slow


@contextmanager
def silent() -> Iterator[Slow]:
    """Read everything and answer nothing."""
    with _serving(_listen, 0.2) as slow:
        yield slow


def _drip(client: socket.socket, slow: Slow) -> None:
    slow.connected.set()
    client.sendall(b"2")


def _listen(client: socket.socket, slow: Slow) -> None:
    if more := client.recv(65536):
        slow.received += more
        slow.connected.set()


@contextmanager
def _serving(step, every: float) -> Iterator[Slow]:
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        slow = Slow(listening.getsockname()[1])
        threads = []

        def keep(client: socket.socket) -> None:
            client.settimeout(every)
            with client:
                while not ended.wait(every):
                    try:
                        step(client, slow)
                    except TimeoutError:
                        continue
                    except OSError:
                        return

        def accept() -> None:
            while not ended.is_set():
                try:
                    client, _ = listening.accept()
                except TimeoutError:
                    continue
                threads.append(threading.Thread(target=keep, args=(client,)))
                threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield slow
        finally:
            ended.set()
            accepting.join()
            for thread in threads:
                thread.join()
