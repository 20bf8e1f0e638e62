"""A loopback newsroom to measure pollers against: many hosts, many feeds, article pages of realistic size.

python -m benchmarks.newsroom --feeds 100 --entries 20 [--hosts 100] [--pages DIR] prints its port, then serves

Feed I is http://127.1.H.1:PORT/feed/I.xml with H = I % hosts, its entries are /a/I/K.html on the same host. Validators
are answered with 304. POST /_tick publishes one more entry in every feed, GET /_stats counts, with the peak per host.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import html
import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = 400
"""Articles there are: in a first poll of 2,000, each is syndicated five times."""
_START = 1_790_000_000
_FEED, _PAGE = re.compile(r"/feed/(\d+)\.xml"), re.compile(r"/a/(\d+)/(\d+)\.html")
Reply = tuple[int, bytes, str, str]


class Newsroom:
    """The content, and the requests so far."""

    def __init__(self, feeds: int, entries: int, hosts: int, pages: list[bytes]) -> None:
        self.feeds, self.entries, self.hosts, self.pages = feeds, entries, hosts, pages
        self.titles = [_title(page) for page in pages]
        self.port = 0
        self.ticks = 0
        self.counts: Counter[str] = Counter()
        self.at_once: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self._bodies: dict[tuple[int, int], tuple[bytes, str]] = {}

    def reply(self, method: str, path: str, headers: dict[str, str]) -> Reply:
        """Answer one request: status, body, type, further headers."""
        if found := _FEED.fullmatch(path):
            return self._feed_reply(int(found[1]), headers)
        if found := _PAGE.fullmatch(path):
            self.counts["page"] += 1
            return 200, self.pages[self._page_of(int(found[1]), int(found[2]))], "text/html; charset=utf-8", ""
        if path == "/_stats":
            counts = {**self.counts, "most_per_host": max(self.most.values(), default=0)}
            return 200, json.dumps(counts).encode(), "application/json", ""
        if method == "POST" and path == "/_tick":
            self.ticks += 1
            return 200, b"{}", "application/json", ""
        return 404, b"not here", "text/plain", ""

    def _feed_reply(self, number: int, headers: dict[str, str]) -> Reply:
        body, tag = self._feed(number)
        if headers.get("if-none-match") == tag:
            self.counts["not modified"] += 1
            return 304, b"", "application/rss+xml", f"ETag: {tag}\r\n"
        self.counts["feed"] += 1
        return 200, body, "application/rss+xml; charset=utf-8", f"ETag: {tag}\r\n"

    def _feed(self, number: int) -> tuple[bytes, str]:
        key = (number, self.ticks)
        if key not in self._bodies:
            last = self.entries + self.ticks
            items = "".join(self._item(number, index) for index in range(last - 1, last - 1 - self.entries, -1))
            body = (
                f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {number}</title>{items}</channel></rss>'
            )
            self._bodies[key] = body.encode(), f'"{hashlib.sha1(body.encode()).hexdigest()}"'
        return self._bodies[key]

    def _item(self, number: int, index: int) -> str:
        link = f"http://127.1.{number % self.hosts}.1:{self.port}/a/{number}/{index}.html"
        title = html.escape(self.titles[self._page_of(number, index)])
        when = formatdate(_START + 3600 * index + number, usegmt=True)
        return (
            f"<item><title>{title} [{number}.{index}]</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{when}</pubDate><description>{title}</description></item>"
        )

    def _page_of(self, number: int, index: int) -> int:
        return (number * 7919 + index) % len(self.pages)

    async def serve(self) -> None:
        """Listen on every host, say on which port, and answer until killed."""
        first = await asyncio.start_server(self._talk, "127.1.0.1", 0, backlog=1024)
        self.port = first.sockets[0].getsockname()[1]
        others = [f"127.1.{host}.1" for host in range(1, self.hosts)]
        servers = [first, *[await asyncio.start_server(self._talk, host, self.port, backlog=1024) for host in others]]
        print(self.port, flush=True)
        await asyncio.gather(*[server.serve_forever() for server in servers])

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
            while line := (await reader.readline()).decode("latin-1"):
                method, path, _ = line.split(" ", 2)
                headers = {}
                while raw := (await reader.readline()).decode("latin-1").strip():
                    name, _, value = raw.partition(":")
                    headers[name.lower()] = value.strip()
                self.at_once[host] += 1
                self.most[host] = max(self.most[host], self.at_once[host])
                await asyncio.sleep(0)  # let the others that this host is asked for at once arrive
                writer.write(_encoded(*self.reply(method, path, headers)))
                await writer.drain()
                self.at_once[host] -= 1
        writer.close()


def _encoded(status: int, body: bytes, kind: str, more: str) -> bytes:
    length = "" if status == 304 else f"Content-Length: {len(body)}\r\n"
    return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{more}{length}\r\n".encode() + body


def _title(page: bytes) -> str:
    found = re.search(rb"<title[^>]*>(.*?)</title>", page, re.DOTALL | re.IGNORECASE)
    words = found[1].decode("utf-8", "replace").split() if found else []
    return html.unescape(" ".join(words))[:200] or "untitled"


class Serving:
    """A newsroom in a process of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    def tick(self) -> None:
        """Publish one more entry in every feed."""
        self._ask("/_tick", b"")

    def stats(self) -> dict[str, int]:
        """Return the counts so far."""
        counts: dict[str, int] = json.loads(self._ask("/_stats"))
        return counts

    def _ask(self, path: str, data: bytes | None = None) -> bytes:
        with urllib.request.urlopen(f"http://127.1.0.1:{self.port}{path}", data=data, timeout=10) as answer:
            body: bytes = answer.read()
            return body


@contextmanager
def serving(feeds: int, entries: int = 20, hosts: int = 100, pages: Path | None = None) -> Iterator[Serving]:
    """Run a newsroom for as long as the block runs."""
    sizes = ["--feeds", feeds, "--entries", entries, "--hosts", hosts]
    command = [
        sys.executable,
        "-m",
        "benchmarks.newsroom",
        *map(str, sizes),
        *(["--pages", str(pages)] if pages else []),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield Serving(int(process.stdout.readline()))
        finally:
            process.terminate()


def main() -> None:
    """Serve what the command line asks for."""
    parser = argparse.ArgumentParser(description="a loopback newsroom")
    parser.add_argument("--feeds", type=int, default=100)
    parser.add_argument("--entries", type=int, default=20)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--pages", type=Path)
    arguments = parser.parse_args()
    if arguments.pages:
        pages = [file.read_bytes() for file in sorted(arguments.pages.glob("*.html"))]
    else:
        from benchmarks.news_pages import news_pages

        pages = news_pages(PAGES)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Newsroom(arguments.feeds, arguments.entries, arguments.hosts, pages).serve())


if __name__ == "__main__":
    main()
