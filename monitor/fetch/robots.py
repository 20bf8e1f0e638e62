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

from monitor.core.feeds.failures import failed
from monitor.core.model import Failed, Response, Severity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from monitor.fetch.requests import Target

_Place = tuple[str, str, int, tuple[str, ...]]
"""A site and the private networks that may be reached: another feed may be refused where this one is not."""
_KEEP = 24 * 3600.0
_KEEP_UNREACHABLE = 3600.0
_MAX_SITES = 1000
_MAX_DELAY = 10.0


@dataclass(slots=True)
class _Site:
    rules: Protego | Failed
    """Failed: why the site could not say."""
    until: float


class Robots:
    """What each site lets us read."""

    def __init__(
        self,
        fetch: Callable[[str, tuple[str, ...]], Awaitable[Response | Failed]],
        user_agent: str,
        slow_down: Callable[[str, float], None],
        clock: Callable[[], float],
    ) -> None:
        self._fetch = fetch
        self._user_agent = user_agent
        self._slow_down = slow_down
        self._clock = clock
        self._sites: OrderedDict[_Place, _Site] = OrderedDict()
        self._asking: dict[_Place, asyncio.Lock] = {}

    async def refusal(self, target: Target, networks: tuple[str, ...] = ()) -> Failed | None:
        """Say why this page may not be read; None when it may. `networks` are those that its feed may reach."""
        site = await self._site(target, networks)
        if isinstance(site.rules, Failed):
            return site.rules
        return None if site.rules.can_fetch(target.url, self._user_agent) else failed("robots", target.host)

    async def _site(self, target: Target, networks: tuple[str, ...]) -> _Site:
        place = (target.scheme, target.host, target.port, networks)
        if fresh := self._fresh(place):
            return fresh
        async with self._asking.setdefault(place, asyncio.Lock()):
            site = self._fresh(place) or await self._ask(place, target)
        self._asking.pop(place, None)
        return site

    def _fresh(self, place: _Place) -> _Site | None:
        site = self._sites.get(place)
        return site if site and site.until > self._clock() else None

    async def _ask(self, place: _Place, target: Target) -> _Site:
        rules = _rules(await self._fetch(str(target.address.join("/robots.txt")), place[-1]))
        site = _Site(rules, self._clock() + (_KEEP_UNREACHABLE if isinstance(rules, Failed) else _KEEP))
        self._sites[place] = site
        self._sites.move_to_end(place)
        while len(self._sites) > _MAX_SITES:
            self._sites.popitem(last=False)
        if not isinstance(rules, Failed) and (delay := rules.crawl_delay(self._user_agent)):
            self._slow_down(target.host, min(float(delay), _MAX_DELAY))
        return site


def _rules(answer: Response | Failed) -> Protego | Failed:
    """Read the file; where a site cannot answer, its pages cannot be had either, and for the same reason."""
    if isinstance(answer, Failed):
        unusable = answer.reason.startswith(("too large", "redirect", "bad redirect"))
        return Protego.parse("") if unusable else answer
    if answer.status >= 500 or answer.status == 429:
        return failed("robots", f"robots.txt gives http {answer.status}", severity=Severity.SOFT)
    text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
    return Protego.parse(text)
