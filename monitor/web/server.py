"""Runs the web interface in a thread of its own, on a socket that is opened before the daemon starts.

The number of connections is bounded, and slow clients are disconnected (monitor.web.connections). At shutdown,
responses in progress get SHUTDOWN_SECONDS.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import structlog
import uvicorn
from anyio.to_thread import current_default_thread_limiter

from monitor.app import Clock
from monitor.config_types.hosts import is_loopback
from monitor.core.errors import MonitorError
from monitor.lab.preview_process import PREVIEW_SECONDS, PreviewProcess
from monitor.settings import MonitorFile, Settings
from monitor.store import WebStore
from monitor.web.connections import TICK_SECONDS, Acceptor, Connection
from monitor.web.context import WebContext
from monitor.web.routes import create_app
from monitor.web.signing import Signer

WEB_THREADS = 4
"""Views that run at the same time."""
MAX_WEB_CONNECTIONS = 100
"""Connections open at the same time, unless the process has too few file descriptors."""
BACKLOG = 128
"""Connections that wait in the kernel's queue."""
MAX_HEAD_BYTES = 16_384
"""Bytes of a request line and its headers."""
SHUTDOWN_SECONDS = 2
"""Seconds that responses in progress get at shutdown."""
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
log = structlog.get_logger("monitor.web")


@contextmanager
def open_socket(monitor: MonitorFile) -> Iterator[socket.socket]:
    """Open the listening socket of `web.listen`; MonitorError says why it cannot be opened."""
    web = monitor.web
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((web.host, web.port))
            listener.listen(BACKLOG)
        except OSError as error:
            raise MonitorError(f"web.listen {web.listen}: {_explain_bind_error(error)}") from None
        yield listener


@contextmanager
def serve_in_thread(
    listener: socket.socket,
    settings: Callable[[], Settings],
    clock: Clock,
    *,
    tick: float = TICK_SECONDS,
    max_connections: int = MAX_WEB_CONNECTIONS,
    preview_seconds: float = PREVIEW_SECONDS,
) -> Iterator[str]:
    """Serve in a thread until the block is left; yields the URL. `max_connections` may be open at the same time.

    `preview_seconds`: the time that trying a rule may take.
    """
    monitor = settings().monitor
    store = WebStore(monitor.database.reveal())
    token = monitor.web.token.reveal() if monitor.web.token else ""
    context = WebContext(
        current_settings=settings,
        store=store,
        clock=clock,
        signer=Signer(token=token, secret=secrets.token_hex(32)),
        previews=PreviewProcess(preview_seconds),
        allowed_hosts=_allowed_hosts(monitor),
    )
    server = Server(_uvicorn_config(context, tick), max_connections)
    thread = threading.Thread(target=_run, args=(server, listener), name="web", daemon=True)
    url = _url(listener)
    thread.start()
    log.info("web page served", address=url, needs_token=bool(token))
    try:
        yield url
    finally:
        server.should_exit = True
        context.previews.close()
        thread.join(2 * SHUTDOWN_SECONDS)
        store.close()


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    async def serve() -> None:
        current_default_thread_limiter().total_tokens = WEB_THREADS
        await server.serve([listener])

    try:
        asyncio.run(serve())
    except Exception:
        log.exception("the web page ended; the daemon continues")
        raise


def _uvicorn_config(context: WebContext, tick: float) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(context),
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
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
    )


class Server(uvicorn.Server):
    """A uvicorn server whose connections are accepted by an Acceptor."""

    def __init__(self, config: uvicorn.Config, max_connections: int) -> None:
        super().__init__(config)
        self._max_connections = max_connections

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting connections."""
        await super().startup(sockets=[])
        assert sockets  # noqa: S101 - serve() passes it
        self._acceptor = Acceptor(sockets[0], self._connect, self._max_connections)
        self._acceptor.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting connections, and wait for responses in progress."""
        self._acceptor.stop()
        await super().shutdown(sockets)

    def _connect(self) -> Connection:
        protocol: type[Connection] = self.config.http_protocol_class  # type: ignore[assignment]
        return protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


def _allowed_hosts(monitor: MonitorFile) -> tuple[str, ...] | None:
    """Return the Host names to serve; None: any.

    They are `web.hosts`, that of `web.base_url`, and on a loopback address the names of this machine.
    """
    base_host = (urlsplit(monitor.web.base_url).hostname or "",) if monitor.web.base_url else ()
    web = monitor.web
    if is_loopback(web.host):
        return (*LOCAL_HOSTS, web.listen.rpartition(":")[0].lower(), *web.hosts, *base_host)
    return (*web.hosts, *base_host) if web.hosts else None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _explain_bind_error(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program uses this port; stop it, or write another port, or `off`, in monitor.yaml"
    if error.errno == errno.EACCES:
        return "this port needs root privileges; choose one above 1023 in monitor.yaml"
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return f"this address cannot be used ({reason}); choose another one in monitor.yaml"
