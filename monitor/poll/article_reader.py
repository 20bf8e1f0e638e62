"""Makes the articles of the entries of a poll: read page by page, matched, and stored in slices while others are read.

No more pages of a feed are in memory than its host allows requests at once, and the pages of one poll have a time
limit: if a host does not answer, or is slow, the rest is left for later. No entry is lost if its page cannot be
fetched: its article is the feed's own text, marked partial, with the time of the next try.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.core import polls
from monitor.core.articles import unmatched
from monitor.core.articles.boilerplate import ParagraphHistory
from monitor.core.errors import MonitorError
from monitor.core.model import Article, Entry, Failed, Feed, FoundArticle, PartialArticle
from monitor.core.polls.budget import DailyBudget
from monitor.core.polls.retry_policy import (
    ENDING,
    PAGES_TIME,
    POSTPONED,
    CircuitBreaker,
    rematch_at,
    retry_at,
    retry_later,
)
from monitor.extraction import ExtractionPool, PooledMatcher
from monitor.poll import version_comparison
from monitor.poll.article_matching import match_found_article
from monitor.poll.page_reader import PageReader, PageResult

StoreSlice = Callable[[Sequence[FoundArticle]], Awaitable[None]]

SLICE_TIME = timedelta(seconds=15)
"""Articles that were read are stored after this time, while others are still being read. A poll that takes less is
stored in one transaction."""


class _PollContext(NamedTuple):
    """What the articles of one poll have in common."""

    feed: Feed
    history: ParagraphHistory
    budget: DailyBudget
    breaker: CircuitBreaker


@dataclass(slots=True)
class ArticleReader:
    """Makes articles of entries. `matcher` may be replaced at any time."""

    pages: PageReader
    pool: ExtractionPool
    matcher: PooledMatcher
    clock: Callable[[], datetime]
    load_versions: Callable[[int], Awaitable[tuple[Entry, list[Article]] | None]]
    """Loads an entry as its feed showed it last, with all versions of its article, oldest first."""
    per_host: int = 2

    async def read_all(
        self,
        feed: Feed,
        planned: Sequence[polls.PlannedEntry],
        history: ParagraphHistory,
        budget: DailyBudget,
        store_slice: StoreSlice,
    ) -> tuple[FoundArticle, ...]:
        """Make the articles of all these entries; `history` is what the feed printed before.

        Only the title of a new entry beyond the budget is kept. Edits beyond it are left out and counted in the budget;
        they are still edits at the next poll.

        `store_slice` is called with slices of the articles, each in the order of the entries. Returns the rest. When
        reading is cancelled, or fails for one article, the others that were read by then are stored all the same.
        """
        waiting = deque(enumerate(planned))
        context = _PollContext(feed, history, budget, CircuitBreaker(until=self.clock() + PAGES_TIME))
        unstored = _Slice(store_slice, self.clock)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.per_host, len(planned))):
                    group.create_task(self._read_waiting(waiting, context, unstored))
        except asyncio.CancelledError:
            await unstored.store()
            raise
        except ExceptionGroup as errors:
            error = _most_severe(errors)
            if not isinstance(error, MonitorError):
                await unstored.store()
            raise error from None
        return unstored.take()

    async def _read_waiting(
        self, waiting: deque[tuple[int, polls.PlannedEntry]], context: _PollContext, unstored: _Slice
    ) -> None:
        """Read entries one after the other, until none is waiting."""
        while waiting:
            index, entry = waiting.popleft()
            if (found := await self._read_within_budget(context, entry)) is not None:
                unstored.articles[index] = found
            await unstored.store_if_due()

    async def retry(
        self, feed: Feed, partial: PartialArticle, history: ParagraphHistory
    ) -> tuple[FoundArticle, Failed | None]:
        """Try once more to fetch the page of a partial article, or to match its text; with the failure of the page."""
        if unmatched.is_marked_unmatched(partial.article):
            return await self._rematch(feed, partial, history), None
        was_requested = not partial.article.partial_reason.startswith(POSTPONED)
        page = await self.pages.read(feed, partial.entry, partial.attempts + was_requested)
        found = replace(_found_again(partial, page.article), retry_at=page.retry_at, validators=page.validators)
        return await self.match(feed, found, history), page.failure

    async def match(self, feed: Feed, found: FoundArticle, history: ParagraphHistory) -> FoundArticle:
        """Return the article with the rules that match; see `article_matching`."""
        return await match_found_article(self.matcher, feed, found, history, self.clock)

    async def _read_within_budget(self, context: _PollContext, planned: polls.PlannedEntry) -> FoundArticle | None:
        """Read one entry; beyond the budget keep the title of a new entry, and leave out an edited one."""
        feed, history, budget, _ = context
        if budget.admit():
            return await self._read_admitted(context, planned)
        if planned.updated:
            budget.postponed_edits += 1
            return None
        entry, article = budget.title_only(planned.entry)
        found = FoundArticle(entry=entry, article=article, backfilled=planned.backfilled)
        return await self.match(feed, found, history)

    async def _read_admitted(self, context: _PollContext, planned: polls.PlannedEntry) -> FoundArticle:
        """Read one admitted entry and charge the budget, unless it is an edit that changes nothing."""
        feed, history, budget, breaker = context
        matched = await self.match(feed, await self._read(feed, planned, breaker), history)
        if planned.fetch_page:
            breaker.record_text(matched.article)
        result = await self._ignore_trivial_edit(feed, matched, history) if planned.updated else matched
        if result is matched:
            budget.spend(result.entry, result.article)
        else:
            budget.release()
        return result

    async def _read(self, feed: Feed, planned: polls.PlannedEntry, breaker: CircuitBreaker) -> FoundArticle:
        page = await self._page_of(feed, planned, breaker)
        found = FoundArticle(
            entry=planned.entry,
            article=page.article,
            backfilled=planned.backfilled,
            updated=planned.updated,
            entry_id=planned.entry_id,
            retry_at=page.retry_at,
            validators=page.validators,
        )
        if not found.article.partial or (stored := await self._stored_versions(found)) is None:
            return found
        return await version_comparison.merge_with_stored(self.pool, found, *stored)

    async def _page_of(self, feed: Feed, planned: polls.PlannedEntry, breaker: CircuitBreaker) -> PageResult:
        """Read the page of an entry if it is to be fetched and no reason to stop has come up, else the feed's text."""
        now, entry = self.clock(), planned.entry
        if not planned.fetch_page:
            article = polls.article_without_page(planned, await self.pool.from_feed(entry, planned.no_page_reason))
            return PageResult(article, now if planned.fetch_later else None)
        if self.pages.stopping:
            return PageResult(await self.pool.from_feed(entry, ENDING), now)
        if reason := breaker.stop_reason(now):
            return PageResult(await self.pool.from_feed(entry, reason), retry_later(now))
        page = await self.pages.read(feed, entry, attempts=0)
        breaker.record(page.failure)
        return page

    async def _ignore_trivial_edit(self, feed: Feed, edit: FoundArticle, history: ParagraphHistory) -> FoundArticle:
        """Return the stored text if an edit changes only a clock or a counter and lets no further rule match."""
        stored = await self._stored_versions(edit)
        if stored is None:
            return edit
        before, after = stored[1][-1], edit.article
        if before.partial or after.partial:
            return edit
        if not await version_comparison.is_trivial_change(self.pool, before, after):
            return edit
        unchanged = await self.match(feed, replace(edit, article=before), history)
        new_rules = {match.rule_id for match in edit.matches} - {match.rule_id for match in unchanged.matches}
        return edit if new_rules else unchanged

    async def _stored_versions(self, found: FoundArticle) -> tuple[Entry, list[Article]] | None:
        return await self.load_versions(found.entry_id) if found.entry_id is not None else None

    async def _rematch(self, feed: Feed, partial: PartialArticle, history: ParagraphHistory) -> FoundArticle:
        """Match the stored text again; if its page is missing too, that is fetched at the next retry."""
        attempts = partial.attempts + 1
        article = unmatched.remove_mark(partial.article)
        matched = await self.match(feed, replace(_found_again(partial, article), rematched=True), history)
        if unmatched.is_marked_unmatched(matched.article):
            return replace(matched, retry_at=rematch_at(self.clock(), attempts))
        return replace(matched, retry_at=retry_at(None, self.clock()) if article.partial else None)


