"""The ping of a dead man's switch: a service that raises an alarm when no ping comes, such as Healthchecks.

A ping that fails is logged once, and once more when it succeeds again; it never raises.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit, urlunsplit

import httpx
import structlog
from httpx import AsyncClient

PING_TIMEOUT_SECONDS = 10.0
"""Seconds for the whole request."""
log = structlog.get_logger("monitor.operator")


class HealthPing:
    """Sends pings through a client that refuses private addresses."""

    def __init__(self, client: AsyncClient, timeout: float = PING_TIMEOUT_SECONDS) -> None:
        self._client = client
        self._timeout = timeout
        self._is_failing = False

    async def send(self, url: str, *, is_healthy: bool) -> bool:
        """Request the address, with /fail after its path unless healthy; returns True if the service accepted it."""
        problem = await self._request(url if is_healthy else failure_url(url))
        if problem and not self._is_failing:
            log.warning("ping failed", reason=problem)  # without the address, which is a secret
        if not problem and self._is_failing:
            log.info("ping succeeds again")
        self._is_failing = bool(problem)
        return not problem

    async def _request(self, url: str) -> str:
        try:
            async with asyncio.timeout(self._timeout):
                async with self._client.stream("GET", url) as response:
                    return "" if response.is_success else f"http: {response.status_code}"
        except TimeoutError:
            return f"no response within {self._timeout:g} seconds"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return type(error).__name__


def failure_url(url: str) -> str:
    """Return the address that reports a failure to the same check."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
