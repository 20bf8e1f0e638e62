"""What each feed showed at its last poll, so that of a feed with one new item one item is parsed.

Holds digests of items as they were written, and under which key each is stored; learnt only when a poll is stored. It
for speed alone: a process that has just started knows nothing, parses everything once, and comes to the same.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.core import responses, windows
from monitor.core.model import Changed
from monitor.core.polls import Rest

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from monitor.core.model import Failed, FeedId, Response
    from monitor.core.polls import Plan

MAX_FEEDS = 10_000
MAX_ITEMS = 1_000
MAX_BYTES = 2_000_000
"""A longer body is taken apart where it is parsed, in a process of its own."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A feed as it was last stored."""

    keys: dict[bytes, str]
    """The digest of each item -> the key of its entry."""
    ttl: timedelta | None = None
    newest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """A body, with what of it is still to be parsed."""

    body: bytes
    """As the parser needs to see it; empty when nothing of it is new."""
    digests: tuple[bytes, ...] = ()
    """Of the items that are to be parsed."""
    shown: Shown | None = None
    """What is known of the others."""

    @property
    def rest(self) -> Rest:
        """What need not be parsed."""
        if self.shown is None:
            return Rest()
        return Rest(keys=tuple(dict.fromkeys(self.shown.keys.values())), newest_at=self.shown.newest_at)


class Memory:
    """The feeds that were polled last."""

    def __init__(self, max_feeds: int = MAX_FEEDS) -> None:
        self._feeds: OrderedDict[FeedId, Shown] = OrderedDict()
        self._max_feeds = max_feeds

    def fresh(self, feed_id: FeedId, body: bytes) -> Fresh:
        """Tell what of a body has to be parsed."""
        document = windows.take_apart(body) if len(body) <= MAX_BYTES else None
        if document is None or len(document.items) > MAX_ITEMS:
            return Fresh(body)
        digests = [hashlib.blake2b(item, digest_size=16).digest() for item in document.items]
        last = self._feeds.get(feed_id)
        if last is None:
            return Fresh(body, tuple(digests))
        old = {digest: last.keys[digest] for digest in digests if digest in last.keys}
        new = [(digest, item) for digest, item in zip(digests, document.items, strict=True) if digest not in old]
        to_parse = document.with_items(item for _, item in new) if new or not old else b""
        return Fresh(to_parse, tuple(digest for digest, _ in new), replace(last, keys=old))

    def learn(self, feed_id: FeedId, fresh: Fresh, changed: Changed, plan: Plan) -> None:
        """Remember a feed that has been stored; an item that gave no entry, or more than one, is parsed again."""
        parsed = dict(zip(fresh.digests, plan.keys, strict=True)) if len(fresh.digests) == len(plan.keys) else {}
        before = fresh.shown.keys if fresh.shown else {}
        self._feeds[feed_id] = Shown({**before, **parsed}, changed.ttl, plan.newest_at)
        self._feeds.move_to_end(feed_id)
        while len(self._feeds) > self._max_feeds:
            self._feeds.popitem(last=False)


def nothing_new(fresh: Fresh, answer: Response) -> Changed:
    """Make the outcome of a body of which every item is known, without a parser."""
    hint = fresh.shown.ttl if fresh.shown else None
    return Changed(
        entries=(),
        etag=answer.headers.get("etag"),
        last_modified=answer.headers.get("last-modified"),
        ttl=responses.freshness(answer.headers) or hint,
        body_hash=responses.body_hash(answer.body),
    )


def whole(parsed: Changed | Failed, answer: Response) -> Changed | Failed:
    """Give an outcome the hash of the body that came, of which perhaps only a part was parsed."""
    if isinstance(parsed, Changed) and parsed.body_hash:
        return replace(parsed, body_hash=responses.body_hash(answer.body))
    return parsed
