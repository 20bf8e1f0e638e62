"""How long pages are waited for, and when those that did not come are tried again.

No feed holds up the others, and no host is asked for page after page that it does not give: what is left then is left
for later, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.core.articles import unmatched
from monitor.core.model import Severity

if TYPE_CHECKING:
    from monitor.core.model import Article, Failed

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
EXTRACTION_TIMEOUT = "extraction timeout"
"""How the reason of an article begins whose page could not be read before the deadline (monitor.extraction)."""
_MAX_TIMEOUTS = 3
_MAX_SLOW_TEXTS = 3
_RATE_LIMITED = "too many requests"
_NO_ANSWER = ("timeout", "connection failed", "dns", "unknown host")


@dataclass(slots=True)
class CircuitBreaker:
    """Decides when no further page of one poll, or of one host, is fetched.

    It opens when its time is up, three requests in a row had no response, the host asked for fewer requests, or three
    texts in a row could not be read or matched before the deadline of a worker process.
    """

    until: datetime
    timeouts: int = 0
    slow_texts: int = 0
    is_rate_limited: bool = False

    def record(self, failure: Failed | None) -> None:
        """Take note of how a page came, or did not."""
        self.is_rate_limited = self.is_rate_limited or bool(failure and failure.reason.startswith(_RATE_LIMITED))
        self.timeouts = self.timeouts + 1 if failure and failure.reason.startswith(_NO_ANSWER) else 0

    def record_text(self, article: Article) -> None:
        """Count whether reading or matching the text of a page met its deadline; pages not requested do not count."""
        if article.partial_reason.startswith(POSTPONED):
            return
        is_slow = article.partial_reason.startswith(EXTRACTION_TIMEOUT) or unmatched.is_marked_unmatched(article)
        self.slow_texts = self.slow_texts + 1 if is_slow else 0

    def stop_reason(self, now: datetime) -> str:
        """Say why no further page is fetched this time; empty when one may be."""
        if self.timeouts >= _MAX_TIMEOUTS:
            return f"{POSTPONED}: the host does not answer"
        if self.is_rate_limited:
            return f"{POSTPONED}: the host asks for time"
        if self.slow_texts >= _MAX_SLOW_TEXTS:
            return f"{POSTPONED}: its pages take too long to read"
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
