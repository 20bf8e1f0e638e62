"""The coverage report of a digest: how many feeds were polled, and which ones have a problem.

Made of the store's Coverage. A feed can be polled and failing at once (it worked this morning and has failed since): it
counts as polled and is named as failing. A feed without a poll in a short window is `not_due` if its last poll
succeeded and the next one is planned after the window; otherwise it is `not_polled`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.model import Coverage, FeedCoverage, Health, Ledger, LedgerDifference, Refusal, summarize_refusals
from monitor.core.text import clean_line

MAX_COVERAGE_REASON_CHARS = 160
MAX_REFUSAL_CHARS, MAX_REFUSALS = 400, 5
"""Characters of a refused edit, and how many edits are named."""
OVERDUE = timedelta(days=1)
"""A feed that was due for so long and not polled is not covered, although it was polled early in a long period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedNote:
    """A feed that the report names."""

    feed_id: str
    title: str
    reason: str = ""
    last_success_at: datetime | None = None
    last_entry_at: datetime | None = None
    count: int = 0
    """What its list counts: possible gaps, entries or articles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """Which feeds were polled in the window of a digest, and what may be missing."""

    feeds: int
    polled: int
    """Feeds with at least one successful poll."""
    articles: int
    partial: int
    """Articles of which only the feed's own text could be read."""
    failing: tuple[FeedNote, ...] = ()
    layout_changed: tuple[FeedNote, ...] = ()
    """Pages and APIs whose items are not found any more, or in another place, so that news may be missing."""
    unusually_quiet: tuple[FeedNote, ...] = ()
    """Feeds without a new entry for longer than usual, or with the same content at every poll."""
    not_polled: tuple[FeedNote, ...] = ()
    """Feeds that were due in the window, but not polled."""
    not_due: tuple[FeedNote, ...] = ()
    """Feeds that were polled successfully shortly before the window and due again after it."""
    possible_gaps: tuple[FeedNote, ...] = ()
    """Entries may have appeared and disappeared between two polls."""
    title_only: tuple[FeedNote, ...] = ()
    """Feeds over their daily budget, with the number of entries of which only the title was stored."""
    unmatched: tuple[FeedNote, ...] = ()
    """Feeds with articles that were not fully matched, with their number."""
    wrong_texts: tuple[FeedNote, ...] = ()
    """Feeds with many pages whose text looks wrong, with their number."""
    unread_pages: tuple[FeedNote, ...] = ()
    """Feeds most of whose pages could not be read, with their number and the reason of one."""
    refused_edits: tuple[str, ...] = ()
    """Edits of the configuration that are not in force, one line each."""
    ledger: Ledger | None = None
    """What was seen by all feeds, and what became of it; None if it is not known."""
    sources: int = 0
    """Feeds from which the digest may contain hits."""
    polls: int = 0
    """Polls of the sources in the window, also those that failed."""
    covered: int = 0
    """Sources that were polled successfully or not due, are not failing now, and are not overdue for OVERDUE."""
    alert_below: float = 0.0
    """The least share of covered sources, 0 to 1."""

    @property
    def is_low(self) -> bool:
        """True if so few sources were covered that readers must be warned."""
        return self.covered < self.alert_below * self.sources

    @property
    def is_complete(self) -> bool:
        """True if no feed has a problem."""
        return not (
            self.failing
            or self.layout_changed
            or self.unusually_quiet
            or self.not_polled
            or self.possible_gaps
            or self.title_only
            or self.unmatched
            or self.wrong_texts
            or self.unread_pages
            or self.refused_edits
            or self.ledger_differences
        )

    @property
    def ledger_differences(self) -> tuple[LedgerDifference, ...]:
        """Counts that should be equal and are not."""
        return self.ledger.differences if self.ledger else ()


def with_refused_edits(report: CoverageReport | None, refusals: Sequence[Refusal]) -> CoverageReport | None:
    """Add the edits of the configuration that are not in force to a report."""
    lines = tuple(clean_line(line, limit=MAX_REFUSAL_CHARS) for line in summarize_refusals(refusals, MAX_REFUSALS))
    return None if report is None else replace(report, refused_edits=lines)


