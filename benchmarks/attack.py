"""Four attacks on the real daemon over loopback, each with what it did to the rest of the service.

python -m benchmarks.attack [text|slow|idle|stop ...]

text: an article of 200,000 dots and one of mixed sentence marks must not hold back other feeds or the heartbeat.
slow: one source in twenty sends pages that take 25 seconds each; the others have a new entry with a page each minute,
and their lag and the pages that they miss are measured.
idle: 1,300 connections to the web page that send nothing, at a limit of 1,024 descriptors.
stop: SIGTERM while a mail server sends its greeting byte by byte.

Durations are bounded; the daemon is a process of its own and is ended in any case.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.row import Row
from benchmarks.service import Site, feed, running_daemon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.service import Reply

INTERVAL = 60
"""Seconds between two polls of a feed, as configured."""
FEEDS, HOSTILE_SHARE = 1_000, 20
MEASURED = 150.0
"""Seconds for which the daemon is watched under the attack of slow pages."""
SLOW_PAGE = 25.0
IDLE_CONNECTIONS = 1_300
_ARTICLES = "SELECT count(*) FROM articles JOIN entries ON entries.id = entry_id WHERE entries.feed_id LIKE 'good%'"


def run(wanted: tuple[str, ...] = ()) -> Iterator[Row]:
    """Run the attacks named, or all."""
    attacks = {"text": _text, "slow": _slow, "idle": _idle, "stop": _stop}
    for name, attack in attacks.items():
        if not wanted or name in wanted:
            yield from attack()


# ---------------------------------------------------------------- attacks


def _text() -> Iterator[Row]:
    hostile = {f"h{number}": text for number, text in enumerate(("." * 200_000, "?!…." * 50_000, "a. " * 66_000))}
    with Site() as site, tempfile.TemporaryDirectory() as folder:
        feeds = [feed("good", site.url(1), 10), *(feed(name, site.url(2 + i), 10) for i, name in enumerate(hostile))]
        site.routes["good"] = _healthy
        for name, text in hostile.items():
            site.routes[name] = partial(_rss, descriptions=[text])
        with running_daemon(Path(folder), feeds, fulltext="never") as daemon:
            time.sleep(60)
            gaps = daemon.gaps("good")
            beats = daemon.heartbeat_age()
            stored = daemon.count("SELECT count(*) FROM articles")
    yield Row(
        "longest gap between two polls of a feed beside hostile texts",
        max(gaps, default=60),
        "s",
        "<= 30",
        bool(gaps) and max(gaps) <= 30,
    )
    yield Row("age of the heartbeat after a minute of them", beats, "s", "<= 30", beats <= 30)
    yield Row("hostile articles stored", stored - 1, "", "= 3", stored == 4)


def _slow() -> Iterator[Row]:
    hostile = FEEDS // HOSTILE_SHARE
    with Site() as site, tempfile.TemporaryDirectory() as folder:
        feeds = []
        for number in range(FEEDS):
            name = f"slow{number}" if number < hostile else f"good{number}"
            feeds.append(feed(name, site.url(number), INTERVAL))
            site.routes[name] = _rss_of_slow_pages if number < hostile else _rss_of_a_page_a_minute
        with running_daemon(Path(folder), feeds, fulltext="auto") as daemon:
            time.sleep(MEASURED)
            lags = sorted(lag for name in daemon.feeds("good") for lag in daemon.lags(name, INTERVAL))
            polled = sum(bool(daemon.polls(name)) for name in daemon.feeds("good"))
            articles, without_page = daemon.count(_ARTICLES), daemon.count(f"{_ARTICLES} AND partial")
    worst, median = (lags[-1], lags[len(lags) // 2]) if lags else (MEASURED, MEASURED)
    limit = 2 * INTERVAL + 10
    yield Row(
        f"healthy feeds polled, of {FEEDS - hostile}, beside {hostile} with slow pages",
        polled,
        "",
        f"= {FEEDS - hostile}",
        polled == FEEDS - hostile,
    )
    yield Row("their median lag", median, "s", "<= 10", median <= 10)
    yield Row("their largest lag", worst, "s", f"<= {limit}", worst <= limit)
    yield Row(
        f"their articles without their page, of {articles:,}",
        without_page,
        "",
        "= 0",
        articles > 0 and without_page == 0,
    )


def _idle() -> Iterator[Row]:
    with Site() as site, tempfile.TemporaryDirectory() as folder:
        site.routes["good"] = _healthy
        with running_daemon(Path(folder), [feed("good", site.url(1), 10)], nofile=1024, page=True) as daemon:
            before = daemon.log_size()
            with _idle_connections(daemon.port, IDLE_CONNECTIONS) as opened:
                time.sleep(45)
                healthy = daemon.command("health") == 0
                polls = len(daemon.polls("good"))
            grown = (daemon.log_size() - before) / 1000
    yield Row(
        f"polls of a feed in 45 s beside {opened} idle connections at 1,024 descriptors", polls, "", ">= 3", polls >= 3
    )
    yield Row("growth of the log meanwhile", grown, "kB", "<= 200", grown <= 200)
    yield Row("`health` succeeds meanwhile", float(healthy), "", "= 1", healthy)


def _stop() -> Iterator[Row]:
    with Site() as site, _dripping_smtp() as smtp, tempfile.TemporaryDirectory() as folder:
        site.routes["good"] = _growing()
        channels = {
            "mail": {
                "type": "email",
                "smtp": f"smtp://127.0.0.1:{smtp.port}/?starttls=off",
                "from": "m@example.org",
                "to": ["a@example.org"],
            }
        }
        alerts = {"min_priority": "low", "channels": ["mail"], "window": "1s"}
        with running_daemon(
            Path(folder), [feed("good", site.url(1), 10)], fulltext="never", channels=channels, alerts=alerts
        ) as daemon:
            reached = smtp.connected.wait(60)
            started = time.perf_counter()
            daemon.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.process.wait(90)
            took = time.perf_counter() - started
    yield Row("the mail server was reached before SIGTERM", float(reached), "", "= 1", reached)
    yield Row("end after SIGTERM while a mail server drips its greeting", took, "s", "<= 30", took <= 30)


# ---------------------------------------------------------------- the other side


def _rss(path: str, descriptions: list[str]) -> Reply:
    items = "".join(
        f"<item><guid>{path}{n}</guid><title>Item {n} of {path}</title>"
        f"<description>{text} the AI Act</description><pubDate>{formatdate()}</pubDate></item>"
        for n, text in enumerate(descriptions)
    )
    return 0.0, "application/rss+xml", f'<rss version="2.0"><channel><title>{path}</title>{items}</channel></rss>'


def _healthy(path: str) -> Reply:
    return _rss(path, ["A vote on"])


def _growing() -> Callable[[str], Reply]:
    """Return the answers of a feed with a new entry every ten seconds; those of its first poll are no news."""
    started = time.monotonic()
    return lambda path: _rss(path, ["A vote on"] * (1 + int(time.monotonic() - started) // 10))


def _rss_of_a_page_a_minute(path: str) -> Reply:
    """Return a feed with one entry, a new one each minute, and its page."""
    if "page" in path:
        return 0.0, "text/html", _page(path)
    minute = int(time.time() // 60)
    return 0.0, "application/rss+xml", _rss_with_links(path, {minute: f"page{minute}"})


def _rss_of_slow_pages(path: str) -> Reply:
    """Return a feed of sixty entries whose pages are slow."""
    if "page" in path:
        return SLOW_PAGE, "text/html", _page(path)
    return 0.0, "application/rss+xml", _rss_with_links(path, {n: f"page{n}-{int(time.time())}" for n in range(60)})


def _page(path: str) -> str:
    return f"<h1>{path}</h1>" + f"<p>The committee of {path} met and heard what was done.</p>" * 20


def _rss_with_links(path: str, pages: dict[int, str]) -> str:
    """Return a feed of entries, by guid, with the addresses of their pages."""
    items = "".join(
        f"<item><guid>{guid}</guid><title>Item {guid} of {path}</title><link>{path}/{page}</link></item>"
        for guid, page in pages.items()
    )
    return f'<rss version="2.0"><channel><title>{path}</title>{items}</channel></rss>'


@contextmanager
def _idle_connections(port: int, number: int) -> Iterator[int]:
    """Hold so many connections open that send nothing; those that are refused or closed are opened anew."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_192), hard))
    connections: list[socket.socket] = []
    try:
        for _ in range(number):
            with contextlib.suppress(OSError):
                connections.append(socket.create_connection(("127.0.0.1", port), timeout=2))
        yield len(connections)
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@dataclass
class _Smtp:
    port: int
    connected: threading.Event = field(default_factory=threading.Event)


@contextmanager
def _dripping_smtp() -> Iterator[_Smtp]:
    """Accept connections and send a greeting byte by byte, one a second, which never ends."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        smtp = _Smtp(server.getsockname()[1])

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    smtp.connected.set()
                    threading.Thread(target=drip, args=(connection,), daemon=True).start()

        def drip(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), connection:
                for _ in range(600):
                    connection.sendall(b"2")
                    time.sleep(1)

        threading.Thread(target=serve, daemon=True).start()
        yield smtp


def main(wanted: tuple[str, ...]) -> int:
    """Print a row as soon as it is measured; return 1 if a limit is missed."""
    missed = 0
    for row in run(wanted):
        missed += not row.good
        print(f"{'ok' if row.good else '!!':3}{row.measured:9.3g} {row.unit:3}{row.limit:9}{row.what}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
