"""The proof of coverage: which feeds a digest heard, and which it did not, with the reason.

Made of the store's Coverage. The surprises: a feed can be heard and failing at once (heard this morning, failing
since); it is then counted as heard and still named. And it can be neither heard nor missed: a short window may lie
between two looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.core.model import Health
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.core.model import Coverage, FeedCoverage

LONGEST_REASON = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedNote:
    """One feed that has something to be told about it."""

    feed_id: str
    title: str
    reason: str = ""
    last_success_at: datetime | None = None
    last_entry_at: datetime | None = None
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a digest says of its coverage."""

    feeds: int
    heard: int
    articles: int
    partial: int
    """Articles of which only the feed's own text could be read."""
    failing: tuple[FeedNote, ...] = ()
    silent: tuple[FeedNote, ...] = ()
    """Quiet for longer than is usual for them, or showing the same page again and again."""
    unheard: tuple[FeedNote, ...] = ()
    """Not looked at in this time, though it was due."""
    not_due: tuple[FeedNote, ...] = ()
    """Not looked at in this time, since it was heard shortly before and its next look comes after it."""
    gaps: tuple[FeedNote, ...] = ()
    """Entries may have come and gone between two polls."""
    title_only: tuple[FeedNote, ...] = ()
    """Feeds beyond their daily budget, with the number of entries of which only the title was kept."""
    unmatched: tuple[FeedNote, ...] = ()
    """Feeds with articles that were not matched whole, with their number."""

    @property
    def all_well(self) -> bool:
        """Whether one line says it all."""
        return not (self.failing or self.silent or self.unheard or self.gaps or self.title_only or self.unmatched)


def prove(coverage: Coverage) -> Proof:
    """Sort the feeds by what is to be said of them."""
    feeds = coverage.feeds
    unpolled = [feed for feed in feeds if not feed.polls and not _is_failing(feed)]
    return Proof(
        feeds=len(feeds),
        heard=sum(feed.polls > feed.failed for feed in feeds),
        articles=sum(feed.articles for feed in feeds),
        partial=sum(feed.partial for feed in feeds),
        failing=_notes(feed for feed in feeds if _is_failing(feed)),
        silent=_notes(
            feed for feed in feeds if feed.health in {Health.SILENT, Health.FROZEN} and not _is_failing(feed)
        ),
        unheard=_notes(feed for feed in unpolled if not _is_not_due(feed, coverage.until)),
        not_due=_notes(feed for feed in unpolled if _is_not_due(feed, coverage.until)),
        gaps=_notes(feed for feed in feeds if feed.possible_gaps),
        title_only=tuple(replace(_note(feed), count=feed.title_only) for feed in feeds if feed.title_only),
        unmatched=tuple(replace(_note(feed), count=feed.unmatched) for feed in feeds if feed.unmatched),
    )


def _is_failing(feed: FeedCoverage) -> bool:
    return feed.health in {Health.FAILING, Health.GONE} or 0 < feed.polls == feed.failed


def _is_not_due(feed: FeedCoverage, until: datetime) -> bool:
    """Tell whether the last look at a feed that was not polled in a window was a success, and the next is due after."""
    if feed.last_poll_at is None or feed.next_poll_at is None:
        return False
    return feed.last_success_at == feed.last_poll_at <= until < feed.next_poll_at


def _notes(feeds: Iterable[FeedCoverage]) -> tuple[FeedNote, ...]:
    return tuple(_note(feed) for feed in feeds)


def _note(feed: FeedCoverage) -> FeedNote:
    return FeedNote(
        feed_id=feed.feed_id,
        title=clean_line(feed.title, limit=120) or feed.feed_id,
        reason=clean_line(feed.reason, limit=LONGEST_REASON),
        last_success_at=feed.last_success_at,
        last_entry_at=feed.last_entry_at,
        count=feed.possible_gaps,
    )
