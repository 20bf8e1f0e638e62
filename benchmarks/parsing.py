"""Parsing feeds: what the first poll and a later one cost, compared with feedparser alone on the same bytes.

A feed has twenty short items; at the later poll one of them is new. Three hundred feeds are parsed each time.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate
from io import BytesIO
from typing import TYPE_CHECKING

import feedparser

from benchmarks.row import Row
from monitor.core import feeds
from monitor.core.model import Feed, FeedId, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FEEDS, ITEMS, ROUNDS = 300, 20, 5
NOW = datetime(2026, 11, 24, tzinfo=UTC)
_HEADERS = {"content-type": "application/rss+xml; charset=utf-8"}


def run() -> Iterator[Row]:
    """Measure parsing without and with a cache."""
    before, after = [document(number, 1) for number in range(FEEDS)], [document(number, 2) for number in range(FEEDS)]
    remembered = [_again(body, b"")[1] for body in before]
    alone = _seconds(lambda: [feedparser.parse(BytesIO(body)) for body in after])
    first = _seconds(lambda: [_again(body, b"") for body in after]) / alone
    later = _seconds(lambda: [_again(*pair) for pair in zip(after, remembered, strict=True)]) / alone
    yield Row("CPU of parsing a feed the first time, to feedparser's", first, "x", "<= 1.8", first <= 1.8)
    yield Row("CPU of parsing it later, one item of twenty new, to feedparser's", later, "x", "<= 0.5", later <= 0.5)


def document(number: int, newest: int) -> bytes:
    """Write the document of a feed whose newest item has this number."""
    items = "".join(_item(number, index) for index in range(newest, newest - ITEMS, -1))
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{items}</channel></rss>'.encode()


def _item(number: int, index: int) -> str:
    link = f"https://www.example.org/{number}/{index}.html"
    when = formatdate(NOW.timestamp() + 3600 * index - number - 10_000, usegmt=True)
    title = f"Ministers of {number} countries meet for the {index}th time"
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><pubDate>{when}</pubDate>"
        f"<description>{title} &amp;amp; say &lt;b&gt;little&lt;/b&gt; about it</description></item>"
    )


def _again(body: bytes, remembered: bytes) -> tuple[object, bytes]:
    feed = Feed(id=FeedId("f"), url="https://www.example.org/feed.xml")
    return feeds.parse_cached(feed, Response(url=feed.url, status=200, headers=_HEADERS, body=body), NOW, remembered)


def _seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds of the fastest of ROUNDS rounds."""

    def once() -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    return min(once() for _ in range(ROUNDS))
