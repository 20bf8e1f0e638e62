"""Decides when to stop fetching pages of a host or feed, and when to retry those that could not be read.

So no feed delays the others, and a host that does not answer gets no further requests: the remaining pages are left
for later, with the reason.

Pages that were read are fetched again too, since they may be edited without a change in their feed. There are five
rechecks at growing intervals; one that fails counts too. An edit that a recheck finds does not restart them, so that a
page that changes every time has five more versions, not dozens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.articles import unmatched
from monitor.core.feeds.failures import PAGE_FAILURES
from monitor.core.model import Article, Failed, Feed, FoundArticle, Response, Severity, Tier, Validators

RETRY_WAITS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(hours=72))
"""The wait before each retry of a page, counted from the attempt before."""
MATCH_RETRIES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""The wait before each retry of matching a text that could not be matched whole; then it stays marked."""
MAX_RETRY_WAITS = tuple(max(wait, RETRY_WAITS[2]) for wait in RETRY_WAITS)
"""The longest waits for the next attempt, by the number of attempts so far (see `retry_at`)."""
PAGES_TIME = timedelta(minutes=3)
"""The time for all pages of one poll, or of one host in retries and rechecks; the others are read later."""
POSTPONED = "left for later"
"""The beginning of `partial_reason` of articles whose page was not requested."""
ENDING = f"{POSTPONED}: the program is ending"
UNREAD_PAGE = (*PAGE_FAILURES, f"{POSTPONED}: the host")
"""The beginning of `partial_reason` of articles whose page the site did not give."""
EXTRACTION_TIMEOUT = "extraction timeout"
"""The beginning of `partial_reason` of articles whose page could not be extracted in time (monitor.extraction)."""
_MAX_TIMEOUTS = 3
"""Timeouts in a row after which the other pages of a host are left for later."""
_MAX_SLOW_TEXTS = 3
"""Pages in a row that took too long to read, after which the others are left for later."""
_RATE_LIMITED = "too many requests"
_NO_ANSWER = ("timeout", "connection failed", "dns", "unknown host")

RECHECK_WAITS = (timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=30))
"""Waits from reading the page to the first recheck, and from each recheck to the next."""
_AUTO_TIERS = (Tier.OFFICIAL, Tier.AGENCY)


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
        """Count the result of a request; None: the page was fetched."""
        self.is_rate_limited = self.is_rate_limited or bool(failure and failure.reason.startswith(_RATE_LIMITED))
        self.timeouts = self.timeouts + 1 if failure and failure.reason.startswith(_NO_ANSWER) else 0

    def record_text(self, article: Article) -> None:
        """Count whether reading or matching the text of a page met its deadline; pages not requested do not count."""
        if article.partial_reason.startswith(POSTPONED):
            return
        is_slow = article.partial_reason.startswith(EXTRACTION_TIMEOUT) or unmatched.is_marked_unmatched(article)
        self.slow_texts = self.slow_texts + 1 if is_slow else 0

    def stop_reason(self, now: datetime) -> str:
        """Return why no further page is fetched; empty if one may be."""
        if self.timeouts >= _MAX_TIMEOUTS:
            return f"{POSTPONED}: the host does not answer"
        if self.is_rate_limited:
            return f"{POSTPONED}: the host asks to wait"
        if self.slow_texts >= _MAX_SLOW_TEXTS:
            return f"{POSTPONED}: its pages take too long to read"
        return f"{POSTPONED}: out of time" if now >= self.until else ""


def retry_later(now: datetime) -> datetime:
    """Return when to fetch a page that was left for later."""
    return now + RETRY_WAITS[0]


def retry_at(failure: Failed | None, now: datetime, attempts: int = 0) -> datetime | None:
    """Return when to retry a page after `attempts` retries; None if waiting cannot help, or after the last retry."""
    if failure is not None and failure.severity is Severity.HARD:
        return None
    waits = RETRY_WAITS if failure is not None else RETRY_WAITS[2:3]  # None: fetched, without an article
    return now + waits[attempts] if attempts < len(waits) else None


def rematch_at(now: datetime, attempts: int = 0) -> datetime | None:
    """Return when to match a text again that could not be matched whole; None after the last attempt."""
    return now + MATCH_RETRIES[attempts] if attempts < len(MATCH_RETRIES) else None


def first_recheck(feed: Feed, found: FoundArticle, now: datetime, *, has_hits: bool) -> datetime | None:
    """Return when to recheck a page that was just read; None: never."""
    if found.validators is None or found.article.partial or feed.revisit == "never":
        return None
    return now + RECHECK_WAITS[0] if has_hits or feed.revisit == "always" or feed.tier in _AUTO_TIERS else None


def next_recheck(rechecks: int, now: datetime, failure: Failed | None = None) -> datetime | None:
    """Return when to recheck next, after `rechecks` ones; None after the last, or if waiting cannot help."""
    if rechecks >= len(RECHECK_WAITS) or (failure is not None and failure.severity is Severity.HARD):
        return None
    return now + RECHECK_WAITS[rechecks]


def is_last_recheck(rechecks: int) -> bool:
    """Return True for the last recheck, which is unconditional: some servers respond `not modified` forever."""
    return rechecks >= len(RECHECK_WAITS)


def page_validators(response: Response) -> Validators:
    """Return the validators of a page for the next conditional request; none for any status but 200."""
    if response.status != 200:
        return Validators()
    return Validators(etag=response.headers.get("etag"), last_modified=response.headers.get("last-modified"))
