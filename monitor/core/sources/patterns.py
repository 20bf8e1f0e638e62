"""`include` and `exclude` of feeds.yaml: which addresses of a source are taken.

A pattern without `*` matches anywhere in the address; with `*` it stands for any characters. Case does
not matter. What is left out is counted in the outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.core.model import Changed, Feed, Outcome


def keep_matching(feed: Feed, outcome: Outcome) -> Outcome:
    """Leave out the entries whose address the patterns of the feed exclude, or do not include; entries without stay."""
    if not isinstance(outcome, Changed) or not (feed.include or feed.exclude):
        return outcome
    kept = tuple(entry for entry in outcome.entries if not entry.link or _is_wanted(feed, entry.link))
    return replace(outcome, entries=kept, excluded=outcome.excluded + len(outcome.entries) - len(kept))


def _is_wanted(feed: Feed, url: str) -> bool:
    """Return whether an address matches one of `include`, if there are any, and none of `exclude`."""
    included = not feed.include or _matches(feed.include, url)
    return included and not _matches(feed.exclude, url)


def _matches(patterns: Sequence[str], url: str) -> bool:
    return any(_matches_one(pattern.lower(), url.lower()) for pattern in patterns)


def _matches_one(pattern: str, url: str) -> bool:
    """Look for the parts between the stars one after the other, which is linear for any pattern."""
    at = 0
    for part in pattern.split("*"):
        start = url.find(part, at)
        if start < 0:
            return False
        at = start + len(part)
    return True
