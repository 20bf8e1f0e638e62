"""The contenders of benchmarks.polling: this program's poller, the bare libraries, and the script of a user.

    python -m benchmarks.contenders NAME --port PORT --feeds N     prints one line of JSON per round

ours        the poller with a hundred rules, a database on disk, limits and checks
unindexed   the same without writing the search index
bare        httpx, feedparser and trafilatura (fast) only, on all CPUs: without matching, storing, limits and checks
script      one process, one request after the other, a regular expression per term, an insert per article

Each line on stdin runs one round; in a round `prime`, no page is fetched. Each contender is a process of its own; its
CPU time includes that of all child processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import multiprocessing
import os
import random
import re
import sqlite3
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Protocol

HOSTS = 100
RULES = 100


class Round(Protocol):
    """One round of a contender; returns the number of articles."""

    async def __call__(self, *, pages: bool) -> int: ...


def urls(port: int, feeds: int) -> list[str]:
    """Return the addresses of the feeds."""
    return [f"http://127.1.{number % HOSTS}.1:{port}/feed/{number}.xml" for number in range(feeds)]


def cpu_seconds() -> float:
    """Return the CPU time of this process and all its descendants, including those that have ended."""
    ticks = os.sysconf("SC_CLK_TCK")
    parents, spent = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
        spent[int(folder.name)] = sum(map(int, fields[11:15]))
    family, before = {os.getpid()}, 0
    while len(family) != before:
        before = len(family)
        family |= {child for child, parent in parents.items() if parent in family}
    return sum(spent[member] for member in family) / ticks


def memory_megabytes(field: str = "VmRSS") -> float:
    """Return the memory in use by this process, or its peak (VmHWM)."""
    found = re.search(rf"{field}:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


async def run_round(work: Round, *, pages: bool) -> None:
    """Run one round and print its cost."""
    wall, spent = time.perf_counter(), cpu_seconds()
    articles = await work(pages=pages)
    cost = {
        "articles": articles,
        "wall": round(time.perf_counter() - wall, 3),
        "cpu": round(cpu_seconds() - spent, 3),
        "memory": round(memory_megabytes(), 1),
        "peak": round(memory_megabytes("VmHWM"), 1),
    }
    print(json.dumps(cost), flush=True)


# ---------------------------------------------------------------- ours


async def ours(port: int, feeds: int) -> None:
    """Poll all feeds, an hour apart."""
    import structlog

    from benchmarks.matching import rule_files, terms, vocabulary
    from monitor.core.model import Feed, FeedId
    from monitor.core.rules import load
    from monitor.extraction import ExtractionPool, PooledMatcher, lower_cpu_priority, pack_rules
    from monitor.fetch import Fetcher
    from monitor.poll import Poller
    from monitor.store import DatabaseThread, open_store

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    rng = random.Random(1)
    book, _ = load(rule_files(terms(vocabulary(20_000, rng), RULES * 5, rng), RULES))
    now = [datetime.now(UTC)]
    lower_cpu_priority()  # as the App does
    pool = ExtractionPool()
    with tempfile.TemporaryDirectory() as folder, DatabaseThread() as database:
        store = open_store(f"sqlite:///{folder}/monitor.db", migrate=True)
        fetcher = Fetcher(
            user_agent="bench (+http://localhost)", now=lambda: now[0], min_gap=0.0, allow_networks=["127.0.0.0/8"]
        )
        watched = [Feed(id=FeedId(f"f{number}"), url=url) for number, url in enumerate(urls(port, feeds))]
        poller = Poller(
            store=store,
            fetcher=fetcher,
            pool=pool,
            matcher=PooledMatcher(pool, pack_rules(book.rules)),
            feeds=watched,
            clock=lambda: now[0],
            jitter=lambda: 0.5,
            database=database,
        )

        async def poll(*, pages: bool) -> int:
            poller.feeds = {feed.id: feed if pages else replace(feed, fulltext="never") for feed in watched}
            polls = await poller.poll_feeds()
            now[0] += timedelta(hours=1)
            return sum(len(poll.found) for poll in polls)

        await _at_each_line(poll)
        await fetcher.aclose()
        pool.close()
        store.close()


async def unindexed(port: int, feeds: int) -> None:
    """Poll all feeds without writing the search index."""
    from monitor.store import _search_index

    _search_index.add = lambda connection, documents: None  # noqa: ARG005
    await ours(port, feeds)


async def _at_each_line(work: Round) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        await run_round(work, pages=line.strip() != "prime")


# ---------------------------------------------------------------- the bare libraries


async def bare(port: int, feeds: int) -> None:
    """Fetch and parse each feed and each new page, with the libraries only."""
    import httpx

    gate, seen = asyncio.Semaphore(32), set()
    limits = httpx.Limits(max_connections=32)
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        async with httpx.AsyncClient(timeout=30, limits=limits) as client:

            async def fetch(url: str) -> bytes:
                async with gate:
                    return (await client.get(url)).content

            async def work(*, pages: bool) -> int:
                bodies = await asyncio.gather(*map(fetch, urls(port, feeds)))
                new = [link for body in bodies for link in _links(body) if link not in seen]
                seen.update(new)
                fetched = await asyncio.gather(*map(fetch, new if pages else []))
                await asyncio.to_thread(pool.map, _extract, fetched, 8)
                return len(new)

            await _at_each_line(work)


def _links(body: bytes) -> list[str]:
    import feedparser

    return [entry.link for entry in feedparser.parse(BytesIO(body)).entries]


def _extract(page: bytes) -> int:
    import trafilatura

    return len(trafilatura.extract(page, include_comments=False, fast=True) or "")


# ---------------------------------------------------------------- the script


async def script(port: int, feeds: int) -> None:
    """Run the script of a user."""
    run = Script(urls(port, feeds))

    async def work(*, pages: bool) -> int:
        return await asyncio.to_thread(run.once) if pages else 0

    await _at_each_line(work)


class Script:
    """Fetches, extracts, matches and stores one entry after the other."""

    WORDS = ("artificial intelligence", "ai act", "regulation", "export controls?", "governance", "open[- ]source")

    def __init__(self, feeds: list[str]) -> None:
        import httpx

        self.feeds = feeds
        self.patterns = [re.compile(rf"\b{word}\b", re.IGNORECASE) for word in (self.WORDS * RULES)[:RULES]]
        self.database = sqlite3.connect(":memory:", check_same_thread=False)
        self.database.execute("create table hits (url, text, count)")
        self.client = httpx.Client(timeout=30)

    def once(self) -> int:
        """Process every entry of every feed; return the number of entries."""
        import trafilatura

        links = [link for url in self.feeds for link in _links(self.client.get(url).content)]
        for link in links:
            page = self.client.get(link).content
            text = trafilatura.extract(page, include_comments=False, with_metadata=True) or ""
            count = sum(len(pattern.findall(text)) for pattern in self.patterns)
            self.database.execute("insert into hits values (?, ?, ?)", (link, text, count))
            self.database.commit()
        return len(links)


CONTENDERS = {"ours": ours, "unindexed": unindexed, "bare": bare, "script": script}


def main() -> None:
    """Run one contender."""
    parser = argparse.ArgumentParser(description="run one contender, a round for each line on stdin")
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--feeds", type=int, required=True)
    arguments = parser.parse_args()
    asyncio.run(CONTENDERS[arguments.name](arguments.port, arguments.feeds))


if __name__ == "__main__":
    main()
