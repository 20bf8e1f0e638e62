"""Ten sites on ten loopback addresses with 60 feeds; each site records its largest number of simultaneous requests."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from page_samples import page
from siteserver import HTML, Answer, ReceivedRequest, Site, feed_xml, rss

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

HOSTS, FEEDS, ENTRIES = 10, 60, 2
RESPONSE_SECONDS = 0.15
"""Delay of each response, so that requests overlap."""
NEWS = (
    "The ministry in {place} told reporters that the EU AI Act binds the {trade} of the whole coast from spring.",
    "Officials in {place} said that new export controls on AI chips would reach the {trade} before the summer.",
    "The council of {place} spent its evening on the {trade} and on nothing else that anybody wrote down.",
)


@dataclass(frozen=True)
class ManySites:
    """The running sites."""

    sites: list[Site]

    def feeds(self) -> list[dict[str, str]]:
        """Return the content of feeds.yaml for them."""
        return [{"id": f"feed-{one}", "url": self.sites[one % HOSTS].url(f"/{one}.xml")} for one in range(FEEDS)]


@contextmanager
def serve_many_sites(now: datetime) -> Iterator[ManySites]:
    """Run the sites in a thread of their own."""
    started, ended = threading.Event(), asyncio.Event()
    built: list[tuple[ManySites, asyncio.AbstractEventLoop]] = []

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            sites = [await stack.enter_async_context(Site(f"127.0.0.{10 + one}")) for one in range(HOSTS)]
            _add_routes(sites, now)
            built.append((ManySites(sites), asyncio.get_running_loop()))
            started.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(30), "the sites did not start"
        yield built[0][0]
    finally:
        built[0][1].call_soon_threadsafe(ended.set)
        thread.join(30)


def _add_routes(sites: list[Site], now: datetime) -> None:
    """Put each feed on one host, and the pages behind its entries on others."""
    for feed in range(FEEDS):
        items = []
        for entry in range(ENTRIES):
            number = feed * ENTRIES + entry
            site, title = sites[number * 7 % HOSTS], f"Notice {number} from district {number}"
            site.routes[f"/page/{number}"] = _delayed(_page(number, title))
            items.append(
                {
                    "title": title,
                    "link": site.url(f"/page/{number}"),
                    "guid": f"n{number}",
                    "pubDate": format_datetime(now),
                }
            )
        sites[feed % HOSTS].routes[f"/{feed}.xml"] = _delayed(rss(feed_xml(items)))


def _page(number: int, title: str) -> Answer:
    """Return a page of which no sentence occurs on another page."""
    words = {"place": f"district {number}", "trade": f"guild {number} of weavers"}
    lead = NEWS[number % len(NEWS)].format(**words)
    rest = [
        f"Nobody in street {number}-{line} had heard of it when house {number * line} was request."
        for line in range(3, 8)
    ]
    return Answer(page([lead, *rest], title=title).encode(), headers={"Content-Type": HTML})


def _delayed(answer: Answer) -> object:
    async def script(request: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(RESPONSE_SECONDS)
        writer.write(answer.encode())
        await writer.drain()

    return script
