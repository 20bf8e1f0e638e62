"""Checks without storing anything: whether a feed works, which feeds a page offers, what a saved response holds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.app import utc_now
from monitor.core import sources
from monitor.core.feeds import discovery, moves, responses
from monitor.core.feeds.failures import describe_with_advice
from monitor.core.model import Changed, Entry, Failed, Feed, FeedId, FeedState, Outcome, Response, Unchanged
from monitor.core.text import encodings
from monitor.extraction import ExtractionPool
from monitor.pipeline.resources import open_extraction_pool, open_fetcher
from monitor.poll.linked_documents import LinkedDocuments
from monitor.settings import MonitorFile

if TYPE_CHECKING:
    from monitor.fetch import Fetcher


MAX_NEWEST_ENTRIES = 5
"""Entries that a check shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCheck:
    """The result of checking one feed."""

    feed: Feed
    ok: bool
    title: str = ""
    entries: int = 0
    newest_at: datetime | None = None
    reason: str
    """Why it failed, or an oddity of a working feed."""
    moved_to: str = ""
    newest_entries: tuple[Entry, ...] = ()
    """The newest entries, MAX_NEWEST_ENTRIES at most, in the order of the source."""


@dataclass(slots=True, kw_only=True)
class FeedChecker:
    """Fetches and parses feeds as the poller does, but stores nothing."""

    fetcher: Fetcher
    pool: ExtractionPool
    clock: Callable[[], datetime]

    async def check_all(self, feeds: Sequence[Feed]) -> AsyncIterator[FeedCheck]:
        """Check feeds concurrently, within the fetcher's rate limits; yield results as they arrive."""
        for done in asyncio.as_completed([self.check(feed) for feed in feeds]):
            yield await done

    async def check(self, feed: Feed, *, or_http: bool = False) -> FeedCheck:
        """Fetch and parse one feed; with `or_http`, read its https address over http if https gives no connection."""
        return await self._parse(*await self._fetch(feed, or_http=or_http))

    async def _fetch(self, feed: Feed, *, or_http: bool = False) -> tuple[Feed, Response | Failed]:
        """Return the response, and the feed with the address that was read."""
        response = await self.fetcher.fetch_feed(feed, FeedState(feed_id=feed.id))
        if or_http and _gives_no_connection(response):
            over_http = replace(feed, url="http" + feed.url.removeprefix("https"))
            second = await self.fetcher.fetch_feed(over_http, FeedState(feed_id=feed.id))
            if not _gives_no_connection(second):
                return over_http, second
        return feed, response

    async def _parse(self, feed: Feed, response: Response | Failed) -> FeedCheck:
        outcome = await self._outcome(feed, response)
        if not isinstance(outcome, Changed):
            return _without_entries(feed, outcome)
        dates = [entry.published_at for entry in outcome.entries if entry.published_at]
        return FeedCheck(
            feed=feed,
            ok=True,
            reason=_remark(outcome),
            entries=len(outcome.entries),
            title=outcome.title,
            newest_at=max(dates, default=None),
            newest_entries=outcome.entries[:MAX_NEWEST_ENTRIES],
            moved_to=moves.permanent_redirect(response if isinstance(response, Response) else None) or "",
        )

    async def _outcome(self, feed: Feed, response: Response | Failed) -> Outcome:
        if isinstance(response, Failed):
            return response
        if outcome := responses.classify_response(response, FeedState(feed_id=feed.id), self.clock()):
            return outcome
        parsed = await self.pool.parse_source(feed, response, self.clock())
        if not parsed.is_index:
            return parsed.outcome
        return await LinkedDocuments(self.fetcher, self.pool, feed, self.clock()).read(parsed)

    async def preview(self, feed: Feed, *, or_http: bool = False) -> tuple[FeedCheck, tuple[Entry, ...]]:
        """Fetch and parse one feed as `check` does, and return its entries too."""
        feed, response = await self._fetch(feed, or_http=or_http)
        outcome = await self._outcome(feed, response)
        if not isinstance(outcome, Changed):
            return _without_entries(feed, outcome), ()
        return FeedCheck(feed=feed, ok=True, reason=_remark(outcome)), outcome.entries

    async def discover(self, url: str, *, or_http: bool = False) -> list[FeedCheck]:
        """Return the feed at `url`, else the feeds that the page there offers, else other kinds of sources of its site.

        The other kinds are a sitemap, the posts of WordPress, and the list on the page itself; `feed.kind` says which.
        Without any of them, one failed check has the reason.

        If `url` is neither a feed nor a page, no other feed is searched: it would not be the one the user meant.
        `or_http` is that of `check`.
        """
        feed, response = await self._fetch(_unnamed_feed(url), or_http=or_http)
        at_url = await self._parse(feed, response)
        if at_url.ok or isinstance(response, Failed) or not responses.is_web_page(response):
            return [at_url]
        page = encodings.decode(response.body, response.headers.get("content-type", ""))
        checks = await self._check_candidates(discovery.feed_candidates(page, response.url), response)
        return checks or await self._other_kinds(page, response) or [at_url]

    async def _other_kinds(self, page: str, response: Response) -> list[FeedCheck]:
        """Return the sources without a feed that work: the first sitemap, WordPress, and the page as a list."""
        robots = await self.fetcher.fetch_linked(_unnamed_feed(response.url), discovery.robots_address(response.url))
        named = discovery.named_sitemaps(robots.body) if isinstance(robots, Response) and robots.status == 200 else ()
        checks: list[FeedCheck] = []
        for address in discovery.sitemap_addresses(response.url, named):
            check = await self.check(_unnamed_feed(address, "sitemap"))
            if check.ok and check.entries:
                checks.append(check)
                break
        if posts := discovery.wordpress_posts(page, response.url):
            checks.append(await self.check(_unnamed_feed(posts, "json")))
        checks.append(await self._parse(_unnamed_feed(response.url, "page"), response))
        return [check for check in checks if check.ok]

    async def _check_candidates(self, feeds: Sequence[discovery.FeedCandidate], response: Response) -> list[FeedCheck]:
        """Check the candidates of a page; one that is no feed is returned only if the page links it as a feed."""
        offered = [item for item in feeds if item.origin != "guess"]
        checks = await asyncio.gather(*(self.check(_unnamed_feed(item.url)) for item in offered))
        if good := [check for check in checks if check.ok]:
            return good
        if named := [check for check, item in zip(checks, offered, strict=True) if item.origin == "link"]:
            return named
        # Usual addresses are tried only if the page names no feed, since each guess costs the publisher a request.
        guesses = [item for item in feeds if item.origin == "guess" and item.url != response.url]
        checks = await asyncio.gather(*(self.check(_unnamed_feed(item.url)) for item in guesses))
        return [check for check in checks if check.ok][:1]


