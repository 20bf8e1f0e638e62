"""Rate limit of a service: a minimum gap between messages, and pauses that the service asks for.

During a pause, `acquire` raises DeliveryError instead of waiting: the outbox keeps the message and sends others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from monitor.core.errors import DeliveryError


class RateLimit:
    """Keeps messages at least `gap` seconds apart."""

    def __init__(
        self,
        gap: float,
        *,
        time: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gap = gap
        self._time = time
        self._sleep = sleep
        self._next = 0.0
        self._paused_until = 0.0

    async def acquire(self) -> None:
        """Wait until the next message may be sent; DeliveryError while a pause lasts."""
        now = self._time()
        if now < self._paused_until:
            left = timedelta(seconds=self._paused_until - now)
            raise DeliveryError("the service asked to wait before the next message", retryable=True, retry_after=left)
        at = max(now, self._next)
        self._next = at + self._gap
        if at > now:
            await self._sleep(at - now)

    def pause(self, duration: timedelta) -> None:
        """Allow no message for this long."""
        self._paused_until = max(self._paused_until, self._time() + duration.total_seconds())
