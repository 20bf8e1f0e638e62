"""Follows a feed that has moved for good: after three equal permanent redirects that led to a feed, and not before.

Publishers redirect to maintenance pages, and permanently so. The configured address is kept and is asked again when
the new one fails three times over.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.core.model import Changed, Feed, FeedState, Response, Unchanged

REDIRECTS_NEEDED = 3
_PERMANENT = frozenset({301, 308})
_FAILURES_TOLERATED = 3.0
"""The weight of failures at which a move is taken back."""


def permanent_redirect(response: Response | None) -> str | None:
    """Where the permanent redirects at the start of the way led; None when the first was not permanent."""
    found = None
    for status, address in response.redirects if response else ():
        if status not in _PERMANENT:
            break
        found = address
    return found


def follow_redirect(feed: Feed, state: FeedState, outcome: Changed | Unchanged) -> FeedState:
    """Count equal permanent redirects, and take the new address once there were enough."""
    address = permanent_redirect(outcome.response)
    if address is None or address == (state.url or feed.url):
        return replace(state, moved_to=None, moved_count=0)
    count = state.moved_count + 1 if address == state.moved_to else 1
    if count < REDIRECTS_NEEDED:
        return replace(state, moved_to=address, moved_count=count)
    url = None if address == feed.url else address
    return replace(state, url=url, moved_to=None, moved_count=0)


def revert_move(state: FeedState) -> FeedState:
    """Go back to the configured address when the new one goes on failing."""
    if state.url is None or state.failures < _FAILURES_TOLERATED:
        return state
    return replace(state, url=None, moved_to=None, moved_count=0, etag=None, last_modified=None, body_hash=None)
