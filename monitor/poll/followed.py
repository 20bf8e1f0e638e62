"""Fetches the further documents of a source: the sitemaps of an index, and the next pages of a list at its first poll.

All answers together are one outcome. What could not be had is named in it, and asked for again at the next poll.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from monitor.core import feeds
from monitor.core.feeds import identity, responses
from monitor.core.feeds.failures import failed
from monitor.core.model import Changed, Failed, FeedId, FeedState, Unchanged
from monitor.core.sources.sitemap import MAX_CHILDREN, MAX_ENTRIES

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.model import Feed, Outcome
    from monitor.core.sources import ParsedSource
    from monitor.extraction import ExtractionPool
    from monitor.fetch import Fetcher

_NO_STATE = FeedState(feed_id=FeedId(""))
"""Of no feed: each further document is judged by itself."""
MAX_PAGES = 5
"""Pages of a list that are read at its first poll, the first included."""


@dataclass(slots=True)
class FurtherDocuments:
    """The documents that one answer of a feed refers to, fetched one after the other."""

    fetcher: Fetcher
    pool: ExtractionPool
    feed: Feed
    now: datetime
    outcomes: list[Changed] = field(default_factory=list)
    problems: list[Failed] = field(default_factory=list)

    async def read(self, parsed: ParsedSource) -> Outcome:
        """Fetch and parse what an answer refers to, and return the outcome of all.

        Of an index at most MAX_CHILDREN documents are fetched, those of inner indexes included; of a list MAX_PAGES.
        """
        first = parsed.outcome
        if not isinstance(first, Changed):
            return first
        if parsed.is_index and not parsed.follow:
            return Unchanged(because="same body", etag=first.etag, last_modified=first.last_modified, ttl=first.ttl)
        self.outcomes = [] if parsed.is_index else [first]
        waiting, asked = deque(parsed.follow), {self.feed.url}
        limit = MAX_CHILDREN if parsed.is_index else MAX_PAGES - 1
        while waiting and len(asked) <= limit:
            url = waiting.popleft()
            if url not in asked:
                asked.add(url)
                waiting.extend(await self._read_one(url))
        if self.problems:
            self.pool.forget(self.feed)
        return self._merge(first, left=len(set(waiting) - asked))

    async def _read_one(self, url: str) -> tuple[str, ...]:
        """Add one document to the outcomes, and return what it refers to."""
        response = await self.fetcher.fetch_linked(self.feed, url)
        judged = (
            response if isinstance(response, Failed) else responses.classify_response(response, _NO_STATE, self.now)
        )
        if isinstance(response, Failed) or judged is not None:
            self._add_problem(judged, url)
            return ()
        parsed = await self.pool.parse_part(self.feed, response, self.now)
        if isinstance(parsed.outcome, Changed) and not parsed.is_index:
            self.outcomes.append(parsed.outcome)
        self._add_problem(parsed.outcome, url)
        return parsed.follow

    def _add_problem(self, outcome: Outcome | None, url: str) -> None:
        if isinstance(outcome, Failed):
            self.problems.append(replace(outcome, reason=f"{outcome.reason} ({url})"))

    def _merge(self, first: Changed, left: int) -> Outcome:
        """Return one outcome; without validators if something is missing, so that the next poll asks for it again."""
        if not self.outcomes:
            return self.problems[0] if self.problems else failed("layout changed", "an index without documents")
        found = [entry for each in self.outcomes for entry in each.entries]
        entries = identity.deduplicate(found)
        kept = feeds.newest_entries(entries, MAX_ENTRIES)
        notes = [first.malformed, *(each.malformed for each in self.outcomes)]
        notes += [problem.reason for problem in self.problems[:3]]
        is_whole = not self.problems
        return replace(
            first,
            entries=tuple(kept),
            etag=first.etag if is_whole else None,
            last_modified=first.last_modified if is_whole else None,
            body_hash=first.body_hash if is_whole else "",
            malformed="; ".join(dict.fromkeys(filter(None, notes))),
            truncated=sum(each.truncated for each in self.outcomes) + len(entries) - len(kept) + left,
            excluded=sum(each.excluded for each in self.outcomes),
            empty=sum(each.empty for each in self.outcomes),
            duplicates=sum(each.duplicates for each in self.outcomes) + len(found) - len(entries),
            items=sum(each.seen for each in self.outcomes) + left,
        )
