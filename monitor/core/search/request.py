"""What to search for, and the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from monitor.core.model import Feed, StoredArticle
from monitor.core.search.query import SearchQuery

RANK_WINDOW = 1_000
"""Answers that are ranked together, newest first: all older ones come after them."""

MAX_EXAMINED = 6_000
"""Articles with all words of a query that are examined for a page, if phrases or hits decide on the answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """A query with filters; empty ones: all articles."""

    query: SearchQuery
    since: datetime | None = None
    """Stored at this instant or later."""
    until: datetime | None = None
    """Stored before this instant."""
    feeds: frozenset[str] | None = None
    language: str = ""
    topic: str = ""
    """With a hit of this topic."""
    matched: bool | None = None
    """With, or without, any hit."""


def feeds_with(feeds: Iterable[Feed], feed: str, tier: str) -> frozenset[str] | None:
    """Return the ids that filters by feed and tier leave; None without such filters.

    A feed that is no longer configured has no tier, and is still found by its id.
    """
    if not tier:
        return frozenset([feed]) if feed else None
    return frozenset(str(each.id) for each in feeds if each.tier == tier and feed in ("", each.id))


class SearchCursor(NamedTuple):
    """Where a page of answers begins."""

    below_id: int
    """Articles of the window have smaller ids."""
    offset: int
    """Answers of the window on the pages before."""


class Total(NamedTuple):
    """How many articles answer a search."""

    counted: int
    """At most RANK_WINDOW + 1."""
    exact: bool
    """False: older articles with the words were not examined."""

    def __str__(self) -> str:
        """Write it in English: 37, at least 37, more than 1,000."""
        if self.exact:
            return f"{self.counted:,}"
        return f"more than {RANK_WINDOW:,}" if self.counted > RANK_WINDOW else f"at least {self.counted:,}"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of answers, best first."""

    articles: tuple[StoredArticle, ...]
    next: SearchCursor | None = None
    """Where the next page begins; None: this is the last."""
    total: Total | None = None
    """How many articles answer; None: not counted, since this is not the first page."""
    examined_since: datetime | None = None
    """Only articles stored since were examined, as there are more than MAX_EXAMINED with the words; `next` goes on."""
    missing_before: datetime | None = None
    """Articles stored until this instant are not in the index yet; None: it is complete."""
