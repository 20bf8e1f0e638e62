"""When the further pages of a list are read: at the first poll, after a burst, and where the last poll missed them.

The first page of a burst may lack its link to the next page, because the response was cut, or a further page may
fail. What was read is stored, so that the next poll would find the first page known and read no further. The state
therefore keeps that pages are due.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.core.model import Changed, Failed, Feed, FeedState
from monitor.core.polls.planning import Plan

FIRST_PAGE, FURTHER_PAGES = "first page", "further pages"
"""`position` of a list: the next poll needs only its first page, or is to read its further pages."""
_KNOWN_ON_FIRST_PAGE = 1 / 3
"""The next pages are read if a smaller share of the first page's entries is known. Entries that a list keeps at its top
count as known."""


def are_pages_due(state: FeedState, plan: Plan) -> bool:
    """Return True if the last poll missed pages, or too few entries of the first page are known."""
    return state.position == FURTHER_PAGES or _is_burst(plan)


def after_first_page(feed: Feed, state: FeedState, changed: Changed, plan: Plan) -> Changed:
    """Return the outcome of a first page without a link to a next one; after a burst, further pages are due once.

    The next poll asks for the page without validators. If that has no link either, the list has only one page.
    """
    was_due = state.position == FURTHER_PAGES
    is_first = state.last_success_at is None
    if feed.fields.next and _is_burst(plan) and not (is_first or was_due):
        return _with_pages_due(changed)
    return replace(changed, position=FIRST_PAGE) if was_due else changed


def must_fail(state: FeedState, plan: Plan, problem: Failed) -> bool:
    """Return True if the poll is to fail and store nothing, because a further page failed.

    It fails if no address of the first page is known, because the site may have moved all its items. Their titles show
    that only while none of them is stored under its new address. If the first page were stored, the items of the other
    pages would be news at the next poll. If the last poll failed for the same reason, what could be read is stored.
    """
    return plan.known_addresses == 0 and state.reason != problem.reason


def after_further_pages(changed: Changed, *, is_whole: bool) -> Changed:
    """Return the outcome of a list with its further pages; if one failed, they are due at the next poll again."""
    return replace(changed, position=FIRST_PAGE) if is_whole else _with_pages_due(changed)


def _with_pages_due(changed: Changed) -> Changed:
    return replace(changed, position=FURTHER_PAGES, etag=None, last_modified=None, body_hash="")


def _is_burst(plan: Plan) -> bool:
    return plan.seen < _KNOWN_ON_FIRST_PAGE * (plan.seen + plan.new)