def _found_again(partial: PartialArticle, article: Article) -> FoundArticle:
    return FoundArticle(entry=partial.entry, article=article, backfilled=partial.backfilled, entry_id=partial.entry_id)


def _most_severe(errors: ExceptionGroup[Exception]) -> Exception:
    """Return an error of the database, which concerns all feeds, before one of a single article."""
    return next((error for error in errors.exceptions if isinstance(error, MonitorError)), errors.exceptions[0])


class _Slice:
    """Articles of one poll that were read and are not stored yet."""

    def __init__(self, store_slice: StoreSlice, clock: Callable[[], datetime]) -> None:
        self.articles: dict[int, FoundArticle] = {}
        """By the position of their entry in the plan."""
        self._store_slice = store_slice
        self._clock = clock
        self._since = clock()

    async def store_if_due(self) -> None:
        """Store what was read if SLICE_TIME has passed; a clock that was put back delays nothing."""
        if abs(self._clock() - self._since) >= SLICE_TIME:
            await self.store()

    async def store(self) -> None:
        """Store what was read."""
        self._since = self._clock()
        if self.articles:
            await self._store_slice(self.take())

    def take(self) -> tuple[FoundArticle, ...]:
        """Remove and return the articles, in the order of their entries."""
        taken, self.articles = self.articles, {}
        return tuple(taken[index] for index in sorted(taken))
