"""The interface of a source kind: it creates the request and parses the response into entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from monitor.core.model import Feed, FeedState, Outcome, Response, Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRequest:
    """A request to a publisher."""

    url: str
    accept: str
    """The value of the Accept header."""
    validators: Validators = field(default_factory=Validators)
    """Validators that are sent as If-None-Match and If-Modified-Since. Without them, 304 is an error."""
    position: str = ""
    """Where the last poll of a mailbox ended."""
    since: datetime | None = None
    """When a mailbox was last read; what came later is read again if its position holds no more."""


class ParsedSource(NamedTuple):
    """The result of parsing a response, with a cache for parsing the next one faster."""

    outcome: Outcome
    """`Unchanged` is for kinds whose responses may differ in irrelevant bytes, such as the time of generation."""
    cache: bytes = b""
    """Passed to the next call of `parse`. It is in memory only and may be dropped: a poll without it must be correct.
    Do not store here what must survive a restart."""
    follow: tuple[str, ...] = ()
    """Addresses to fetch in the same poll, such as the sitemaps of an index or the next page of a list."""
    follows_always: bool = False
    """`follow` is fetched at every poll. If False, only at the first: later polls see what is new on the first page."""
    is_index: bool = False
    """The response lists documents instead of articles: its entries are all documents, `follow` the new ones."""


class SourceKind(Protocol):
    """One kind of source. Implementations are pure, without state, and can be pickled: `parse` runs in a worker."""

    name: str
    """The value of `kind` in feeds.yaml."""

    def request(self, feed: Feed, state: FeedState, now: datetime) -> SourceRequest:
        """Return the request for the poll at `now`; `state` is the state after the last poll."""
        ...

    def parse(self, feed: Feed, response: Response, now: datetime, cache: bytes) -> ParsedSource:
        """Parse the entries of a successful response whose body differs from the last one.

        `Changed` has the validators and the `body_hash` of a complete response, so that the next request is
        conditional; for an incomplete one it has neither, so that the next poll fetches it again. Errors in a response
        are returned as `Failed`, with a reason of `core.feeds.failures`; raise nothing.
        The worker is killed if this takes too long or too much memory.
        """
        ...


def conditional_request(feed: Feed, state: FeedState, accept: str) -> SourceRequest:
    """Return a conditional request for a feed's address, or for the address to which it has moved."""
    validators = Validators(etag=state.etag, last_modified=state.last_modified)
    return SourceRequest(url=state.url or feed.url, accept=accept, validators=validators)
