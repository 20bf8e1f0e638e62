"""The page's own thread: a socket that is opened before anything else begins, and a server with limits behind it.

The number of connections is bounded, and slow clients are dropped (monitor.web.connections). The server is asked to end
from another thread; answers in hand then get CLOSING seconds.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
import uvicorn
from anyio.to_thread import current_default_thread_limiter

from monitor.core.errors import MonitorError
from monitor.core.messages.channel_configs import is_loopback
from monitor.store import Library
from monitor.web.connections import TICK, Acceptor, Connection
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
"""Open at once, unless the system allows the process too few descriptors."""
QUEUE = 128
"""Connections that the kernel holds until they are accepted."""
HEADERS = 16_384
"""Bytes of a request's head."""
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
            opened.listen(QUEUE)
        except OSError as error:
            raise MonitorError(f"web.listen {web.listen}: {_why(error)}") from None
        yield opened


@contextmanager
def serving(
    opened: socket.socket,
    settings: Callable[[], Settings],
    clock: Clock,
    *,
    tick: float = TICK,
    connections: int = CONNECTIONS,
) -> Iterator[str]:
    """Serve the page on a thread until the block is left; gives its address. `connections` are open at once at most."""
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
    server = Server(_config(desk, tick), connections)
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
        http=type("Connection", (Connection,), {"tick": tick}),
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
        timeout_keep_alive=5,
        timeout_graceful_shutdown=CLOSING,
        h11_max_incomplete_event_size=HEADERS,
    )


class Server(uvicorn.Server):
    """A uvicorn server whose connections are accepted by an Acceptor."""

    def __init__(self, config: uvicorn.Config, most: int) -> None:
        super().__init__(config)
        self._most = most

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await super().startup(sockets=[])
        assert sockets  # noqa: S101 - the page opens its socket itself
        self._acceptor = Acceptor(sockets[0], self._connection, self._most)
        self._acceptor.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, and let answers in hand be finished."""
        self._acceptor.stop()
        await super().shutdown(sockets)

    def _connection(self) -> Connection:
        protocol: type[Connection] = self.config.http_protocol_class  # type: ignore[assignment]
        return protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


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
