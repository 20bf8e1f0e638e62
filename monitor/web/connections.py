"""Accepts HTTP connections up to a limit in total and for each client, and closes idle ones for new ones.

asyncio accepts every connection and leaves limits to the server behind it. By then each connection has a file
descriptor, and when descriptors run out, its accept loop logs an error thousands of times a second. Here the number of
sockets is bounded, and after a shortage new connections wait in the kernel's queue for PAUSE_SECONDS.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

from monitor.config_types.hosts import is_loopback
from monitor.runtime import descriptors
from monitor.web.throttle import network_of

TICK_SECONDS = 5.0
"""Seconds between two checks of a connection: one that has not completed a request after two of them is closed."""
MAX_RESPONSE_CHECKS = 12
"""Checks after which a connection is closed though its response is not complete."""
PAUSE_SECONDS = 1.0
"""Seconds without accepting after the system had no descriptor or no memory for a connection."""
log = structlog.get_logger("monitor.web")


class Connection(H11Protocol):
    """One HTTP connection, closed when its client takes too long."""

    tick = TICK_SECONDS
    owner: Acceptor | None = None

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - the transport that asyncio made
        """Start the timer."""
        super().connection_made(transport)
        self.idle_since = self.loop.time()
        self._checks = 0
        self._last: object = None
        self._timer = self.loop.call_later(self.tick, self._check)
        self._report_idle()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._timer.cancel()
        super().connection_lost(exc)
        if self.owner:
            self.owner.closed(self)

    def on_response_complete(self) -> None:
        """Note since when the connection is idle."""
        self.idle_since = self.loop.time()
        super().on_response_complete()
        self._report_idle()

    @property
    def is_idle(self) -> bool:
        """True if there is no complete request: nothing was sent, or a request is still arriving."""
        waiting = self.cycle is None or self.cycle.response_complete or self.cycle.more_body
        return waiting and self.transport is not None

    def _report_idle(self) -> None:
        if self.owner:
            self.owner.on_capacity()

    def abort(self) -> None:
        """Close at once; the descriptor is free in the next turn of the event loop."""
        self.transport.abort()

    def _check(self) -> None:
        """Close a connection that sends no request, or whose client does not read the response."""
        busy = self.cycle is not None and not self.cycle.response_complete
        self._checks = self._checks + 1 if self.cycle is self._last else 1
        self._last = self.cycle
        if self._checks >= (MAX_RESPONSE_CHECKS if busy else 2):
            self.abort()
        else:
            self._timer = self.loop.call_later(self.tick, self._check)


class Acceptor:
    """Accepts connections on a listening socket; `create` makes the protocol of a connection.

    At `limit` connections a new one replaces an idle one: the longest idle of the client that has the most. Where none
    is idle, new ones wait in the kernel's queue. A client (an IPv6 /64 network counts as one) gets half of the limit.
    Loopback clients are not limited separately: behind a proxy on this machine, all visitors have its address.
    """

    def __init__(self, listener: socket.socket, create: Callable[[], Connection], limit: int) -> None:
        self._listener = listener
        self._create = create
        self.limit = limit
        self.limit_per_client = max(1, limit // 2)
        self._open: dict[Connection, str] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._retry: asyncio.TimerHandle | None = None
        self._stopped = False

    def start(self) -> None:
        """Accept from now on."""
        self._listener.setblocking(False)
        self._resume()

    def stop(self) -> None:
        """Accept no more; open connections stay."""
        self._stopped = True
        self._pause()

    def _resume(self) -> None:
        self._retry = None
        if not self._stopped:
            self._loop.add_reader(self._listener, self._accept)

    def _pause(self) -> None:
        self._loop.remove_reader(self._listener)
        if self._retry:
            self._retry.cancel()
            self._retry = None

    def on_capacity(self) -> None:
        """Accept again, unless a pause after a shortage is not over."""
        if not self._retry:
            self._resume()

    def closed(self, connection: Connection) -> None:
        """Drop a closed connection from the count."""
        self._open.pop(connection, None)
        self.on_capacity()

    def _accept(self) -> None:
        """Accept one connection only: a second accept could fail for lack of a descriptor with no client waiting."""
        if len(self._open) >= self.limit and not any(each.is_idle for each in self._open):
            self._pause()
            return
        try:
            wire, address = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            self._pause_after(error)
            return
        self._admit(wire, str(address[0]))

    def _pause_after(self, error: OSError) -> None:
        """Pause accepting; when descriptors or memory ran out, close an idle connection as well."""
        log.error("no connection could be accepted", reason=error.strerror, open=len(self._open))
        if descriptors.is_exhaustion_error(error):
            self._close_idle(self._open)
        self._pause()
        self._retry = self._loop.call_later(PAUSE_SECONDS, self._resume)

    def _admit(self, wire: socket.socket, host: str) -> None:
        client = "" if is_loopback(host) else network_of(host)
        own = [each for each, other in self._open.items() if other == client]
        if client and len(own) >= self.limit_per_client:
            if not self._close_idle(own):
                wire.close()
                return
        elif len(self._open) >= self.limit:
            self._close_idle(self._open)
        connection = self._create()
        self._open[connection] = client
        connection.owner = self
        task = self._loop.create_task(self._connect(connection, wire))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _connect(self, connection: Connection, wire: socket.socket) -> None:
        try:
            # Otherwise the body of a response waits until the client acknowledges the headers, often for 40 ms.
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(lambda: connection, wire)
        except OSError:  # the client is gone already
            wire.close()
            self.closed(connection)

    def _close_idle(self, among: Iterable[Connection]) -> bool:
        """Close the longest idle connection of the client that has the most; False when none is idle."""
        counts = Counter(self._open.values())
        idle = [each for each in among if each.is_idle]
        if not idle:
            return False
        oldest = max(idle, key=lambda each: (counts[self._open[each]], -each.idle_since))
        del self._open[oldest]
        oldest.abort()
        return True
