"""Revisits: further rechecks at a page whose article was read, since pages are edited while their feeds say nothing.

Five rechecks, each later than the one before; a look that fails is one, too. None begins anew when an edit is found: a
page whose words change at every look costs five versions, not dozens.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.model import Failed, Severity, Tier, Validators

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.model import Feed, FoundArticle, Response

WAITS = (timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=30))
"""From when the page was read to the first look, and from each look to the next."""
_WATCHED = (Tier.OFFICIAL, Tier.AGENCY)


def first_recheck(feed: Feed, found: FoundArticle, now: datetime, *, has_hits: bool) -> datetime | None:
    """When to look again at a page that was just read; None: never."""
    if found.validators is None or found.article.partial or feed.revisit == "never":
        return None
    return now + WAITS[0] if has_hits or feed.revisit == "always" or feed.tier in _WATCHED else None


def next_recheck(rechecks: int, now: datetime, failure: Failed | None = None) -> datetime | None:
    """When to look the next time, after so many rechecks; None when it was the last, or no waiting mends it."""
    if rechecks >= len(WAITS) or (failure is not None and failure.severity is Severity.HARD):
        return None
    return now + WAITS[rechecks]


def is_last_recheck(rechecks: int) -> bool:
    """Tell whether this look is the last: it asks for the whole page, as some servers say `not modified` for ever."""
    return rechecks >= len(WAITS)


def page_validators(response: Response) -> Validators:
    """Keep what the publisher gave to ask by the next time; nothing of an answer that is not simply the page."""
    if response.status != 200:
        return Validators()
    return Validators(etag=response.headers.get("etag"), last_modified=response.headers.get("last-modified"))
