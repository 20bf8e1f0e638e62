"""Opens what polling and delivering share: worker processes, the HTTP clients, channels; each closed by its context."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from monitor.app import Clock, utc_now
from monitor.channels import Channel, ChannelConfig
from monitor.extraction import ExtractionPool, PooledMatcher, lower_cpu_priority
from monitor.settings import MonitorFile, Settings

if TYPE_CHECKING:
    from monitor.channels.health_ping import HealthPing
    from monitor.fetch import Fetcher, SharedHostLimiter


def build_matcher(pool: ExtractionPool, settings: Settings) -> PooledMatcher:
    """Return a matcher of the configured rules that runs in the pool's workers."""
    return PooledMatcher(pool, settings.rules_for_workers)


@contextmanager
def open_extraction_pool(
    workers: int | None = None, timeout: timedelta = timedelta(seconds=20)
) -> Iterator[ExtractionPool]:
    """Yield a pool of worker processes, and close it; lowers the CPU priority of this thread."""
    lower_cpu_priority()
    pool = ExtractionPool(workers, timeout.total_seconds())
    try:
        yield pool
    finally:
        pool.close()


@asynccontextmanager
async def open_fetcher(monitor: MonitorFile, shared: SharedHostLimiter | None = None) -> AsyncIterator[Fetcher]:
    """Yield a Fetcher, and close it."""
    from monitor.fetch import Fetcher

    fetch = monitor.fetch
    fetcher = Fetcher(
        user_agent=fetch.user_agent,
        now=utc_now,
        timeout=fetch.timeout.total_seconds(),
        max_body=fetch.max_body,
        concurrency=fetch.concurrency,
        per_host=fetch.per_host,
        min_gap=fetch.min_gap.total_seconds(),
        allow_networks=fetch.allow_networks,
        proxy=fetch.proxy.reveal() if fetch.proxy else "",
        no_proxy=fetch.no_proxy,
        shared=shared,
    )
    try:
        yield fetcher
    finally:
        await fetcher.aclose()


@asynccontextmanager
async def open_channel_builder(
    monitor: MonitorFile, clock: Clock = utc_now
) -> AsyncIterator[Callable[[Mapping[str, ChannelConfig]], dict[str, Channel]]]:
    """Yield a function that builds channels, by name; they share one HTTP client, which is closed at the end."""
    from monitor.channels import ChannelServices, build_channels
    from monitor.fetch import guarded_client, guarded_proxy

    open_proxy = partial(guarded_proxy, **_client_options(monitor))
    async with guarded_client(**_client_options(monitor)) as client:
        yield lambda configs: build_channels(
            configs, ChannelServices(client=client, open_proxy=open_proxy, clock=clock)
        )


@asynccontextmanager
async def open_ping(monitor: MonitorFile) -> AsyncIterator[HealthPing]:
    """Yield what sends pings, and close its connections."""
    from monitor.channels.health_ping import HealthPing
    from monitor.fetch import guarded_client

    async with guarded_client(**_client_options(monitor)) as client:
        yield HealthPing(client)


def _client_options(monitor: MonitorFile) -> dict[str, Any]:
    """Return the options of the HTTP client for channels; the same address checks as for publishers."""
    fetch = monitor.fetch
    return {
        "user_agent": fetch.user_agent,
        "timeout": fetch.timeout.total_seconds(),
        "allow_networks": fetch.allow_networks,
    }
