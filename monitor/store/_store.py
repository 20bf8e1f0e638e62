"""The Store: every public method is one transaction around a function of a sibling module.

Raises DatabaseError, with one clear line, for everything a database can refuse. Its surprise: it is synchronous and, on
SQLite, meant for one thread at a time (any thread); nothing of it may be called while a request is in flight.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from monitor.core.model import (
        Coverage,
        Delivery,
        DigestRun,
        Feed,
        FeedId,
        FeedState,
        FoundArticle,
        Hit,
        KnownEntry,
        Match,
        Message,
        PartialArticle,
        Poll,
        StoredArticle,
        Story,
    )

LOOK_BACK = timedelta(days=7)


def open_store(url: str, *, migrate: bool) -> Store:
    """Open the database, bring its schema up to date when told to, and refuse one that does not fit this program."""
    raise NotImplementedError


class Store:
    """All that is remembered between two runs."""

    url: str

    def __init__(self, url: str) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Give back every connection."""
        raise NotImplementedError

    # -- schema

    def upgrade(self) -> list[str]:
        """Apply what is missing of the schema; an SQLite file with data in it is copied first."""
        raise NotImplementedError

    def current(self) -> str | None:
        """Tell the schema's revision; None for an empty database."""
        raise NotImplementedError

    def head(self) -> str:
        """Tell the revision that this program wants."""
        raise NotImplementedError

    def check(self) -> list[str]:
        """Tell what is wrong with the database, in sentences; nothing when all is well."""
        raise NotImplementedError

    def backup(self, file: Path) -> None:
        """Write a consistent copy of an SQLite database while it is in use."""
        raise NotImplementedError

    def prune(self, *, articles_before: datetime, polls_before: datetime, dry_run: bool = False) -> dict[str, int]:
        """Remove what retention no longer wants and tell rows by table; the keys of entries stay."""
        raise NotImplementedError

    def ping(self) -> None:
        """Ask the database for an answer."""
        raise NotImplementedError

    # -- feeds and polls

    def states(self) -> dict[FeedId, FeedState]:
        """Every feed that was ever polled."""
        raise NotImplementedError

    def state(self, feed_id: FeedId) -> FeedState:
        """One feed's state; a fresh one when it was never polled."""
        raise NotImplementedError

    def known(self, feed_id: FeedId, keys: Collection[str]) -> dict[str, KnownEntry]:
        """Which of these keys or aliases are stored for this feed, by the key that was asked for."""
        raise NotImplementedError

    def record(self, poll: Poll) -> list[Hit]:
        """Store a poll whole or not at all, and return the hits that are new with it."""
        raise NotImplementedError

    def partial_articles(self, now: datetime, limit: int = 50) -> list[PartialArticle]:
        """Articles that lack their page's text and whose time to be tried again has come, oldest first."""
        raise NotImplementedError

    def replace_article(self, article_id: int, found: FoundArticle, now: datetime) -> list[Hit]:
        """Settle one more try for a partial article's page, and return the hits that are new with it.

        When `found.article` is not partial, its text has come: it replaces the feed's, hits of the same rules take its
        evidence and lose their mark, others are added. When it still is, one more attempt is counted, and
        `found.retry_at` says when to try next (None: never).
        """
        raise NotImplementedError

    def poll_rhythm(self, feed_id: FeedId, since: datetime) -> list[datetime]:
        """When this feed's entries were first seen since then, ascending."""
        raise NotImplementedError

    # -- hits and the archive

    def hits(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        rule: str | None = None,
        topic: str | None = None,
        feed: str | None = None,
        limit: int | None = None,
    ) -> list[Hit]:
        """Hits found in (since, until], newest first."""
        raise NotImplementedError

    def hit(self, hit_id: int) -> Hit | None:
        """One hit."""
        raise NotImplementedError

    def article(self, article_id: int) -> StoredArticle | None:
        """One article."""
        raise NotImplementedError

    def articles(self, since: datetime, batch: int = 500) -> Iterator[StoredArticle]:
        """Every entry's current article stored after `since`, oldest first, read page by page in short transactions."""
        raise NotImplementedError

    def add_hits(self, matches: Sequence[tuple[int, Match]], *, backfilled: bool, found_at: datetime) -> int:
        """Store what a rule finds in archived articles (by id); how many hits are new."""
        raise NotImplementedError

    def stories(self, since: datetime | None = None, limit: int | None = None) -> list[Story]:
        """Stories that grew after `since`, newest first."""
        raise NotImplementedError

    def search(self, query: str, limit: int = 50) -> list[StoredArticle]:
        """Articles that hold every word of the query, best first."""
        raise NotImplementedError

    # -- digests and alerts

    def last_run(self, digest_id: str) -> DigestRun | None:
        """Return the run with the latest slot."""
        raise NotImplementedError

    def runs(self, digest_id: str, limit: int = 20) -> list[DigestRun]:
        """Return runs, latest slot first."""
        raise NotImplementedError

    def undigested(self, digest_id: str, since: datetime, until: datetime) -> list[Hit]:
        """Return live hits that this digest has not told, newest first.

        Found up to `until`, and for safety from seven days before `since`: what slipped through once is not lost.
        """
        raise NotImplementedError

    def record_run(
        self,
        digest_id: str,
        slot: datetime,
        *,
        since: datetime,
        until: datetime,
        hit_ids: Collection[int],
        messages: Sequence[Message],
        now: datetime,
    ) -> DigestRun | None:
        """Claim the hits and queue the messages of one run in one transaction; None when that slot has run already."""
        raise NotImplementedError

    def unalerted(self, since: datetime, until: datetime, min_priority: str) -> list[Hit]:
        """Return live hits found in (since, until], urgent enough, not back-filled and not alerted, newest first."""
        raise NotImplementedError

    def story_alerted_at(self, story_ids: Collection[int]) -> dict[int, datetime]:
        """When each of these stories was last told in an alert."""
        raise NotImplementedError

    def record_alert(self, hit_ids: Collection[int], messages: Sequence[Message], now: datetime) -> bool:
        """Claim hits for an alert and queue its messages; False, and nothing done, when any was claimed before.

        Without messages the hits are settled silently (a story in its cooldown) and count as no alert of their story.
        """
        raise NotImplementedError

    def coverage(self, feeds: Sequence[Feed], since: datetime, until: datetime) -> Coverage:
        """How each of these feeds stood in (since, until], in the order given."""
        raise NotImplementedError

    # -- the outbox

    def enqueue(self, message: Message, now: datetime) -> None:
        """Queue a message, one delivery a recipient; one with a known key is left as it is."""
        raise NotImplementedError

    def claim_deliveries(self, now: datetime, lease: timedelta, limit: int = 50) -> list[tuple[Delivery, Message]]:
        """Take due deliveries, for `lease`; one whose lease ran out is taken again, marked as maybe a repeat."""
        raise NotImplementedError

    def sent(self, delivery_id: int, now: datetime, answer: str = "") -> None:
        """Note that the other side took it, and what it said."""
        raise NotImplementedError

    def retry_later(self, delivery_id: int, at: datetime, error: str) -> None:
        """Queue it again for `at`."""
        raise NotImplementedError

    def give_up(self, delivery_id: int, now: datetime, error: str) -> None:
        """Let it be dead until someone requeues it."""
        raise NotImplementedError

    def deliveries(self, *, failed: bool = False, limit: int = 100) -> list[Delivery]:
        """Return the outbox, newest first; `failed`: only what has an error and is not sent."""
        raise NotImplementedError

    def requeue(self, delivery_id: int, now: datetime) -> bool:
        """Queue a dead or waiting delivery at once; False when there is none such."""
        raise NotImplementedError

    # -- the daemon

    def beat(self, name: str, now: datetime) -> None:
        """Note that a part of the daemon is alive."""
        raise NotImplementedError

    def beats(self) -> dict[str, datetime]:
        """When each part of the daemon was last alive."""
        raise NotImplementedError

    def lock(self) -> AbstractContextManager[None]:
        """Be the only daemon on this database; DatabaseError when another one is."""
        raise NotImplementedError
