"""robots.txt of sites: whether a page may be fetched. Files are cached for a day, for at most 1,000 sites.

As RFC 9309 says: a missing file (4xx) allows everything; an unreachable one (5xx, no connection) allows nothing, for an
hour. Feeds are not checked: publishers offer them for polling.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from protego import Protego

from monitor.core.feeds.failures import failed
from monitor.core.model import Failed, Response, Severity
from monitor.fetch.requests import HttpTarget, Route

_SiteKey = tuple[str, str, int, Route]
"""Origin and route: one feed may reach an address that another may not."""
_KEEP_SECONDS = 24 * 3600.0
"""How long the rules of a site are used before they are fetched again."""
_KEEP_UNREACHABLE_SECONDS = 3600.0
"""The same if robots.txt could not be fetched."""
_MAX_SITES = 1000
_MAX_CRAWL_DELAY_SECONDS = 10.0
"""Longest Crawl-delay that is respected."""


@dataclass(slots=True)
class _Site:
    rules: Protego | Failed
    """The rules; Failed says why robots.txt could not be read."""
    expires_at: float


class RobotsRules:
    """Fetches and caches robots.txt; passes crawl delays (at most 10 s) to `slow_down`."""

    def __init__(
        self,
        fetch: Callable[[str, Route], Awaitable[Response | Failed]],
        user_agent: str,
        slow_down: Callable[[str, float], None],
        clock: Callable[[], float],
    ) -> None:
        self._fetch = fetch
        self._user_agent = user_agent
        self._slow_down = slow_down
        self._clock = clock
        self._sites: OrderedDict[_SiteKey, _Site] = OrderedDict()
        self._locks: WeakValueDictionary[_SiteKey, asyncio.Lock] = WeakValueDictionary()
        """A lock for each site whose robots.txt is being fetched."""

    async def check(self, target: HttpTarget, route: Route) -> Failed | None:
        """Return why this page may not be fetched, None if it may."""
        site = await self._site(target, route)
        if isinstance(site.rules, Failed):
            return site.rules
        return None if site.rules.can_fetch(target.url, self._user_agent) else failed("robots", target.host)

    async def _site(self, target: HttpTarget, route: Route) -> _Site:
        key = (target.scheme, target.host, target.port, route)
        if fresh := self._cached_site(key):
            return fresh
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            return self._cached_site(key) or await self._load(key, target)

    def _cached_site(self, key: _SiteKey) -> _Site | None:
        site = self._sites.get(key)
        return site if site and site.expires_at > self._clock() else None

    async def _load(self, key: _SiteKey, target: HttpTarget) -> _Site:
        rules = _parse_rules(await self._fetch(str(target.address.join("/robots.txt")), key[-1]))
        site = _Site(rules, self._clock() + (_KEEP_UNREACHABLE_SECONDS if isinstance(rules, Failed) else _KEEP_SECONDS))
        self._sites[key] = site
        self._sites.move_to_end(key)
        while len(self._sites) > _MAX_SITES:
            self._sites.popitem(last=False)
        if not isinstance(rules, Failed) and (delay := rules.crawl_delay(self._user_agent)):
            self._slow_down(target.host, min(float(delay), _MAX_CRAWL_DELAY_SECONDS))
        return site


def _parse_rules(response: Response | Failed) -> Protego | Failed:
    """Parse the file. If it cannot be fetched, the pages of the site fail for the same reason."""
    if isinstance(response, Failed):
        unusable = response.reason.startswith(("too large", "redirect", "bad redirect"))
        return Protego.parse("") if unusable else response
    if response.status >= 500 or response.status == 429:
        return failed("robots", f"robots.txt gives http {response.status}", severity=Severity.SOFT)
    text = response.body.decode("utf-8-sig", "replace") if response.status == 200 else ""
    return Protego.parse(text)
