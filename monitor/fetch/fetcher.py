"""Fetching of feeds and pages: each fetch has one deadline and one size limit for all its redirects.

Redirects are followed here only, so that scheme, address and robots.txt are checked at every hop. The headers that the
user configured for a feed are sent to the feed's own host only.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import httpx

from monitor.config_types.mailbox_address import is_mailbox, parse_mailbox
from monitor.core import sources
from monitor.core.feeds.failures import failed
from monitor.core.model import Failed, Feed, FeedState, Response, Validators
from monitor.core.sources import SourceRequest
from monitor.fetch import body
from monitor.fetch.address_guard import Resolver
from monitor.fetch.clients import guarded_transport, tls_of_process
from monitor.fetch.connection_failures import failure_of
from monitor.fetch.mailbox import MailboxReader
from monitor.fetch.outgoing_proxy import ProxyRules
from monitor.fetch.rate_limits import HostLimiter, SharedHostLimiter
from monitor.fetch.requests import NO_HEADERS, HttpTarget, Route, conditions, parse_target, resolve_redirect
from monitor.fetch.responses import REDIRECTS, read_content, stored_headers
from monitor.fetch.robots import RobotsRules
from monitor.fetch.transport import ALLOW_NETWORKS, PROXY

MAX_REDIRECTS = 5
_PAGE_TYPES = "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.5"
_ARTICLE_TYPES = ("text/", "application/xhtml", "application/xml", "application/pdf", "application/octet-stream")
_MAX_ROBOTS_BYTES = 500_000


@dataclass(slots=True)
class _Fetch:
    """One fetch under way: what to send and accept, the time left and the redirects so far."""

    seconds: float
    """Seconds left until the deadline."""
    max_body: int
    headers: Mapping[str, str]
    """Headers that are sent at every hop."""
    own_headers: Mapping[str, str]
    """Headers that are sent to the first host only."""
    route: Route
    respects_robots: bool = False
    readable_only: bool = False
    page: bool = False
    """True if the request counts against the rate limit for pages."""
    hops: list[tuple[int, str]] = field(default_factory=list)


class Fetcher:
    """Fetches feeds and pages within the rate limits; one instance per process.

    `timeout` and `min_gap` are in seconds, `max_body` is in bytes after decompression.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        now: Callable[[], datetime],
        timeout: float = 30.0,
        max_body: int = 10_000_000,
        concurrency: int = 64,
        per_host: int = 2,
        min_gap: float = 1.0,
        allow_networks: Iterable[str] = (),
        proxy: str = "",
        no_proxy: Iterable[str] = (),
        resolve: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        shared: SharedHostLimiter | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._timeout = timeout
        self._max_body = max_body
        self._clock = clock
        self._now = now
        self._mailboxes = MailboxReader(tls=ssl_context or tls_of_process("mail"), timeout=timeout, max_size=max_body)
        self._proxies = ProxyRules(proxy, tuple(no_proxy))
        self._transport = guarded_transport(allow_networks, resolve=resolve, ssl_context=ssl_context)
        self._limiter = HostLimiter(
            concurrency=concurrency, per_host=per_host, min_gap=min_gap, clock=clock, sleep=sleep, shared=shared
        )
        self._robots = RobotsRules(self._fetch_robots, user_agent, self._limiter.slow_down, clock)

    async def fetch_feed(self, feed: Feed, state: FeedState) -> Response | Failed:
        """Fetch a feed, conditionally if its state holds validators.

        A 304 to an unconditional request is repeated once without caches, then a failure.
        """
        request = sources.kind_of(feed).request(feed, state, self._now())
        if is_mailbox(request.url):
            return await self._read_mailbox(feed, request)
        conditional = conditions(request.validators)
        response = await self._feed(feed, request, conditional)
        if not conditional and isinstance(response, Response) and response.status == 304:
            response = await self._feed(feed, request, {"Cache-Control": "no-cache"})
            if isinstance(response, Response) and response.status == 304:
                return failed("unasked not modified", response=response)
        return response

    async def fetch_linked(self, feed: Feed, url: str) -> Response | Failed:
        """Fetch a further document of a feed, such as a sitemap that its index names, without conditions."""
        request = sources.kind_of(feed).request(feed, FeedState(feed_id=feed.id), self._now())
        return await self._feed(feed, replace(request, url=url), NO_HEADERS)

    async def _read_mailbox(self, feed: Feed, request: SourceRequest) -> Response | Failed:
        """Read new messages of a mailbox; a session counts as one request to its host."""
        host = parse_mailbox(request.url).host.lower()
        proxy = self._proxies.proxy_for(host, feed.proxy)
        if proxy.startswith("http"):
            return failed(
                "connection failed", "a mailbox cannot be read through an HTTP proxy; use socks5, or proxy: off"
            )
        connect = self._transport.connector_for(feed.allow_networks, proxy)
        async with self._limiter.acquire(host):
            return await self._mailboxes.read(request, feed.password, connect)

    async def _feed(self, feed: Feed, request: SourceRequest, conditional: Mapping[str, str]) -> Response | Failed:
        headers = {"Accept": request.accept, **conditional}
        return await self._run(request.url, self._new_fetch(headers, _own_headers(feed, request.url), _route(feed)))

    async def fetch_page(self, url: str, feed: Feed, validators: Validators | None = None) -> Response | Failed:
        """Fetch the page of an entry if robots.txt allows it; status 304 when it still has these `validators`."""
        conditional = conditions(validators) if validators else NO_HEADERS
        fetch = self._new_fetch({"Accept": _PAGE_TYPES, **conditional}, _own_headers(feed, url), _route(feed))
        fetch.readable_only = fetch.page = True
        fetch.respects_robots = feed.robots == "respect"
        return await self._run(url, fetch)

    def is_slow(self, host: str) -> bool:
        """Return True while requests to this host take longer than rate_limits.SLOW_SECONDS."""
        return self._limiter.is_slow(host)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _fetch_robots(self, url: str, route: Route) -> Response | Failed:
        fetch = self._new_fetch({"Accept": "text/plain, */*;q=0.5"}, NO_HEADERS, route)
        fetch.max_body = _MAX_ROBOTS_BYTES
        fetch.page = True
        return await self._run(url, fetch)

    def _new_fetch(self, headers: Mapping[str, str], own_headers: Mapping[str, str], route: Route) -> _Fetch:
        common = {"User-Agent": self._user_agent, "Accept-Encoding": body.ACCEPT_ENCODING, **headers}
        return _Fetch(self._timeout, self._max_body, common, own_headers, route)

    async def _run(self, url: str, fetch: _Fetch) -> Response | Failed:
        """Follow redirects until a response or a failure; waiting for rate limits does not use up the deadline."""
        target: HttpTarget | Failed = parse_target(url) or failed("bad address", url[:200])
        while isinstance(target, HttpTarget):
            if fetch.respects_robots and (refused := await self._robots.check(target, fetch.route)):
                return refused
            response = await self._hop(target, fetch)
            if isinstance(response, Failed) or response.status not in REDIRECTS:
                return response
            target = self._next(target, response, fetch)
        return target

    def _next(self, target: HttpTarget, response: Response, fetch: _Fetch) -> HttpTarget | Failed:
        following = resolve_redirect(target, response)
        if isinstance(following, HttpTarget):
            fetch.hops.append((response.status, following.url))
            if not target.may_share_credentials_with(following):
                fetch.own_headers = NO_HEADERS
                following = following.without_credentials()
        if len(fetch.hops) > MAX_REDIRECTS:
            return failed("redirects", f"more than {MAX_REDIRECTS}", response=response)
        return following

    async def _hop(self, target: HttpTarget, fetch: _Fetch) -> Response | Failed:
        async with self._limiter.acquire(target.host, page=fetch.page):
            started = self._clock()
            try:
                async with asyncio.timeout(fetch.seconds):
                    return await self._exchange(target, fetch)
            except TimeoutError:
                return failed("timeout", f"no whole answer within {self._timeout:g} s")
            except Exception as error:
                if failure := failure_of(error):
                    return failure
                raise
            finally:
                fetch.seconds -= self._clock() - started

    async def _exchange(self, target: HttpTarget, fetch: _Fetch) -> Response | Failed:
        headers = httpx.Headers(fetch.headers)  # names in any case: what a feed configures replaces the program's own
        headers.update({**fetch.own_headers, **target.credentials})
        proxy = self._proxies.proxy_for(target.host, fetch.route.proxy)
        extensions = {ALLOW_NETWORKS: fetch.route.networks, PROXY: proxy}
        request = httpx.Request("GET", target.address, headers=headers, extensions=extensions)
        response = await self._transport.handle_async_request(request)
        try:
            stored = stored_headers(response.headers.raw)
            kind = stored.get("content-type", "").strip().lower()
            if fetch.readable_only and response.status_code == 200 and kind and not kind.startswith(_ARTICLE_TYPES):
                return failed("not an article", kind.partition(";")[0][:60])
            content = await read_content(response, stored, fetch.max_body)
        finally:
            await response.aclose()
        return Response(
            url=target.url, status=response.status_code, headers=stored, body=content, redirects=tuple(fetch.hops)
        )


def _route(feed: Feed) -> Route:
    return Route(feed.allow_networks, feed.proxy)


def _own_headers(feed: Feed, url: str) -> Mapping[str, str]:
    """Return the headers configured for a feed if `url` is on the configured host, or its https form."""
    home, target = parse_target(feed.url), parse_target(url)
    return feed.headers if home and target and home.may_share_credentials_with(target) else NO_HEADERS
