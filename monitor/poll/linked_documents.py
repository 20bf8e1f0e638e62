"""Fetches the documents to which a source refers: sitemaps of an index; at the first poll also next pages of a list.

The responses are merged into one outcome. It names the documents that failed, and the next poll fetches them again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.core.feeds import identity, responses
from monitor.core.feeds.failures import failed
from monitor.core.feeds.outcomes import newest_entries
from monitor.core.model import Changed, Failed, Feed, FeedId, FeedState, Outcome, Unchanged
from monitor.core.sources import ParsedSource
from monitor.core.sources.page import ONLY_AT
from monitor.core.sources.sitemap import MAX_CHILD_SITEMAPS, MAX_SITEMAP_ENTRIES
from monitor.extraction import ExtractionPool

if TYPE_CHECKING:
    from monitor.fetch import Fetcher

_NO_STATE = FeedState(feed_id=FeedId(""))
"""The state of no feed, since linked documents are never compared with an earlier response."""
MAX_FAILED_DOCUMENTS = 3
"""Documents that may fail in one poll; the others are left for the next one, so that no slow host uses up its time."""
MAX_LIST_PAGES = 5
"""Pages of a list that are fetched at its first poll, the first included."""


@dataclass(slots=True)
class LinkedDocuments:
    """The documents to which one response of a feed refers, fetched one after the other."""

    fetcher: Fetcher
    pool: ExtractionPool
    feed: Feed
    now: datetime
    outcomes: list[Changed] = field(default_factory=list)
    failures: list[Failed] = field(default_factory=list)
    list_fingerprint: str = ""
    """Where the items of a list are, for its further pages; empty for an index."""

    async def read(self, parsed: ParsedSource) -> Outcome:
        """Fetch and parse the documents to which a response refers, and return the outcome of all.

        At most MAX_CHILD_SITEMAPS documents of an index are fetched, including those of inner indexes, and at most
        MAX_LIST_PAGES pages of a list.
        """
        first = parsed.outcome
        if not isinstance(first, Changed):
            return first
        if parsed.is_index and not parsed.follow:
            return Unchanged(reason="same body", etag=first.etag, last_modified=first.last_modified, ttl=first.ttl)
        self.outcomes = [] if parsed.is_index else [first]
        self.list_fingerprint = ONLY_AT + first.fingerprint if first.fingerprint else ""
        waiting, requested = deque(parsed.follow), {self.feed.url}
        limit = MAX_CHILD_SITEMAPS if parsed.is_index else MAX_LIST_PAGES - 1
        while waiting and len(requested) <= limit and len(self.failures) < MAX_FAILED_DOCUMENTS:
            url = waiting.popleft()
            if url not in requested:
                requested.add(url)
                waiting.extend(await self._read_one(url))
        if self.failures:
            self.pool.drop_cache(self.feed)
        return self._merge(first, not_fetched=len(set(waiting) - requested))

    async def _read_one(self, url: str) -> tuple[str, ...]:
        """Fetch one document, add its outcome, and return the addresses to which it refers."""
        response = await self.fetcher.fetch_linked(self.feed, url)
        outcome = (
            response if isinstance(response, Failed) else responses.classify_response(response, _NO_STATE, self.now)
        )
        if isinstance(response, Failed) or outcome is not None:
            self._add_failure(outcome, url)
            return ()
        parsed = await self.pool.parse_part(self.feed, response, self.now, self.list_fingerprint)
        if isinstance(parsed.outcome, Changed) and not parsed.is_index:
            self.outcomes.append(parsed.outcome)
        self._add_failure(parsed.outcome, url)
        return parsed.follow

    def _add_failure(self, outcome: Outcome | None, url: str) -> None:
        if isinstance(outcome, Failed):
            self.failures.append(replace(outcome, reason=f"{outcome.reason} ({url})"))

    def _merge(self, first: Changed, not_fetched: int) -> Outcome:
        """Return one outcome; without validators if a document failed, so that the next poll fetches all again."""
        if not self.outcomes:
            return self.failures[0] if self.failures else failed("layout changed", "an index without documents")
        all_entries = [entry for each in self.outcomes for entry in each.entries]
        entries = identity.deduplicate(all_entries)
        kept = newest_entries(entries, MAX_SITEMAP_ENTRIES)
        notes = [first.malformed, *(each.malformed for each in self.outcomes)]
        notes += [failure.reason for failure in self.failures]
        is_whole = not self.failures
        return replace(
            first,
            entries=tuple(kept),
            etag=first.etag if is_whole else None,
            last_modified=first.last_modified if is_whole else None,
            body_hash=first.body_hash if is_whole else "",
            malformed="; ".join(dict.fromkeys(filter(None, notes))),
            truncated=sum(each.truncated for each in self.outcomes) + len(entries) - len(kept) + not_fetched,
            excluded=sum(each.excluded for each in self.outcomes),
            empty=sum(each.empty for each in self.outcomes),
            duplicates=sum(each.duplicates for each in self.outcomes) + len(all_entries) - len(entries),
            items=sum(each.seen for each in self.outcomes) + not_fetched,
        )
