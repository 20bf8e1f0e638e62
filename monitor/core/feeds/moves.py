"""Follows permanent redirects of a feed: after three polls with the same redirect to a feed, and not before.

Publishers use permanent redirects for maintenance pages too. The configured address is kept, and is used again when
the new one fails repeatedly.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.core.model import Changed, Feed, FeedState, Response, Unchanged

REDIRECTS_NEEDED = 3
"""Polls in a row with the same permanent redirect after which the new address is used."""
_PERMANENT = frozenset({301, 308})
_FAILURES_TOLERATED = 3.0
"""`FeedState.failures` at which a move is reverted."""


def permanent_redirect(response: Response | None) -> str | None:
    """Return the address after the leading permanent redirects; None if the first redirect was not permanent."""
    target = None
    for status, address in response.redirects if response else ():
        if status not in _PERMANENT:
            break
        target = address
    return target


def follow_redirect(feed: Feed, state: FeedState, outcome: Changed | Unchanged) -> FeedState:
    """Count polls with the same permanent redirect, and switch to the new address after REDIRECTS_NEEDED."""
    address = permanent_redirect(outcome.response)
    if address is None or address == (state.url or feed.url):
        return replace(state, moved_to=None, moved_count=0)
    count = state.moved_count + 1 if address == state.moved_to else 1
    if count < REDIRECTS_NEEDED:
        return replace(state, moved_to=address, moved_count=count)
    url = None if address == feed.url else address
    return replace(state, url=url, moved_to=None, moved_count=0)


def revert_move(state: FeedState) -> FeedState:
    """Switch back to the configured address if the new one fails repeatedly."""
    return state if state.url is None or state.failures < _FAILURES_TOLERATED else without_move(state)


def without_move(state: FeedState) -> FeedState:
    """Return the state with which the configured address is requested, and as if for the first time."""
    return replace(state, url=None, moved_to=None, moved_count=0, etag=None, last_modified=None, body_hash=None)
