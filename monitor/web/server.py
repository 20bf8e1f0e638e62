"""The page's own thread: a socket that is opened before anything else begins, and a server with limits behind it.

A client that is slow to ask or to take its answer is dropped; a hundred at once is the most. Its surprise: it is told
to end from another thread, and what it has in hand gets a few seconds.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from anyio.to_thread import current_default_thread_limiter
from uvicorn.protocols.http.h11_impl import H11Protocol

from monitor.core.errors import MonitorError
from monitor.core.messages.channel_configs import is_loopback
from monitor.store import Library
from monitor.web.desk import Desk
from monitor.web.keys import Keys
from monitor.web.site import site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.app import Clock
    from monitor.settings import MonitorFile, Settings

THREADS = 4
"""Pages that wait for the database at once."""
CONNECTIONS = 100
HEADERS = 16_384
"""Bytes of a request's head."""
TICK = 10.0
"""Seconds between two looks at a connection: one that has not begun a request in two of them is closed."""
LONGEST = 6
"""Looks at a connection that is being answered; then it is dropped."""
CLOSING = 2
"""Seconds that answers in hand get at the end."""
OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")
log = structlog.get_logger("monitor.web")


@contextmanager
def listening(monitor: MonitorFile) -> Iterator[socket.socket]:
    """Open the page's socket; MonitorError, in one line, when it cannot be had."""
    web = monitor.web
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((web.host, web.port))
            opened.listen(CONNECTIONS)
        except OSError as error:
            raise MonitorError(f"web.listen {web.listen}: {_why(error)}") from None
        yield opened


@contextmanager
def serving(
    opened: socket.socket, settings: Callable[[], Settings], clock: Clock, *, tick: float = TICK
) -> Iterator[str]:
    """Serve the page on a thread until the block is left; gives its address."""
    monitor = settings().monitor
    library = Library(monitor.database.reveal())
    token = monitor.web.token.reveal() if monitor.web.token else ""
    desk = Desk(
        current=settings,
        library=library,
        clock=clock,
        keys=Keys(token=token, secret=secrets.token_hex(32)),
        hosts=_names(monitor),
    )
    server = uvicorn.Server(_config(desk, tick))
    thread = threading.Thread(target=_run, args=(server, opened), name="web", daemon=True)
    address = _address(opened)
    thread.start()
    log.info("web page", address=address, asks_who=bool(token))
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(2 * CLOSING)
        library.close()


def _run(server: uvicorn.Server, opened: socket.socket) -> None:
    async def limited() -> None:
        current_default_thread_limiter().total_tokens = THREADS
        await server.serve([opened])

    try:
        asyncio.run(limited())
    except Exception:
        log.exception("the web page ended; the rest goes on")
        raise


def _config(desk: Desk, tick: float) -> uvicorn.Config:
    return uvicorn.Config(
        site(desk),
        http=type("Patient", (Patient,), {"tick": tick}),
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=CLOSING,
        h11_max_incomplete_event_size=HEADERS,
    )


class Patient(H11Protocol):
    """A connection whose other side is waited for, but not for ever."""

    tick = TICK

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - the transport that asyncio made
        """Begin to look at the clock."""
        super().connection_made(transport)
        self._looks = 0
        self._last: object = None
        self._timer = self.loop.call_later(self.tick, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._timer.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close a connection that brings no request, drop one that does not take its answer."""
        busy = self.cycle is not None and not self.cycle.response_complete
        self._looks = self._looks + 1 if self.cycle is self._last else 1
        self._last = self.cycle
        if self._looks >= (LONGEST if busy else 2):
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(self.tick, self._look)


def _names(monitor: MonitorFile) -> tuple[str, ...] | None:
    """Name what the page answers to: this machine's own names on a loopback address, and those that are configured."""
    web = monitor.web
    if is_loopback(web.host):
        return (*OWN_NAMES, web.listen.rpartition(":")[0].lower(), *web.hosts)
    return web.hosts or None


def _address(opened: socket.socket) -> str:
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program has this port; end it, name another one in monitor.yaml, or write off for no page"
    if error.errno == errno.EACCES:
        return "this port needs rights that the program lacks; name one above 1023 in monitor.yaml"
    said = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return f"this address cannot be had ({said}); name another one in monitor.yaml"
