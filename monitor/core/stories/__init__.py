"""Decides which articles report the same news, and which of them is shown first.

The store and `clusterer` use it in this order:

1. `fingerprints` -> hashes of text and title; `weighted_terms` -> terms of title and lead, weighted by how rare they
   are (`frequencies`).
2. `candidates` -> the earlier articles that a new one is compared with.
3. `joining` -> its story: `copies` decides whether it is a copy of a candidate, else `events` whether it independently
   reports the event of a candidate's story.
4. `precedence` -> the order within a story.

An article that joins none begins a story of its own. Two existing stories are never merged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.model import Tier


def precedence(tier: Tier | None, found_at: datetime) -> tuple[int, datetime]:
    """Return the sort key of an article in its story: best source first, then the earliest found."""
    return (tier.rank if tier is not None else 99), found_at
