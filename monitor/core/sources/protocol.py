"""What a kind of source must provide: the request to make, and the entries in the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from monitor.core.model import Validators

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.model import Feed, FeedState, Outcome, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRequest:
    """What to ask a publisher for."""

    url: str
    accept: str
    """The value of the Accept header."""
    validators: Validators = field(default_factory=Validators)
    """Sent as If-None-Match and If-Modified-Since. Without them, 304 is an error."""


class ParsedSource(NamedTuple):
    """What an answer holds, and what makes parsing the next one cheaper."""

    outcome: Outcome
    """`Unchanged` is for kinds whose answers differ in bytes that matter to nobody, such as a time of generation."""
    cache: bytes = b""
    """Given to the next call of `parse`. Kept in memory only, and dropped when there is no room: a poll without it must
    give the same outcome. What has to survive a restart does not belong here."""
    follow: tuple[str, ...] = ()
    """Addresses whose answers belong to the same poll, such as the sitemaps of an index or the next page of a list."""
    is_index: bool = False
    """The answer lists documents, not articles: its entries are all of them, `follow` those that are new."""


class SourceKind(Protocol):
    """One kind of source. Implementations are pure, without state, and can be pickled: `parse` runs in a worker."""

    name: str
    """The value of `kind` in feeds.yaml."""

    def request(self, feed: Feed, state: FeedState) -> SourceRequest:
        """Return the request for the next poll. `state` is as it was after the last poll."""
        ...

    def parse(self, feed: Feed, response: Response, now: datetime, cache: bytes) -> ParsedSource:
        """Read the entries of a successful answer with a body that differs from the last one.

        `Changed` of a complete answer carries its validators and its `body_hash`, so that the next request is
        conditional; of an incomplete one it carries neither, so that the next poll gets it again. Anything that can be
        wrong with an answer is returned as `Failed`, with a reason of `core.feeds.failures`.
        Raises nothing on purpose: the worker is killed when it takes too long or too much memory.
        """
        ...


def conditional_request(feed: Feed, state: FeedState, accept: str) -> SourceRequest:
    """Ask for a feed's address, or the one it has moved to, unless it is unchanged since the last poll."""
    validators = Validators(etag=state.etag, last_modified=state.last_modified)
    return SourceRequest(url=state.url or feed.url, accept=accept, validators=validators)
