"""Reads the articles behind entries: page by page, matched as they come.

Of each feed no more pages are in memory than its host lets us fetch at once, and no feed's pages take for ever: where
a host does not answer, or is slow, the rest is left for later. A page that cannot be had loses nothing: its article is
what the feed itself carries, marked partial, with the time of the next try.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from monitor.core import articles, polls, stories
from monitor.core.articles import boilerplate
from monitor.core.feeds import responses
from monitor.core.feeds.sources import source_of
from monitor.core.model import Failed, FoundArticle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from monitor.core.articles.boilerplate import History
    from monitor.core.matching.sight import Sight
    from monitor.core.model import Article, Entry, Feed, Match, PartialArticle, Source
    from monitor.extraction import ExtractionPool
    from monitor.fetch import Fetcher


class Finder(Protocol):
    """What finds rules in an article; swapped as a whole when the rules are edited."""

    def look(self, article: Article, source: Source) -> Sight:
        """Find all terms in an article."""
        ...

    def matches(self, sight: Sight, source: Source) -> tuple[Match, ...]:
        """Give every rule that matches what was found."""
        ...


@dataclass(slots=True)
class Reader:
    """Makes articles of entries."""

    fetcher: Fetcher
    pool: ExtractionPool
    matcher: Finder
    clock: Callable[[], datetime]
    per_host: int = 2
    stopping: bool = False
    """The program is ending: what is in hand is to be stored soon, with the pages that it has."""

    async def read_all(self, feed: Feed, wanted: Sequence[polls.Wanted], history: History) -> tuple[FoundArticle, ...]:
        """Read the articles of all these entries, in their order; `history` is what the feed printed before."""
        found: dict[int, FoundArticle] = {}
        waiting = deque(enumerate(wanted))
        patience = polls.Patience(until=self.clock() + polls.PAGES_TIME)

        async def lane() -> None:
            while waiting:
                index, each = waiting.popleft()
                found[index] = self._matched(feed, await self._read(feed, each, patience), history)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.per_host, len(wanted))):
                group.create_task(lane())
        return tuple(found[index] for index in range(len(wanted)))

    async def again(self, feed: Feed, partial: PartialArticle, history: History) -> tuple[FoundArticle, Failed | None]:
        """Try the page of a partial article once more; tells besides why it could not be had."""
        article, next_try, failure = await self._page(feed, partial.entry, partial.attempts + 1)
        found = FoundArticle(entry=partial.entry, article=article, retry_at=next_try, entry_id=partial.entry_id)
        return self._matched(feed, found, history), failure

    async def _read(self, feed: Feed, wanted: polls.Wanted, patience: polls.Patience) -> FoundArticle:
        article, next_try = polls.without_page(wanted), None
        reason = polls.ENDING if self.stopping else patience.ended(self.clock())
        if wanted.page and reason:
            article, next_try = articles.from_feed(wanted.entry, reason), polls.retry_later(self.clock())
        elif wanted.page:
            article, next_try, failure = await self._page(feed, wanted.entry, attempts=0)
            patience.note(failure)
        return FoundArticle(
            entry=wanted.entry,
            article=article,
            backfilled=wanted.backfilled,
            updated=wanted.updated,
            entry_id=wanted.entry_id,
            retry_at=next_try,
        )

    async def _page(self, feed: Feed, entry: Entry, attempts: int) -> tuple[Article, datetime | None, Failed | None]:
        """Fetch and read a page; without it the article is the feed's own text, to be tried again later."""
        answer = await self.fetcher.page(entry.link, feed)
        now = self.clock()
        judged = answer if isinstance(answer, Failed) else responses.judge_page(answer, now, entry.link) or answer
        if isinstance(judged, Failed):
            return articles.from_feed(entry, judged.reason), polls.retry_at(judged, now, attempts), judged
        article = await self.pool.extract(judged.body, judged.headers.get("content-type", ""), entry)
        article = articles.dated(article, now)
        return article, polls.retry_at(None, now, attempts) if article.partial else None, None

    def _matched(self, feed: Feed, found: FoundArticle, history: History) -> FoundArticle:
        """Find the rules, looking away from what the feed prints under everything; text is read once for all."""
        paragraphs = boilerplate.paragraphs(found.article.text)
        places = history.boilerplate(paragraphs, found.entry_id)
        article = replace(found.article, boilerplate=places) if places else found.article
        source = source_of(feed, article.url)
        sight = self.matcher.look(article, source)
        matches = self.matcher.matches(sight, source)
        return replace(
            found,
            article=article,
            matches=matches,
            sketch=stories.sketch(sight.reading.text_words, article.language) if matches else (),
            paragraphs=boilerplate.keys_of(paragraphs),
        )
