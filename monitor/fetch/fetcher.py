"""Fetches feeds and pages: hop by hop through the gate, each fetch under one deadline, each body under one cap.

A redirect is followed here and nowhere else, so that every hop is checked anew: its scheme, its address, its
robots.txt. What a feed's own headers carry goes to the feed's host alone.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from monitor.core.feeds.failures import failed
from monitor.core.model import Failed, Feed, FeedState, Response, Validators
from monitor.fetch import body
from monitor.fetch.clients import guarded_transport
from monitor.fetch.failures import as_failed
from monitor.fetch.gate import Gate
from monitor.fetch.requests import NOTHING, Target, conditions, parse_target, redirect_target
from monitor.fetch.robots import Robots
from monitor.fetch.transport import ALLOW_NETWORKS

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from monitor.fetch.gate import Turns
    from monitor.fetch.guard import Resolver

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FEED_TYPES = "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5"
_PAGE_TYPES = "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.5"
_KEPT = frozenset(
    b"cache-control cf-mitigated content-encoding content-language content-type date etag expires last-modified link "
    b"location retry-after server".split()
)
_READABLE = ("text/", "application/xhtml", "application/xml", "application/pdf", "application/octet-stream")
_ERROR_BODY = 100_000
_ROBOTS_BODY = 500_000


@dataclass(slots=True)
class _Errand:
    """What one fetch wants, and what is left of its time."""

    seconds: float
    max_body: int
    headers: Mapping[str, str]
    """For every hop."""
    own_headers: Mapping[str, str]
    """For the first host alone."""
    networks: tuple[str, ...] = ()
    """Private networks that its feed may reach, at every hop."""
    respects_robots: bool = False
    readable_only: bool = False
    page: bool = False
    """It counts against the limit for pages."""
    hops: list[tuple[int, str]] = field(default_factory=list)


class Fetcher:
    """The gate to publishers; one for the whole process."""

    def __init__(
        self,
        *,
        user_agent: str,
        timeout: float = 30.0,
        max_body: int = 10_000_000,
        concurrency: int = 64,
        per_host: int = 2,
        min_gap: float = 1.0,
        allow_networks: Iterable[str] = (),
        resolve: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        turns: Turns | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._timeout = timeout
        self._max_body = max_body
        self._clock = clock
        self._transport = guarded_transport(allow_networks, resolve=resolve, ssl_context=ssl_context)
        limits = {"concurrency": concurrency, "per_host": per_host}
        self._gate = Gate(**limits, min_gap=min_gap, clock=clock, sleep=sleep, turns=turns)
        self._robots = Robots(self._fetch_robots, user_agent, self._gate.slow_down, clock)

    async def feed(self, feed: Feed, state: FeedState) -> Response | Failed:
        """Ask for a feed, with the conditions that its state carries."""
        asked = conditions(state)
        response = await self._feed(feed, state, asked)
        if not asked and isinstance(response, Response) and response.status == 304:
            response = await self._feed(feed, state, {"Cache-Control": "no-cache"})
            if isinstance(response, Response) and response.status == 304:
                return failed("unasked not modified", response=response)
        return response

    async def _feed(self, feed: Feed, state: FeedState, asked: Mapping[str, str]) -> Response | Failed:
        headers = {"Accept": _FEED_TYPES, **asked}
        url = state.url or feed.url
        errand = self._errand(headers, _own_headers(feed, url))
        errand.networks = feed.allow_networks
        return await self._run(url, errand)

    async def page(self, url: str, feed: Feed, known: Validators | None = None) -> Response | Failed:
        """Ask for the page behind an entry, when robots.txt lets us; 304 when it is the one known by these."""
        asked = conditions(known) if known else NOTHING
        errand = self._errand({"Accept": _PAGE_TYPES, **asked}, _own_headers(feed, url))
        errand.readable_only = errand.page = True
        errand.networks = feed.allow_networks
        errand.respects_robots = feed.robots == "respect"
        return await self._run(url, errand)

    def is_slow(self, host: str) -> bool:
        """Return True while requests to this host take longer than a few seconds."""
        return self._gate.is_slow(host)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _fetch_robots(self, url: str, networks: tuple[str, ...]) -> Response | Failed:
        errand = self._errand({"Accept": "text/plain, */*;q=0.5"}, NOTHING)
        errand.max_body = _ROBOTS_BODY
        errand.networks = networks
        errand.page = True
        return await self._run(url, errand)

    def _errand(self, headers: Mapping[str, str], own_headers: Mapping[str, str]) -> _Errand:
        common = {"User-Agent": self._user_agent, "Accept-Encoding": body.ACCEPT_ENCODING, **headers}
        return _Errand(seconds=self._timeout, max_body=self._max_body, headers=common, own_headers=own_headers)

    async def _run(self, url: str, errand: _Errand) -> Response | Failed:
        """Follow redirects to an answer; every wait for a turn is off the clock."""
        target: Target | Failed = parse_target(url) or failed("bad address", url[:200])
        while isinstance(target, Target):
            if errand.respects_robots and (refused := await self._robots.refusal(target, errand.networks)):
                return refused
            answer = await self._hop(target, errand)
            if isinstance(answer, Failed) or answer.status not in _REDIRECTS:
                return answer
            target = self._next(target, answer, errand)
        return target

    def _next(self, target: Target, answer: Response, errand: _Errand) -> Target | Failed:
        following = redirect_target(target, answer)
        if isinstance(following, Target):
            errand.hops.append((answer.status, following.url))
            if not target.shares_secrets_with(following):
                errand.own_headers = NOTHING
                following = following.without_login()
        if len(errand.hops) > MAX_REDIRECTS:
            return failed("redirects", f"more than {MAX_REDIRECTS}", response=answer)
        return following

    async def _hop(self, target: Target, errand: _Errand) -> Response | Failed:
        async with self._gate.turn(target.host, page=errand.page):
            started = self._clock()
            try:
                async with asyncio.timeout(errand.seconds):
                    return await self._exchange(target, errand)
            except TimeoutError:
                return failed("timeout", f"no whole answer within {self._timeout:g} s")
            except Exception as error:
                if failure := as_failed(error):
                    return failure
                raise
            finally:
                errand.seconds -= self._clock() - started

    async def _exchange(self, target: Target, errand: _Errand) -> Response | Failed:
        headers = {**errand.headers, **errand.own_headers, **target.login}
        request = httpx.Request("GET", target.address, headers=headers, extensions={ALLOW_NETWORKS: errand.networks})
        answer = await self._transport.handle_async_request(request)
        try:
            kept = _kept_headers(answer.headers.raw)
            kind = kept.get("content-type", "").strip().lower()
            if errand.readable_only and answer.status_code == 200 and kind and not kind.startswith(_READABLE):
                return failed("not an article", kind.partition(";")[0][:60])
            content = await _read(answer, kept, errand.max_body)
        finally:
            await answer.aclose()
        return Response(
            url=target.url, status=answer.status_code, headers=kept, body=content, redirects=tuple(errand.hops)
        )


def _own_headers(feed: Feed, url: str) -> Mapping[str, str]:
    """Give what a feed's headers carry to the place that it was written down for, and to its https form."""
    home, target = parse_target(feed.url), parse_target(url)
    return feed.headers if home and target and home.shares_secrets_with(target) else NOTHING


async def _read(answer: httpx.Response, headers: Mapping[str, str], max_body: int) -> bytes:
    """Read the body; that of a redirect is left alone, and that of an error matters only for its first words."""
    if answer.status_code in _REDIRECTS:
        return b""
    is_error = answer.status_code >= 400
    try:
        return await body.read(
            answer.aiter_raw(), headers.get("content-encoding", ""), _ERROR_BODY if is_error else max_body
        )
    except body.BodyError:
        if is_error:
            return b""
        raise


def _kept_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in raw:
        key = name.lower()
        if key in _KEPT and len(value) <= 4096:
            text = value.decode("utf-8", "replace") if key == b"location" else value.decode("latin-1")
            word = key.decode("ascii")
            kept[word] = f"{kept[word]}, {text}" if word in kept else text
    return kept
