"""Serves the cases on loopback addresses, and polls them beside ten healthy feeds."""

from __future__ import annotations

import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import trustme

from monitor.core.model import Feed, Poll
from monitor.extraction import ExtractionPool
from monitor.fetch.address_guard import SystemResolver
from tests.hostile.cases import CASES, Case, healthy
from tests.hostile.source_cases import SOURCE_CASES
from tests.loopbackserver import let_time_pass
from tests.poll.polled_feeds import PolledFeeds, polled_feeds
from tests.siteserver import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.store import Store

ROUNDS = 3
FETCH_SECONDS = 60.0
PARSE_SECONDS = 3.0


@dataclass
class HostileRun:
    """The results of three rounds of polls."""

    cases: list[Case]
    store: Store
    sites: dict[str, Site]
    polls: dict[str, list[Poll]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    """Feeds in the order in which their first polls were done."""


async def run(store: Store, *, healthy_feeds: int = 10) -> HostileRun:
    """Poll every case three times, a day apart."""
    cases = [*CASES, *[healthy(number) for number in range(healthy_feeds)], *SOURCE_CASES]
    async with AsyncExitStack() as stack:
        sites = {case.id: await stack.enter_async_context(_site(case, number)) for number, case in enumerate(cases)}
        pool = ExtractionPool(timeout=PARSE_SECONDS)
        stack.callback(pool.close)
        feeds = [Feed(id=case.id, url=_url(case, sites[case.id]), **case.source) for case in cases]
        options = {"timeout": FETCH_SECONDS, "max_body": 10_000_000, "resolve": _resolver()}
        polled = await stack.enter_async_context(polled_feeds(store, feeds, reading=pool, **options))
        hostile_run = HostileRun(cases, store, sites)
        for number in range(ROUNDS):
            await _round(polled, hostile_run, [case.id for case in cases if number == 0 or case.row != "N1"])
        return hostile_run


async def _round(polled: PolledFeeds, hostile_run: HostileRun, feed_ids: list[str]) -> None:
    """Poll these cases; slow ones only once, with a deadline that passes when all others are done."""
    slow = {case.id for case in CASES if case.row == "N1"}.intersection(feed_ids)

    def note(done: int, total: int, poll: Poll) -> None:
        hostile_run.order.append(poll.feed_id)
        if slow and slow.isdisjoint(hostile_run.order) and done == total - len(slow):
            let_time_pass(FETCH_SECONDS + 1)

    for poll in await polled.poller.poll_feeds(feed_ids, note):
        hostile_run.polls.setdefault(poll.feed_id, []).append(poll)
    polled.now[0] += timedelta(hours=27)


@asynccontextmanager
async def _site(case: Case, number: int) -> AsyncIterator[Site]:
    async with Site(f"127.0.{2 + number // 250}.{1 + number % 250}", ssl=_certificate() if case.tls else None) as site:
        site.routes.update({"/feed": list(case.answer) if isinstance(case.answer, list) else case.answer, **case.pages})
        yield site


def _certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("news.example").configure_cert(context)
    return context


def _url(case: Case, site: Site) -> str:
    return case.url.format(port=site.port) if case.url else site.url()


def _resolver():
    """The system's, but for one name that means another address each time."""
    system, turns = SystemResolver(), iter(range(1000))

    async def resolve(host: str, port: int) -> list[str]:
        if host == "rebinding.example":
            return [["127.0.0.1", "10.0.0.1"], ["10.0.0.1"]][next(turns) % 2]
        return await system(host, port)

    return resolve
