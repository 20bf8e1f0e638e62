"""A town of newsrooms on loopback addresses of their own, each of which counts who asks at once."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from newsroom import HTML, Answer, ReceivedRequest, Site, feed_xml, rss
from page_samples import page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

HOSTS, FEEDS, ENTRIES = 10, 60, 2
THINKS = 0.15
"""Seconds that a host takes for an answer, so that requests can meet there."""
NEWS = (
    "The ministry in {place} told reporters that the EU AI Act binds the {trade} of the whole coast from spring.",
    "Officials in {place} said that new export controls on AI chips would reach the {trade} before the summer.",
    "The council of {place} spent its evening on the {trade} and on nothing else that anybody wrote down.",
)


@dataclass(frozen=True)
class Town:
    """Sites that are running, and the feeds that they have."""

    sites: list[Site]

    def feeds(self) -> list[dict[str, str]]:
        """What feeds.yaml says of them."""
        return [{"id": f"feed-{one}", "url": self.sites[one % HOSTS].url(f"/{one}.xml")} for one in range(FEEDS)]


@contextmanager
def town(now: datetime) -> Iterator[Town]:
    """Run a town in a thread of its own."""
    started, ended = threading.Event(), asyncio.Event()
    built: list[tuple[Town, asyncio.AbstractEventLoop]] = []

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            sites = [await stack.enter_async_context(Site(f"127.0.0.{10 + one}")) for one in range(HOSTS)]
            _furnish(sites, now)
            built.append((Town(sites), asyncio.get_running_loop()))
            started.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(30), "the town did not wake up"
        yield built[0][0]
    finally:
        built[0][1].call_soon_threadsafe(ended.set)
        thread.join(30)


def _furnish(sites: list[Site], now: datetime) -> None:
    """Put each feed on one host, and the pages behind its entries on others."""
    for feed in range(FEEDS):
        items = []
        for entry in range(ENTRIES):
            number = feed * ENTRIES + entry
            site, title = sites[number * 7 % HOSTS], f"Notice {number} from district {number}"
            site.routes[f"/page/{number}"] = _slowly(_page(number, title))
            items.append(
                {
                    "title": title,
                    "link": site.url(f"/page/{number}"),
                    "guid": f"n{number}",
                    "pubDate": format_datetime(now),
                }
            )
        sites[feed % HOSTS].routes[f"/{feed}.xml"] = _slowly(rss(feed_xml(items)))


def _page(number: int, title: str) -> Answer:
    """A page whose every sentence is its own."""
    words = {"place": f"district {number}", "trade": f"guild {number} of weavers"}
    lead = NEWS[number % len(NEWS)].format(**words)
    rest = [
        f"Nobody in street {number}-{line} had heard of it when house {number * line} was asked."
        for line in range(3, 8)
    ]
    return Answer(page([lead, *rest], title=title).encode(), headers={"Content-Type": HTML})


def _slowly(answer: Answer) -> object:
    async def script(asked: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(THINKS)
        writer.write(answer.encode())
        await writer.drain()

    return script
