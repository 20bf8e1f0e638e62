"""Asks a site's robots.txt whether a page may be read; one file a site, kept for a day, and a bounded number of them.

As RFC 9309 has it: a file that is not there (4xx) allows all; a site that cannot answer (5xx, no connection) allows
nothing, for an hour. Feeds are not asked about: they are there to be polled.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protego import Protego

from monitor.core.model import Failed, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from monitor.fetch.requests import Target

_KEEP = 24 * 3600.0
_KEEP_UNREACHABLE = 3600.0
_MAX_SITES = 1000
_MAX_DELAY = 10.0


@dataclass(slots=True)
class _Site:
    rules: Protego | None
    """None: the site did not answer."""
    until: float


class Robots:
    """What each site lets us read."""

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[Response | Failed]],
        user_agent: str,
        slow_down: Callable[[str, float], None],
        clock: Callable[[], float],
    ) -> None:
        self._fetch = fetch
        self._user_agent = user_agent
        self._slow_down = slow_down
        self._clock = clock
        self._sites: OrderedDict[str, _Site] = OrderedDict()
        self._asking: dict[str, asyncio.Lock] = {}

    async def allows(self, target: Target) -> bool:
        """Tell whether this page may be read."""
        site = await self._site(f"{target.scheme}://{target.host}:{target.port}", target.host)
        return site.rules is not None and bool(site.rules.can_fetch(target.url, self._user_agent))

    async def _site(self, origin: str, host: str) -> _Site:
        if fresh := self._fresh(origin):
            return fresh
        lock = self._asking.setdefault(origin, asyncio.Lock())
        async with lock:
            site = self._fresh(origin) or await self._ask(origin, host)
        self._asking.pop(origin, None)
        return site

    def _fresh(self, origin: str) -> _Site | None:
        site = self._sites.get(origin)
        return site if site and site.until > self._clock() else None

    async def _ask(self, origin: str, host: str) -> _Site:
        rules = _rules(await self._fetch(f"{origin}/robots.txt"))
        site = _Site(rules, self._clock() + (_KEEP if rules else _KEEP_UNREACHABLE))
        self._sites[origin] = site
        self._sites.move_to_end(origin)
        while len(self._sites) > _MAX_SITES:
            self._sites.popitem(last=False)
        if rules and (delay := rules.crawl_delay(self._user_agent)):
            self._slow_down(host, min(float(delay), _MAX_DELAY))
        return site


def _rules(answer: Response | Failed) -> Protego | None:
    if isinstance(answer, Failed):
        unusable = answer.reason.startswith(("too large", "redirect", "bad redirect"))
        return Protego.parse("") if unusable else None
    if answer.status >= 500 or answer.status == 429:
        return None
    text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
    return Protego.parse(text)