def with_ledger(report: CoverageReport | None, ledger: Ledger) -> CoverageReport | None:
    """Add the ledger of the same window to a report."""
    return None if report is None else replace(report, ledger=ledger)


def report_coverage(
    coverage: Coverage, alert_below: float = 0.0, source_ids: Collection[str] | None = None
) -> CoverageReport:
    """Sort the feeds into the lists of the report; `source_ids`: the feeds that count for the warning, None for all."""
    feeds = coverage.feeds
    sources = [feed for feed in feeds if source_ids is None or feed.feed_id in source_ids]
    unpolled = [feed for feed in feeds if not (feed.polls or _is_failing(feed) or _has_other_layout(feed))]
    return CoverageReport(
        feeds=len(feeds),
        polled=sum(feed.polls > feed.failed for feed in feeds),
        articles=sum(feed.articles for feed in feeds),
        partial=sum(feed.partial for feed in feeds),
        failing=_notes(feed for feed in feeds if _is_failing(feed) and not _has_other_layout(feed)),
        layout_changed=_notes(feed for feed in feeds if _has_other_layout(feed)),
        unusually_quiet=_notes(
            feed for feed in feeds if feed.health in {Health.SILENT, Health.FROZEN} and not _is_failing(feed)
        ),
        not_polled=_notes(feed for feed in unpolled if not _is_not_due(feed, coverage.until)),
        not_due=_notes(feed for feed in unpolled if _is_not_due(feed, coverage.until)),
        possible_gaps=_notes(feed for feed in feeds if feed.possible_gaps),
        title_only=tuple(replace(_note(feed), count=feed.title_only) for feed in feeds if feed.title_only),
        unmatched=tuple(replace(_note(feed), count=feed.unmatched) for feed in feeds if feed.unmatched),
        wrong_texts=tuple(replace(_note(feed), count=feed.wrong_texts) for feed in feeds if feed.has_wrong_texts),
        unread_pages=tuple(
            replace(_note(feed), count=feed.unread_pages, reason=_clean_reason(feed.unread_reason))
            for feed in feeds
            if feed.has_unread_pages
        ),
        sources=len(sources),
        polls=sum(feed.polls for feed in sources),
        covered=sum(is_covered(feed, coverage.until) for feed in sources),
        alert_below=alert_below,
    )


def is_covered(feed: FeedCoverage, until: datetime) -> bool:
    """Return True if the news of a feed up to an instant can be assumed to be known."""
    if _is_failing(feed) or _has_other_layout(feed):
        return False
    if feed.next_poll_at is not None and feed.next_poll_at < until - OVERDUE:
        return False
    return feed.polls > feed.failed or _is_not_due(feed, until)


def _is_failing(feed: FeedCoverage) -> bool:
    return feed.health in {Health.FAILING, Health.GONE} or 0 < feed.polls == feed.failed


def _has_other_layout(feed: FeedCoverage) -> bool:
    return feed.health is Health.LAYOUT_CHANGED


def _is_not_due(feed: FeedCoverage, until: datetime) -> bool:
    """Return True if the last poll succeeded by `until` and the next one is planned after it."""
    if feed.last_poll_at is None or feed.next_poll_at is None:
        return False
    return feed.last_success_at == feed.last_poll_at <= until < feed.next_poll_at


def _notes(feeds: Iterable[FeedCoverage]) -> tuple[FeedNote, ...]:
    return tuple(_note(feed) for feed in feeds)


def _clean_reason(reason: str) -> str:
    return clean_line(reason, limit=MAX_COVERAGE_REASON_CHARS)


def _note(feed: FeedCoverage) -> FeedNote:
    return FeedNote(
        feed_id=feed.feed_id,
        title=clean_line(feed.title, limit=120) or feed.feed_id,
        reason=_clean_reason(feed.reason),
        last_success_at=feed.last_success_at,
        last_entry_at=feed.last_entry_at,
        count=feed.possible_gaps,
    )
