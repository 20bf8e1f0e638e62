"""Schedules rechecks: pages that were read are fetched again, since they may be edited without a change in their feed.

There are five rechecks at growing intervals; one that fails counts too. An edit that a recheck finds does not restart
them, so that a page that changes every time has five more versions, not dozens.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.core.model import Failed, Feed, FoundArticle, Response, Severity, Tier, Validators

WAITS = (timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=30))
"""From reading the page to the first recheck, and from each recheck to the next."""
_AUTO_TIERS = (Tier.OFFICIAL, Tier.AGENCY)


def first_recheck(feed: Feed, found: FoundArticle, now: datetime, *, has_hits: bool) -> datetime | None:
    """Return when to recheck a page that was just read; None: never."""
    if found.validators is None or found.article.partial or feed.revisit == "never":
        return None
    return now + WAITS[0] if has_hits or feed.revisit == "always" or feed.tier in _AUTO_TIERS else None


def next_recheck(rechecks: int, now: datetime, failure: Failed | None = None) -> datetime | None:
    """Return when to recheck next, after `rechecks` ones; None after the last, or if waiting cannot help."""
    if rechecks >= len(WAITS) or (failure is not None and failure.severity is Severity.HARD):
        return None
    return now + WAITS[rechecks]


def is_last_recheck(rechecks: int) -> bool:
    """Return True for the last recheck, which is unconditional: some servers respond `not modified` forever."""
    return rechecks >= len(WAITS)


def page_validators(response: Response) -> Validators:
    """Return the validators of a page for the next conditional request; none for any status but 200."""
    if response.status != 200:
        return Validators()
    return Validators(etag=response.headers.get("etag"), last_modified=response.headers.get("last-modified"))
