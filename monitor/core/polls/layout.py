"""Notices that the items of a page or an API are found in another structure than before.

A page that was redesigned may still have a list: of other articles, or of the menu. If hardly an address was known and
the fingerprint of the structure is another, the feed is `layout changed` until new items appear beside known ones in
the same structure, which shows that the right list is read. What was found is stored in any case.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from monitor.core.feeds.outcomes import MAX_FINGERPRINT_CHARS, MIN_LAYOUT_SAMPLE
from monitor.core.model import Changed, Feed, FeedState

NEVER_FOUND = "never found"
"""The beginning of the reason of a feed with a selector that has found nothing in any poll."""
_KNOWN_SHARE = 1 / 3
"""Another structure is a redesign if a smaller share of its items is known."""

REDESIGN = "layout changed: the items are found in another place, and hardly one of them was known"
"""The note of the poll that notices it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLayout:
    """What a poll found out about the structure of a response."""

    fingerprint: str | None = None
    changed_at: datetime | None = None
    """When the structure changed; None if it did not, or if the right list is read again."""
    problem: str = ""
    """What the configuration names and no item has; empty if each item has it."""
    never_found: bool = False
    """No earlier poll with the present selectors was without that problem."""
    fields_found: str | None = None
    """`FeedState.fields_found` after the poll."""


def has_never_found(feed: Feed, state: FeedState) -> bool:
    """Return True if no poll has found an item with the present address and the present selector or path of items."""
    if state.last_success_at is None:
        return True
    if not state.fingerprint:
        return feed.kind == "page"
    if len(state.fingerprint) >= MAX_FINGERPRINT_CHARS:  # its beginning, which has the selector, may be cut off
        return False
    read_with = state.fingerprint.rpartition(" = ")[0]
    return bool(read_with) != bool(feed.fields.items) or not feed.fields.items.endswith(read_with)


def is_redesigned(state: FeedState, changed: Changed, known: int) -> bool:
    """Return True if the items are in another structure than at the last poll and hardly an address was known.

    A selector or path that was edited since is not a redesign: it is the part of the fingerprint before ` = `.
    """
    before, after = state.fingerprint or "", changed.fingerprint
    return is_rebuilt(state, changed, known) and before.rpartition(" = ")[0] == after.rpartition(" = ")[0]


def is_rebuilt(state: FeedState, changed: Changed, known: int) -> bool:
    """Return True for a redesign, and for the first response after its selectors or paths were adapted to one."""
    before, after = state.fingerprint, changed.fingerprint
    return bool(before and after and before != after) and known < _KNOWN_SHARE * len(changed.entries)


def layout_after_poll(
    feed: Feed, state: FeedState, changed: Changed, *, new: int, known: int, now: datetime
) -> SourceLayout:
    """Return the layout to store after a poll; `new` and `known` count its new items and those with a known address."""
    fingerprint = changed.fingerprint or None
    if is_redesigned(state, changed, known):
        changed_at: datetime | None = now
    elif new and known and fingerprint == state.fingerprint:
        changed_at = None
    else:
        changed_at = state.layout_changed_at
    was_found = _were_fields_found(feed, state)
    return SourceLayout(
        fingerprint=fingerprint,
        changed_at=changed_at,
        problem=changed.layout_problem,
        never_found=not was_found,
        fields_found=_fields_found(feed, state, changed, was_found=was_found),
    )


def _were_fields_found(feed: Feed, state: FeedState) -> bool:
    """Return True if items with each configured field were found before with the present selectors or paths."""
    if state.fields_found is None:
        return state.last_success_at is not None and not state.reason.startswith(NEVER_FOUND)
    return state.fields_found == _configured_fields(feed)


def _fields_found(feed: Feed, state: FeedState, changed: Changed, *, was_found: bool) -> str | None:
    fields = _configured_fields(feed)
    if not fields or len(changed.entries) < MIN_LAYOUT_SAMPLE:
        return state.fields_found
    return fields if was_found or not changed.layout_problem else ""


def _configured_fields(feed: Feed) -> str:
    """Return the configured selectors or paths of items and their fields, as text; empty without any of a field."""
    named = {name: path for name, path in asdict(feed.fields).items() if path and name != "next"}
    return json.dumps(named) if named.keys() - {"items"} else ""


def describe_problem(layout: SourceLayout | None, changed_at: datetime | None) -> str:
    """Return the reason of a feed whose layout changed, by its last poll or at `changed_at`; empty if it did not."""
    if layout and layout.problem and layout.never_found:
        return f"{NEVER_FOUND}: {layout.problem}; correct it in feeds.yaml"
    if layout and layout.problem:
        return f"layout changed: {layout.problem}"
    if changed_at is None:
        return ""
    return (
        f"layout changed: since {changed_at:%Y-%m-%d %H:%M} UTC the items are found in another place, and hardly one of"
        " them was known; check them with `monitor feeds preview`"
    )
