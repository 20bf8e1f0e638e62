"""How long pages are waited for, and when those that did not come are tried again.

No feed holds up the others, and no host is asked for page after page that it does not give: what is left then is left
for later, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.core.model import Severity

if TYPE_CHECKING:
    from monitor.core.model import Failed

RETRIES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(hours=72))
"""From the try before to each further one."""
MATCH_RETRIES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""From one attempt to match a text that could not be matched whole to the next; after the last one it stays marked."""
LONGEST_WAITS = tuple(max(wait, RETRIES[2]) for wait in RETRIES)
"""By how many tries there were, how far ahead the next one is at the most (see `retry_at`)."""
PAGES_TIME = timedelta(minutes=3)
"""For all pages of one poll, or of one host at second looks; what is not read by then is read later."""
POSTPONED = "left for later"
"""How the reasons begin for which a page was not asked for at all."""
ENDING = f"{POSTPONED}: the program is ending"
_MAX_TIMEOUTS = 3
_RATE_LIMITED = "too many requests"
_NO_ANSWER = ("timeout", "connection failed", "dns", "unknown host")


@dataclass(slots=True)
class CircuitBreaker:
    """How long the pages of one poll, or of one host, are waited for.

    Until its time is up, a host has not answered three times, or has said that it was asked too much.
    """

    until: datetime
    timeouts: int = 0
    is_rate_limited: bool = False

    def record(self, failure: Failed | None) -> None:
        """Take note of how a page came, or did not."""
        self.is_rate_limited = self.is_rate_limited or bool(failure and failure.reason.startswith(_RATE_LIMITED))
        self.timeouts = self.timeouts + 1 if failure and failure.reason.startswith(_NO_ANSWER) else 0

    def stop_reason(self, now: datetime) -> str:
        """Say why no further page is fetched this time; empty when one may be."""
        if self.timeouts >= _MAX_TIMEOUTS:
            return f"{POSTPONED}: the host does not answer"
        if self.is_rate_limited:
            return f"{POSTPONED}: the host asks for time"
        return f"{POSTPONED}: out of time" if now >= self.until else ""


def retry_later(now: datetime) -> datetime:
    """When to try a page that was left for later."""
    return now + RETRIES[0]


def retry_at(failure: Failed | None, now: datetime, attempts: int = 0) -> datetime | None:
    """When to try a page again: not when no waiting mends it, and less and less often."""
    if failure is not None and failure.severity is Severity.HARD:
        return None
    waits = RETRIES if failure is not None else RETRIES[2:3]  # a page without an article in it gets one more look
    return now + waits[attempts] if attempts < len(waits) else None


def rematch_at(now: datetime, attempts: int = 0) -> datetime | None:
    """Return when to match a text again that could not be matched whole; None after so many attempts."""
    return now + MATCH_RETRIES[attempts] if attempts < len(MATCH_RETRIES) else None
