"""Polls one feed: fetches and parses it, plans, reads the articles of its entries, and stores the poll.

The failure of a feed stays with that feed: expected ones are values, others are logged with their traceback and
recorded as `internal error`. Only errors of the database are raised.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.core import polls
from monitor.core.errors import MonitorError
from monitor.core.feeds import responses
from monitor.core.feeds.failures import failed
from monitor.core.model import Changed, EntryCounts, Failed, Feed, FeedState, FoundArticle, Outcome, Poll
from monitor.core.polls import further_pages, rhythm, schedule
from monitor.core.polls.budget import DailyBudget
from monitor.core.polls.poll_summary import count_entries, without_article_text
from monitor.core.sources import ParsedSource
from monitor.poll import linked_documents
from monitor.poll.article_reader import ArticleReader
from monitor.poll.recorder import Recorder
from monitor.store import DatabaseThread, Store

if TYPE_CHECKING:
    from monitor.fetch import Fetcher

POLL_LIMIT = timedelta(minutes=10)
"""The time of one poll, waits for its host included. Articles read by then are stored, the others at the next."""
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _CurrentPoll:
    """A poll in progress."""

    feed: Feed
    state: FeedState
    started_at: datetime
    stored: list[FoundArticle] = field(default_factory=list)
    """Articles that were stored before the poll ended, without their texts."""
    hits: int = 0
    """Number of hits that were new with them."""
    document: Changed | None = None
    plan: polls.Plan | None = None
    budget: DailyBudget | None = None

    def count_entries(self, read: int, *, is_complete: bool) -> EntryCounts:
        """Count what became of the entries of the document; none before it was read."""
        if self.document is None:
            return EntryCounts()
        postponed = self.budget.postponed_edits if self.budget else 0
        return count_entries(self.document, self.plan, read=read, postponed=postponed, is_complete=is_complete)


@dataclass(slots=True)
class FeedPoller:
    """Polls feeds one at a time."""

    store: Store
    database: DatabaseThread
    fetcher: Fetcher
    reader: ArticleReader
    recorder: Recorder
    jitter: Callable[[], float]

    async def poll(self, feed: Feed, stored: FeedState) -> Poll:
        """Poll a feed, store the poll and log it; `stored` is the feed's state before. Raises MonitorError only."""
        now = self.reader.clock()
        current = _CurrentPoll(feed, schedule.state_for_poll(feed, stored, now), now)
        limit = asyncio.timeout(POLL_LIMIT.total_seconds())
        try:
            async with limit:
                poll = await self._poll(current)
            hits = await self.recorder.record(poll)
        except MonitorError:
            self.reader.pool.drop_cache(feed)
            raise
        except Exception as error:  # noqa: BLE001 the one place that keeps a bug to its feed
            self.reader.pool.drop_cache(feed)  # it has entries that were read and not stored
            poll = self._conclude(current, _failure_of(error, feed, is_over_limit=limit.expired()))
            hits = await self.recorder.record(poll)
        _log_poll(poll, hits=len(hits) + current.hits)
        return poll

    async def _poll(self, current: _CurrentPoll) -> Poll:
        parsed = await self._fetch(current)
        follows_links = parsed.is_index or (bool(parsed.follow) and (parsed.follows_always or _is_first(current)))
        outcome = await self._with_linked(current, parsed) if follows_links else parsed.outcome
        if not isinstance(outcome, Changed):
            return self._conclude(current, outcome)
        current.document = outcome
        history, plan = await self._plan(current, outcome)
        if not follows_links and (following := await self._further_pages(current, parsed, outcome, plan)):
            if not isinstance(following, Changed):
                return self._conclude(current, following)
            current.document = outcome = following
            history, plan = await self._plan(current, outcome)
        current.plan = plan
        current.budget = DailyBudget.of(current.feed, history.usage, current.started_at)

        async def store_slice(found: Sequence[FoundArticle]) -> None:
            hits = await self.database.run(self.store.record_articles, current.feed.id, found, self.reader.clock())
            current.stored.extend(map(without_article_text, found))
            current.hits += len(hits)

        found = await self.reader.read_all(current.feed, plan.entries, history.paragraphs, current.budget, store_slice)
        return self._conclude(current, outcome, found, self._rhythm(history, plan.new, outcome))

    async def _plan(self, current: _CurrentPoll, outcome: Changed) -> tuple[polls.FeedHistory, polls.Plan]:
        history = await self.database.run(
            self.store.feed_history, current.feed.id, outcome.entries, current.started_at - rhythm.MEASURED_PERIOD
        )
        return history, polls.plan(current.feed, current.state, outcome, history, self.reader.clock())

    async def _fetch(self, current: _CurrentPoll) -> ParsedSource:
        """Fetch and parse the source; the documents that it refers to are not fetched."""
        response = await self.fetcher.fetch_feed(current.feed, current.state)
        if isinstance(response, Failed):
            return ParsedSource(response)
        now = self.reader.clock()
        if outcome := responses.classify_response(response, current.state, now):
            return ParsedSource(outcome)
        parsed = await self.reader.pool.parse_source(current.feed, response, now)
        return parsed._replace(outcome=replace(parsed.outcome, response=replace(response, body=b"")))

    async def _further_pages(
        self, current: _CurrentPoll, parsed: ParsedSource, first: Changed, plan: polls.Plan
    ) -> Outcome | None:
        """Return the outcome of a list with its further pages if they are needed; None if the first page is enough."""
        if not parsed.follow:
            after = further_pages.after_first_page(current.feed, current.state, first, plan)
            return after if after is not first else None
        if not further_pages.are_pages_due(current.state, plan):
            return None
        return await self._with_linked(current, parsed, plan)

    async def _with_linked(
        self, current: _CurrentPoll, parsed: ParsedSource, first_page: polls.Plan | None = None
    ) -> Outcome:
        """Return the outcome of a source together with the documents that it refers to."""
        documents = linked_documents.LinkedDocuments(self.fetcher, self.reader.pool, current.feed, self.reader.clock())
        outcome = await documents.read(parsed)
        if first_page and documents.failures:
            failure = documents.failures[0]
            outcome = failure if further_pages.must_fail(current.state, first_page, failure) else outcome
        if isinstance(outcome, Changed) and not (parsed.is_index or _is_first(current)):
            outcome = further_pages.after_further_pages(outcome, is_whole=not documents.failures)
        return replace(outcome, response=parsed.outcome.response)

    def _rhythm(self, history: polls.FeedHistory, new: int, document: Changed) -> rhythm.Rhythm | None:
        now = self.reader.clock()
        dates = [entry.published_at for entry in document.entries if entry.published_at and entry.title]
        return rhythm.measure_rhythm([*history.first_seen, *[now] * new], now, dates) if new else None

    def _conclude(
        self,
        current: _CurrentPoll,
        outcome: Outcome,
        found: tuple[FoundArticle, ...] = (),
        measured: rhythm.Rhythm | None = None,
    ) -> Poll:
        is_complete = not isinstance(outcome, Failed)
        return polls.conclude(
            current.feed,
            current.state,
            outcome,
            started_at=current.started_at,
            finished_at=self.reader.clock(),
            jitter=self.jitter(),
            plan=(current.plan if is_complete else None) or polls.Plan(),
            found=found,
            stored=tuple(current.stored),
            rhythm=measured,
            budget=current.budget if is_complete else None,
            counts=current.count_entries(len(current.stored) + len(found), is_complete=is_complete),
        )


def _is_first(current: _CurrentPoll) -> bool:
    return current.state.last_success_at is None


def _failure_of(error: Exception, feed: Feed, *, is_over_limit: bool) -> Failed:
    """Return the failure of a poll; a TimeoutError of anything else than the poll's own limit is a bug."""
    if is_over_limit and isinstance(error, TimeoutError):
        return failed("timeout", f"the poll took longer than {POLL_LIMIT.total_seconds() / 60:g} minutes")
    log.error("poll raised an exception", feed=feed.id, exc_info=error)
    return failed("internal error", type(error).__name__)


def _log_poll(poll: Poll, *, hits: int) -> None:
    """Log one line for a poll."""
    outcome = poll.outcome
    fields = {"feed": poll.feed_id, "next_poll_at": str(poll.state.next_poll_at), "why": poll.state.interval_reason}
    if isinstance(outcome, Failed):
        log.warning("feed failed", reason=outcome.reason, **fields)
    elif isinstance(outcome, Changed):
        log.info("feed changed", articles=len(poll.articles), hits=hits, notes=list(poll.notes), **fields)
    else:
        log.debug("feed unchanged", reason=outcome.reason, **fields)