def _remark(outcome: Changed) -> str:
    """Return what should be known of a source that could be read; empty if there is nothing."""
    no_entries = f"no entries: {outcome.why_no_entries}" if not outcome.entries else ""
    return outcome.layout_problem or outcome.malformed or no_entries


def _without_entries(feed: Feed, outcome: Failed | Unchanged) -> FeedCheck:
    """Return the check of a source that could not be read; nothing is known of its earlier layout."""
    reason = outcome.reason if isinstance(outcome, Unchanged) else describe_with_advice(outcome)
    return FeedCheck(feed=feed, ok=False, reason=re.sub("^layout changed", "no entries", reason))


def _gives_no_connection(response: Response | Failed) -> bool:
    """Return True if there may be nothing that speaks this protocol, and another one is worth a try."""
    return isinstance(response, Failed) and response.reason.partition(": ")[0] in {"connection failed", "timeout"}


def _unnamed_feed(url: str, kind: str = "auto") -> Feed:
    return Feed(id=FeedId("unknown"), url=url, kind=kind)


@asynccontextmanager
async def open_feed_checker(monitor: MonitorFile) -> AsyncIterator[FeedChecker]:
    """Start fetching and parsing for a FeedChecker, and stop both at the end."""
    with open_extraction_pool(monitor.extract.workers, monitor.extract.timeout) as pool:
        async with open_fetcher(monitor) as fetcher:
            yield FeedChecker(fetcher=fetcher, pool=pool, clock=utc_now)


async def preview_response(pool: ExtractionPool, feed: Feed, body: bytes, now: datetime) -> dict[str, Any]:
    """Return what a poll would read in a saved response of a feed, as `monitor feeds parse` prints it.

    `kind` is a name in core.sources.KINDS, never `auto`: a feed of that kind reads web pages as `page` too. `error`
    says why there are no entries; `follow` has the addresses that a poll would fetch too, such as those of sitemaps.
    """
    response = Response(url=feed.url, status=200, headers={}, body=body)
    kind = sources.detect_source_kind(response) if feed.kind == "auto" else feed.kind
    parsed = await pool.parse_source(replace(feed, kind=kind), response, now)
    row: dict[str, Any] = {"kind": kind, "entries": []}
    match parsed.outcome:
        case Failed() as failed:
            row["error"] = failed.reason
        case Changed() as changed:
            row["entries"] = list(map(entry_row, changed.entries))
            further = {"follow": list(parsed.follow), "excluded": changed.excluded, "truncated": changed.truncated}
            row |= {key: value for key, value in {**further, "note": changed.malformed}.items() if value}
    return row


def entry_row(entry: Entry) -> dict[str, Any]:
    """Build the JSON object of an entry."""
    return {
        "id": entry.guid or entry.link or entry.key,
        "url": entry.link,
        "title": entry.title,
        "published_at": entry.published_at,
        "summary": entry.summary,
    }
