"""What benchmarks against the real daemon share: a loopback site with any content, and the daemon as a process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RULES = """version: 1
topics: {testing: {title: Testing}}
rules:
- {id: ai-act, title: AI Act, topic: testing, status: live, any: [AI Act], tests: [{hit: the AI Act}, {miss: nothing}]}
"""


def feed(name: str, url: str, interval: int) -> dict[str, str]:
    return {"id": name, "url": f"{url}/{name}", "interval": f"{interval}s"}


@dataclass
class Daemon:
    folder: Path
    process: subprocess.Popen[bytes]
    ids: list[str]
    port: int

    def feeds(self, prefix: str) -> list[str]:
        return [name for name in self.ids if name.startswith(prefix)]

    def polls(self, feed_id: str) -> list[float]:
        """Return when a feed was polled, as UNIX times."""
        rows = self._query("SELECT started_at FROM polls WHERE feed_id = ? ORDER BY started_at", feed_id)
        return [_unix(at) for (at,) in rows]

    def gaps(self, feed_id: str) -> list[float]:
        """Return the seconds from each poll to the next, and from the last one until now; empty without a poll."""
        polls = self.polls(feed_id)
        if not polls:
            return []
        return [later - earlier for earlier, later in zip(polls, [*polls[1:], time.time()], strict=True)]

    def lags(self, feed_id: str, interval: float) -> list[float]:
        """Return by how many seconds each poll came later than the interval and a tenth, by which polls are put off."""
        return [max(0.0, gap - interval * 1.1) for gap in self.gaps(feed_id)]

    def count(self, query: str) -> int:
        return int(self._query(query)[0][0])

    def heartbeat_age(self) -> float:
        return time.time() - _unix(self._query("SELECT at FROM heartbeats WHERE name = 'daemon'")[0][0])

    def log_size(self) -> int:
        return (self.folder / "log").stat().st_size

    def command(self, *arguments: str) -> int:
        return subprocess.run(
            command_line(self.folder, *arguments), env=environment(), cwd=self.folder, capture_output=True, check=False
        ).returncode

    def _query(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.folder / "data/monitor.db", timeout=30)) as connection:
            return connection.execute(query, arguments).fetchall()


def configure(
    folder: Path,
    feeds: list[dict[str, str]],
    *,
    fulltext: str = "auto",
    database: str = "",
    page_port: int = 0,
    channels: dict[str, Any] | None = None,
    alerts: dict[str, Any] | None = None,
    min_gap: str = "1s",
) -> None:
    """Write a configuration folder for these feeds and one rule; the database is an SQLite file unless one is named."""
    config = folder / "config"
    (config / "rules").mkdir(parents=True)
    files = {
        "monitor.yaml": {
            "database": database or f"sqlite:///{folder / 'data/monitor.db'}",
            "fetch": {"allow_networks": ["127.0.0.0/8"], "timeout": "30s", "min_gap": min_gap},
            "web": {"listen": f"127.0.0.1:{page_port}" if page_port else "off"},
        },
        "feeds.yaml": {"feeds": [{**each, "fulltext": fulltext} for each in feeds]},
        "channels.yaml": {"channels": {"outbox": {"type": "file", "dir": str(folder / "outbox")}, **(channels or {})}},
        "digests.yaml": {"digests": [], **({"alerts": alerts} if alerts else {})},
    }
    for name, content in files.items():
        (config / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    (config / "rules" / "r.yaml").write_text(RULES, encoding="utf-8")


@contextmanager
def running_daemon(
    folder: Path, feeds: list[dict[str, str]], *, nofile: int | None = None, page: bool = False, **configuration: Any
) -> Iterator[Daemon]:
    """Configure and run the daemon until the block ends."""
    port = free_port()
    configure(folder, feeds, page_port=port if page else 0, **configuration)
    process = start(folder, nofile)
    try:
        _wait_for(lambda: b"started" in (folder / "log").read_bytes())
        yield Daemon(folder, process, [each["id"] for each in feeds], port)
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(40)
        process.kill()
        process.wait()


def start(folder: Path, nofile: int | None = None, role: str = "all") -> subprocess.Popen[bytes]:
    """Start the daemon on a configured folder, with its output in the file `log` there."""
    limited = ["sh", "-c", f'ulimit -n {nofile}; exec "$@"', "sh"] if nofile else []
    with (folder / "log").open("ab") as log:
        command = [*limited, *command_line(folder, "run", "--role", role)]
        return subprocess.Popen(command, env=environment(), cwd=folder, stdout=log, stderr=log)


def command_line(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "monitor", "--config", str(folder / "config"), *arguments]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
    return {**kept, "PYTHONPATH": str(Path(__file__).parents[1])}


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the daemon has not started")
        time.sleep(0.1)


def _unix(stored: str) -> float:
    return datetime.fromisoformat(f"{stored}+00:00").timestamp()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Reply = tuple[float, str, str]
"""Seconds before the answer, its type, its body."""


@dataclass
class Site:
    """One server on all loopback addresses, in a thread; a feed's name in the path chooses its content."""

    routes: dict[str, Callable[[str], Reply]] = field(default_factory=dict)
    port: int = 0

    def url(self, number: int) -> str:
        """Return the address of a host of its own for each number."""
        return f"http://127.2.{number // 250}.{number % 250 + 1}:{self.port}"

    def __enter__(self) -> Site:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(ready)), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _run(self, ready: threading.Event) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "0.0.0.0", 0, backlog=1000)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._end.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            route = self.routes.get(path.split("/")[1])
            delay, kind, body = route(path) if route else (0.0, "text/plain", "")
            await asyncio.sleep(delay)
            status = "200 OK" if route else "404 Not Found"
            data = body.encode()
            headers = f"Content-Type: {kind}\r\nContent-Length: {len(data)}\r\nConnection: close"
            writer.write(f"HTTP/1.1 {status}\r\n{headers}\r\n\r\n".encode() + data)
            await writer.drain()
        writer.close()
