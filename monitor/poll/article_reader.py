"""Reads the articles behind entries: page by page, matched as they come, stored in slices while others are read.

Of each feed no more pages are in memory than its host allows requests at once, and the pages of one poll have a time
limit: where a host does not answer, or is slow, the rest is left for later. A page that cannot be fetched loses
nothing: its article is what the feed itself carries, marked partial, with the time of the next try.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

import structlog

from monitor.core import articles, polls
from monitor.core.articles import carry_forward, revisions, unmatched
from monitor.core.errors import MonitorError
from monitor.core.feeds import responses
from monitor.core.feeds.article_source import source_of
from monitor.core.model import Failed, FoundArticle
from monitor.core.polls import rechecks
from monitor.core.polls.analysis import Analysis, beginning, compare
from monitor.core.polls.retry_policy import (
    ENDING,
    PAGES_TIME,
    POSTPONED,
    CircuitBreaker,
    rematch_at,
    retry_at,
    retry_later,
)
from monitor.extraction import TaskError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence
    from datetime import datetime

    from monitor.core.articles.boilerplate import ParagraphHistory
    from monitor.core.articles.revisions import Revision
    from monitor.core.model import Article, Entry, Feed, PartialArticle, Response, Source, Validators
    from monitor.core.polls.budget import DailyBudget
    from monitor.extraction import ExtractionPool
    from monitor.fetch import Fetcher

    StoreSlice = Callable[[Sequence[FoundArticle]], Awaitable[None]]

SLICE_TIME = timedelta(seconds=15)
"""Articles that were read are stored after this time, while others are still being read. A poll that takes less is
stored in one transaction."""
LAST_PAGES = 8.0
"""Seconds that requests for pages get to finish once the program is told to stop."""
BEGINNING_TIMEOUT = 5.0
"""Seconds for matching a title and the beginning of a text, which takes milliseconds."""
_log = structlog.get_logger(__name__)


class ArticleMatcher(Protocol):
    """Matches articles against one version of the rules; replaced as a whole when the rules are edited."""

    async def analyse(
        self, article: Article, source: Source, common: Collection[int], *, seconds: float | None = None
    ) -> Analysis:
        """Analyse an article within `seconds` (None: the usual limit); raises TaskError when that fails."""
        ...


class _Page(NamedTuple):
    """What came of asking for a page."""

    article: Article
    retry_at: datetime | None = None
    failure: Failed | None = None
    validators: Validators | None = None


class _PollContext(NamedTuple):
    """What the articles of one poll have in common."""

    feed: Feed
    history: ParagraphHistory
    budget: DailyBudget
    breaker: CircuitBreaker


@dataclass(slots=True)
class ArticleReader:
    """Makes articles of entries."""

    fetcher: Fetcher
    pool: ExtractionPool
    matcher: ArticleMatcher
    clock: Callable[[], datetime]
    earlier: Callable[[int], Awaitable[tuple[Entry, list[Article]] | None]]
    """Reads an entry as its feed showed it last, with all versions of its article."""
    per_host: int = 2
    stopping: bool = False
    """The program is ending: what is in progress is stored soon, with the pages that it has."""
    _requests: set[asyncio.Timeout] = field(default_factory=set)
    """The time limits of pages that are being fetched and read; none before `stop`."""

    def stop(self) -> None:
        """Fetch no further page; those being fetched have LAST_PAGES seconds left, counted from the first call."""
        if self.stopping:
            return
        self.stopping = True
        for limit in self._requests:
            limit.reschedule(asyncio.get_running_loop().time() + LAST_PAGES)

    async def read_all(
        self,
        feed: Feed,
        wanted: Sequence[polls.PlannedEntry],
        history: ParagraphHistory,
        budget: DailyBudget,
        keep: StoreSlice,
    ) -> tuple[FoundArticle, ...]:
        """Read the articles of all these entries; `history` is what the feed printed before.

        Of entries beyond the budget only the title is kept; edits beyond it are left out and counted in the budget.
        They are still edits at the next poll.

        `keep` is called with slices of them, each in the order of the entries, which it stores. Returns the rest. When
        reading is cancelled, or fails for one article, those that were read by then are stored all the same.
        """
        waiting = deque(enumerate(wanted))
        context = _PollContext(feed, history, budget, CircuitBreaker(until=self.clock() + PAGES_TIME))
        unstored = _Slice(keep, self.clock)

        async def lane() -> None:
            while waiting:
                index, each = waiting.popleft()
                if (found := await self._read_within_budget(context, each)) is not None:
                    unstored.articles[index] = found
                await unstored.store_if_due()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.per_host, len(wanted))):
                    group.create_task(lane())
        except asyncio.CancelledError:
            await unstored.store()
            raise
        except ExceptionGroup as errors:
            error = _most_severe(errors)
            if not isinstance(error, MonitorError):
                await unstored.store()
            raise error from None
        return unstored.take()

    async def _read_within_budget(self, context: _PollContext, planned: polls.PlannedEntry) -> FoundArticle | None:
        """Read one entry; beyond the budget make an article of the title of a new one, and leave out an edited one."""
        feed, history, budget, _ = context
        if budget.admit():
            return await self._read_admitted(context, planned)
        if planned.updated:
            budget.postponed_edits += 1
            return None
        entry, article = budget.title_only(planned.entry)
        return await self.matched(
            feed, FoundArticle(entry=entry, article=article, backfilled=planned.backfilled), history
        )

    async def _read_admitted(self, context: _PollContext, planned: polls.PlannedEntry) -> FoundArticle:
        """Read one admitted entry and charge the budget, unless it is an edit that changes nothing."""
        feed, history, budget, breaker = context
        matched = await self.matched(feed, await self._read(feed, planned, breaker), history)
        if planned.page:
            breaker.record_text(matched.article)
        settled = await self._settled(feed, matched, history) if planned.updated else matched
        if settled is matched:
            budget.spend(settled.entry, settled.article)
        else:
            budget.release()
        return settled

    async def again(
        self, feed: Feed, stored: PartialArticle, history: ParagraphHistory
    ) -> tuple[FoundArticle, Failed | None]:
        """Try a partial article once more: its page, or its matching; the second value is why the page failed."""
        if unmatched.is_marked_unmatched(stored.article):
            return await self._rematched(feed, stored, history), None
        was_asked_for = not stored.article.partial_reason.startswith(POSTPONED)
        page = await self._page(feed, stored.entry, stored.attempts + was_asked_for)
        found = FoundArticle(
            entry=stored.entry,
            article=page.article,
            retry_at=page.retry_at,
            backfilled=polls.was_backfilled(stored),
            entry_id=stored.entry_id,
            validators=page.validators,
        )
        return await self.matched(feed, found, history), page.failure

    async def _rematched(self, feed: Feed, stored: PartialArticle, history: ParagraphHistory) -> FoundArticle:
        """Match the stored text again; a page that was missing besides is tried at the next retry."""
        attempts = stored.attempts + 1
        article = unmatched.remove_mark(stored.article)
        found = FoundArticle(
            entry=stored.entry,
            article=article,
            backfilled=polls.was_backfilled(stored),
            entry_id=stored.entry_id,
            rematched=True,
        )
        matched = await self.matched(feed, found, history)
        if unmatched.is_marked_unmatched(matched.article):
            return replace(matched, retry_at=rematch_at(self.clock(), attempts))
        return replace(matched, retry_at=retry_at(None, self.clock()) if article.partial else None)

    async def _read(self, feed: Feed, wanted: polls.PlannedEntry, breaker: CircuitBreaker) -> FoundArticle:
        now = self.clock()
        reason = ENDING if self.stopping else breaker.stop_reason(now)
        if not wanted.page:
            article = polls.article_without_page(wanted, await self.pool.from_feed(wanted.entry, wanted.why_not))
            page = _Page(article, now if wanted.later else None)
        elif reason:  # that we end is no reason for a host to be given time
            article = await self.pool.from_feed(wanted.entry, reason)
            page = _Page(article, now if reason == ENDING else retry_later(now))
        else:
            page = await self._page(feed, wanted.entry, attempts=0)
            breaker.record(page.failure)
        found = FoundArticle(
            entry=wanted.entry,
            article=page.article,
            backfilled=wanted.backfilled,
            updated=wanted.updated,
            entry_id=wanted.entry_id,
            retry_at=page.retry_at,
            validators=page.validators,
        )
        return await self._kept(found) if found.article.partial else found

    async def _kept(self, found: FoundArticle) -> FoundArticle:
        """Give nothing up of what was read of an entry, when an edit comes without its page."""
        earlier = await self.earlier(found.entry_id) if found.entry_id is not None else None
        if earlier is None:
            return found
        entry, versions = earlier
        known = (found.article, found.entry, entry, carry_forward.versions_needed(versions))
        try:
            article = await self.pool.run(
                partial(carry_forward.merge_versions, waits=found.retry_at is not None), *known
            )
        except TaskError as error:
            _log.warning("edit not compared with the earlier text", url=found.entry.link, error=str(error))
            article = carry_forward.join_versions(*known)
        return replace(found, article=article, validators=None)

    async def _settled(self, feed: Feed, edit: FoundArticle, history: ParagraphHistory) -> FoundArticle:
        """Keep the stored text if an edit changes only a clock or a counter and lets no further rule match."""
        earlier = await self.earlier(edit.entry_id) if edit.entry_id is not None else None
        if earlier is None:
            return edit
        before = earlier[1][-1]
        if before.partial or edit.article.partial or not await self._is_trivial(before, edit.article):
            return edit
        unchanged = await self.matched(feed, replace(edit, article=before), history)
        brings = {match.rule_id for match in edit.matches} - {match.rule_id for match in unchanged.matches}
        return edit if brings else unchanged

    async def _is_trivial(self, before: Article, after: Article) -> bool:
        """Return False as well when the versions cannot be compared in time: then the edit is stored."""
        if (before.title, before.text) == (after.title, after.text):
            return True
        try:
            return await self.pool.run(revisions.is_trivial_change, before, after)
        except TaskError as error:
            _log.warning("versions not compared", url=after.url, error=str(error))
            return False

    async def compared(
        self, before: Article, after: Article, history: ParagraphHistory, entry_id: int, *, redirected: bool
    ) -> Revision:
        """Judge a page that was looked at again; the stored text is kept when they cannot be compared in time."""
        if (before.title, before.text) == (after.title, after.text):
            return revisions.Revision("same")
        common = history.common_keys(entry_id)
        try:
            return await self.pool.run(partial(compare, redirected=redirected), before, after, common)
        except TaskError as error:
            return revisions.Revision("worse", f"not compared: {error}")

    async def _page(self, feed: Feed, entry: Entry, attempts: int) -> _Page:
        """Fetch and read a page; without it the article is the feed's own text, to be tried again later."""
        limit = asyncio.timeout(LAST_PAGES if self.stopping else None)
        try:
            async with limit:
                self._requests.add(limit)
                return await self._fetched_page(feed, entry, attempts)
        except TimeoutError:  # the program is ending
            return _Page(await self.pool.from_feed(entry, ENDING), self.clock())
        finally:
            self._requests.discard(limit)

    async def _fetched_page(self, feed: Feed, entry: Entry, attempts: int) -> _Page:
        judged = self.judged(await self.fetcher.fetch_page(entry.link, feed), entry)
        if isinstance(judged, Failed):
            next_try = retry_at(judged, self.clock(), attempts)
            return _Page(await self.pool.from_feed(entry, judged.reason), next_try, judged)
        article = await self.article(judged, entry)
        next_try = retry_at(None, self.clock(), attempts) if article.partial else None
        return _Page(article, next_try, validators=rechecks.page_validators(judged))

    def judged(self, answer: Response | Failed, entry: Entry) -> Response | Failed:
        """Say why there can be no article in the answer for a page."""
        if isinstance(answer, Failed):
            return answer
        return responses.page_failure(answer, self.clock(), entry.link) or answer

    async def article(self, response: Response, entry: Entry) -> Article:
        """Read the article in an answer."""
        article = await self.pool.extract(response.body, response.headers.get("content-type", ""), entry)
        return articles.drop_impossible_date(article, self.clock())

    async def matched(self, feed: Feed, found: FoundArticle, history: ParagraphHistory) -> FoundArticle:
        """Add the rules that match, without what the feed prints under everything.

        A text that cannot be matched in time is kept whole and marked; its title and beginning are matched instead.
        """
        source, common = source_of(feed, found.article.url), history.common_keys(found.entry_id)
        try:
            analysis = await self.matcher.analyse(found.article, source, common)
        except TaskError as error:
            found, analysis = await self._beginning(feed, found, common, str(error))
        article = found.article
        return replace(
            found,
            article=replace(article, boilerplate=analysis.boilerplate) if analysis.boilerplate else article,
            matches=analysis.matches,
            revisit_at=rechecks.first_recheck(feed, found, self.clock(), has_hits=bool(analysis.matches)),
            shingle_hashes=analysis.shingle_hashes,
            paragraphs=analysis.paragraphs,
        )

    async def _beginning(
        self, feed: Feed, found: FoundArticle, common: Collection[int], error: str
    ) -> tuple[FoundArticle, Analysis]:
        """Match the title and the beginning of a text that could not be matched whole, and mark its article."""
        article, is_matched = found.article, True
        try:
            analysis = await self.matcher.analyse(
                beginning(article), source_of(feed, article.url), common, seconds=BEGINNING_TIMEOUT
            )
        except TaskError:
            analysis, is_matched = Analysis(), False
        marked = unmatched.mark_unmatched(article, error, beginning=is_matched)
        _log.warning("article not matched whole", feed=feed.id, url=article.url, error=error, beginning=is_matched)
        retry_at = found.retry_at or rematch_at(self.clock())
        return replace(found, article=marked, retry_at=retry_at), analysis


def _most_severe(errors: ExceptionGroup[Exception]) -> Exception:
    """Return an error of the database, which concerns all feeds, before one of a single article."""
    return next((error for error in errors.exceptions if isinstance(error, MonitorError)), errors.exceptions[0])


class _Slice:
    """Articles of one poll that were read and are not stored yet."""

    def __init__(self, keep: StoreSlice, clock: Callable[[], datetime]) -> None:
        self.articles: dict[int, FoundArticle] = {}
        """By the place of their entry in the feed."""
        self._keep = keep
        self._clock = clock
        self._since = clock()

    async def store_if_due(self) -> None:
        """Store what was read, if the time has come; a clock that was put back delays nothing."""
        if abs(self._clock() - self._since) >= SLICE_TIME:
            await self.store()

    async def store(self) -> None:
        """Store what was read."""
        self._since = self._clock()
        if self.articles:
            await self._keep(self.take())

    def take(self) -> tuple[FoundArticle, ...]:
        """Remove and return the articles, in the order of their entries."""
        taken, self.articles = self.articles, {}
        return tuple(taken[index] for index in sorted(taken))
