"""The Store: every public method is one transaction around a function of a sibling module.

Raises DatabaseError, with one clear line, for everything a database can refuse. Its surprise: it is synchronous and, on
SQLite, meant for one thread at a time (any thread); nothing of it may be called while a request is in flight.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.errors import DatabaseError
from monitor.store import (
    _articles,
    _channel_states,
    _coverage,
    _daily_usage,
    _digests,
    _feeds,
    _hits,
    _labels,
    _migrations,
    _outbox,
    _paragraphs,
    _polls,
    _revisits,
    _rule_states,
    _search,
    _stories,
)
from monitor.store._articles import Place
from monitor.store._database import Database
from monitor.store._failures import translated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from monitor.core.articles.boilerplate import ParagraphHistory
    from monitor.core.digests.rule_changes import RuleState
    from monitor.core.model import (
        Article,
        ChannelState,
        Coverage,
        Delivery,
        DigestRun,
        Entry,
        Feed,
        FeedId,
        FeedState,
        FoundArticle,
        Hit,
        Match,
        Message,
        PartialArticle,
        Poll,
        ReadArticle,
        StoredArticle,
        StoredToday,
        Story,
        Validators,
    )
    from monitor.core.polls import Remembered
    from monitor.store._articles import Span

LOOK_BACK = timedelta(days=7)
"""A digest looks back this far beyond its window, for what was committed late."""


def open_store(url: str, *, migrate: bool) -> Store:
    """Open the database, bring its schema up to date when told to, and refuse one that does not fit this program."""
    store = Store(url)
    try:
        _fit(store, migrate=migrate)
    except DatabaseError:
        store.close()
        raise
    return store


class Store(Database):
    """All that is remembered between two runs."""

    # -- feeds and polls

    def states(self) -> dict[FeedId, FeedState]:
        """Every feed that was ever polled."""
        with self._reading() as connection:
            return _feeds.states(connection)

    def state(self, feed_id: FeedId) -> FeedState:
        """One feed's state; a fresh one when it was never polled."""
        with self._reading() as connection:
            return _feeds.state(connection, feed_id)

    def remembered(self, feed_id: FeedId, shown: Collection[Entry], since: datetime) -> Remembered:
        """Read what a poll of this feed, which shows these entries, has to know; entries came since `since`."""
        with self._reading() as connection:
            return _polls.remembered(connection, feed_id, shown, since)

    def stored_on(self, day: date) -> dict[FeedId, StoredToday]:
        """Return how much was stored of each feed on the current day, in UTC."""
        with self._reading() as connection:
            return _daily_usage.on_day(connection, day)

    def stored_of(self, feed_id: FeedId) -> StoredToday:
        """Return how much was stored of one feed on the last day on which anything was."""
        with self._reading() as connection:
            return _daily_usage.of_feed(connection, feed_id)

    def record(self, poll: Poll) -> list[Hit]:
        """Store a poll whole or not at all, and return the hits that are new with it."""
        return self.record_all([poll])[0]

    def record_all(self, polls: Sequence[Poll]) -> list[list[Hit]]:
        """Store several polls, all or none, and return the hits that are new with each."""
        with self._archiving() as connection:
            return _polls.record(connection, polls)

    def record_articles(self, feed_id: FeedId, found: Sequence[FoundArticle], now: datetime) -> list[Hit]:
        """Store articles of a poll that is still under way, and return the hits that are new with them."""
        with self._archiving() as connection:
            return _polls.record_articles(connection, feed_id, found, now)

    def partial_articles(self, now: datetime, limit: int = 50) -> list[PartialArticle]:
        """Articles that lack their page's text and whose time to be tried again has come, oldest first."""
        with self._reading() as connection:
            return _articles.due(connection, now, limit)

    def replace_article(self, article_id: int, found: FoundArticle, now: datetime) -> list[Hit]:
        """Settle one more try for a partial article's page, and return the hits that are new with it.

        When `found.article` is not partial, its text has come: it replaces the feed's, hits of the same rules take its
        evidence and lose their mark, others are added. When it still is, one more attempt is counted, and
        `found.retry_at` says when to try next (None: never).
        """
        with self._archiving() as connection:
            return _polls.replace(connection, article_id, found, now)

    def postpone_pages(self, article_ids: Collection[int], until: datetime) -> None:
        """Leave further tries for these articles' pages, and revisits, for later; nothing is counted."""
        with self._writing() as connection:
            _revisits.postpone(connection, article_ids, until)

    def revisits_due(self, now: datetime, limit: int = 50) -> list[ReadArticle]:
        """Articles whose pages are to be looked at again by now, oldest first."""
        with self._reading() as connection:
            return _revisits.due(connection, now, limit)

    def settle_revisit(self, article_id: int, revisit_at: datetime | None, validators: Validators | None) -> None:
        """Note a look that found no edit, and when to look next; None for validators keeps those that are known."""
        with self._writing() as connection:
            _revisits.settle(connection, article_id, revisit_at, validators)

    def record_revision(self, read: ReadArticle, found: FoundArticle, now: datetime) -> list[Hit]:
        """Store an edit that a revisit found as a new version, and return the hits that are new with it.

        Nothing is stored when the feed has told of another version meanwhile.
        """
        with self._archiving() as connection:
            return _revisits.edited(connection, read, found, now)

    def told(self, entry_id: int) -> tuple[Entry, list[Article]] | None:
        """One entry as its feed told it last, and all versions of its article that are kept, the first one first."""
        with self._reading() as connection:
            return _revisits.told(connection, entry_id)

    def history(self, feed_id: FeedId) -> ParagraphHistory:
        """Return what this feed printed of late, by which its boilerplate is told."""
        with self._reading() as connection:
            return _paragraphs.history(connection, feed_id)

    # -- hits and the archive

    def hits(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        rule: str | None = None,
        topic: str | None = None,
        feed: str | None = None,
        backfilled: bool | None = None,
        limit: int | None = None,
    ) -> list[Hit]:
        """Hits found in (since, until], newest first."""
        question = _hits.select_hits(
            since=since, until=until, rule=rule, topic=topic, feed=feed, backfilled=backfilled, limit=limit
        )
        with self._reading() as connection:
            return _hits.read(connection, question)

    def hit_counts(self, bounds: Sequence[datetime]) -> dict[str, tuple[int, ...]]:
        """Live hits by topic in each stretch from one of the bounds to the next, ascending; not those back-filled."""
        with self._reading() as connection:
            return _hits.counts(connection, bounds)

    def hit(self, hit_id: int) -> Hit | None:
        """One hit."""
        with self._reading() as connection:
            return _hits.one(connection, hit_id)

    def article(self, article_id: int) -> StoredArticle | None:
        """One article."""
        with self._reading() as connection:
            return _articles.one(connection, article_id)

    def versions(self, article_id: int) -> list[StoredArticle]:
        """All versions of an article that are still kept, the first one first; none for an unknown article."""
        with self._reading() as connection:
            return _articles.versions(connection, article_id)

    def articles(self, since: datetime, batch: int = 500) -> Iterator[StoredArticle]:
        """Every entry's current article stored from `since` on, oldest first, read piece by piece."""
        for span in self.spans(since, batch):
            yield from self.articles_of(span)

    def spans(self, since: datetime, size: int) -> Iterator[Span]:
        """Cut what came from `since` on into pieces for several processes, oldest first; the last may be empty."""
        span = self._cut(Place(since, 0), size)
        while span.last is not None:
            yield span
            span = self._cut(span.last, size)
        yield span

    def articles_of(self, span: Span) -> list[StoredArticle]:
        """Every entry's current article of one piece, oldest first."""
        with self._reading() as connection:
            return _articles.within(connection, span)

    def count_articles(self, since: datetime) -> int:
        """How many articles `articles` would give."""
        with self._reading() as connection:
            return _articles.count(connection, since)

    def articles_at(self, links: Collection[str]) -> list[StoredArticle]:
        """Return current articles behind any of these links, newest first."""
        with self._reading() as connection:
            return _articles.at(connection, links)

    def hit_of(self, rule_id: str, article_id: int) -> Hit | None:
        """Return the rule's hit on the entry of an article, in whichever version of its text."""
        with self._reading() as connection:
            return _hits.of_entry(connection, rule_id, article_id)

    def add_hits(self, matches: Sequence[tuple[int, Match]], *, backfilled: bool, found_at: datetime) -> int:
        """Store what a rule finds in archived articles (by id); how many hits are new."""
        with self._archiving() as connection:
            return _polls.backfill(connection, matches, found_at, backfilled=backfilled)

    def label(self, hit_id: int, now: datetime, *, relevant: bool | None) -> bool:
        """Note whether a reader found a hit relevant (None: no opinion any more); False when there is no such hit."""
        with self._writing() as connection:
            return _labels.put(connection, hit_id, now, relevant=relevant)

    def labels(self, hit_ids: Collection[int]) -> dict[int, bool]:
        """Whether readers found these hits relevant, as far as any said so."""
        with self._reading() as connection:
            return _labels.of(connection, hit_ids)

    def stories(self, since: datetime | None = None, limit: int | None = None) -> list[Story]:
        """Stories that grew after `since`, newest first."""
        with self._reading() as connection:
            return _stories.newest(connection, since, limit)

    def stories_of(self, story_ids: Collection[int]) -> list[Story]:
        """Return these stories, newest first."""
        with self._reading() as connection:
            return _stories.these(connection, story_ids)

    def search(self, query: str, limit: int = 50) -> list[StoredArticle]:
        """Articles that hold every word and "quoted phrase" of the query, newest first."""
        with self._reading() as connection:
            return _search.search(connection, query, limit)

    # -- digests and alerts

    def last_run(self, digest_id: str) -> DigestRun | None:
        """Return the run with the latest slot."""
        with self._reading() as connection:
            return next(iter(_digests.runs(connection, digest_id, 1)), None)

    def runs(self, digest_id: str, limit: int = 20) -> list[DigestRun]:
        """Return runs, latest slot first."""
        with self._reading() as connection:
            return _digests.runs(connection, digest_id, limit)

    def undigested(self, digest_id: str, since: datetime, until: datetime) -> list[Hit]:
        """Return live hits that this digest has not told, newest first.

        Found up to `until`, and for safety from seven days before `since`: what slipped through once is not lost.
        """
        with self._reading() as connection:
            return _digests.unclaimed(connection, digest_id, since - LOOK_BACK, until)

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
        run = {"digest_id": digest_id, "slot": slot, "since": since, "until": until}
        with self._writing() as connection:
            return _digests.record_run(connection, run, hit_ids, messages, now)

    def unalerted(self, since: datetime, until: datetime, min_priority: str) -> list[Hit]:
        """Return live hits found in (since, until], urgent enough, not back-filled and not alerted, newest first."""
        with self._reading() as connection:
            return _digests.unalerted(connection, since, until, min_priority)

    def story_alerted_at(self, story_ids: Collection[int]) -> dict[int, datetime]:
        """When each of these stories was last told in an alert."""
        with self._reading() as connection:
            return _digests.alerted_at(connection, story_ids)

    def story_notified_at(self, digest_id: str, story_ids: Collection[int], before: datetime) -> dict[int, datetime]:
        """Return when a run of this digest last contained each of these stories, at or before an instant."""
        with self._reading() as connection:
            return _digests.notified_at(connection, digest_id, story_ids, before)

    def record_alert(self, hit_ids: Collection[int], messages: Sequence[Message], now: datetime) -> bool:
        """Claim hits for an alert and queue its messages; False, and nothing done, when any was claimed before.

        Without messages the hits are settled silently (a story in its cooldown) and count as no alert of their story.
        """
        with self._writing() as connection:
            return _digests.record_alert(connection, hit_ids, messages, now)

    def coverage(self, feeds: Sequence[Feed], since: datetime, until: datetime) -> Coverage:
        """How each of these feeds stood in (since, until], in the order given."""
        with self._reading() as connection:
            return _coverage.coverage(connection, feeds, since, until)

    def note_rules(self, states: Mapping[str, RuleState], now: datetime) -> None:
        """Remember what the rules are from now on; those that are what they were cost nothing."""
        with self._writing() as connection:
            _rule_states.note(connection, states, now)

    def rules_at(self, instant: datetime) -> dict[str, RuleState] | None:
        """Return what the rules were at an instant; of a time before any was noted, what they were first.

        None where none has ever been noted.
        """
        with self._reading() as connection:
            return _rule_states.at(connection, instant)

    # -- the outbox

    def enqueue(self, message: Message, now: datetime) -> None:
        """Queue a message, one delivery a recipient; one with a known key is left as it is."""
        with self._writing() as connection:
            _outbox.enqueue(connection, message, now)

    def claim_deliveries(
        self, now: datetime, limit: int = 50, *, passing_over: Collection[str] = (), in_hand: Collection[int] = ()
    ) -> list[tuple[Delivery, Message]]:
        """Take due deliveries; nobody else takes them until they are settled or this process ends.

        Deliveries of senders that have died are due at once, marked as possible repeats. `in_hand` names what this
        sender has taken and still works on; what else it holds was broken off, and is queued again for later, marked.
        What is due on the channels that are passed over stays where it is. Of a paused channel one delivery is taken
        when it is to be probed, beyond the limit.
        """
        with translated(self.url):
            self._sender.keep()
        with self._writing() as connection:
            _outbox.release(connection, now, self._sender, in_hand)
            ids = _channel_states.probes(connection, now, passing_over)
            ids += _outbox.due(connection, now, limit, passing_over)
            return _outbox.take(connection, ids, self._sender.number)

    def sent(self, delivery_id: int, now: datetime, answer: str = "") -> None:
        """Note that the other side accepted it, and what it said. A channel that was paused goes on."""
        with self._writing() as connection:
            _outbox.sent(connection, delivery_id, now, answer)
            _channel_states.resume_of(connection, delivery_id, now)

    def retry_later(self, delivery_id: int, at: datetime, error: str, *, may_have_arrived: bool = False) -> None:
        """Queue it again for `at`; one that may have arrived is marked as a possible repeat."""
        with self._writing() as connection:
            _outbox.put_off(connection, delivery_id, at, error, may_have_arrived=may_have_arrived)

    def bring_forward(self, now: datetime, by: timedelta) -> None:
        """Try what waits for another attempt earlier by so much: the clock was put back by that while it waited.

        For the one process that keeps house: each that does it brings everything forward once more.
        """
        with self._writing() as connection:
            _outbox.bring_forward(connection, now, by)

    def give_up(self, delivery_id: int, now: datetime, error: str, *, of_channel: bool = True) -> bool:
        """Let it be dead until someone requeues it; returns True if it is not, but waits for its paused channel.

        A channel is paused after `pausing.MAX_FAILURES` messages in a row. `of_channel` False: the failure says
        nothing about other messages.
        """
        with self._writing() as connection:
            _outbox.give_up(connection, delivery_id, now, error)
            return _channel_states.count_failure(connection, delivery_id, now, error, of_channel=of_channel)

    def deliveries(self, *, failed: bool = False, limit: int = 100) -> list[Delivery]:
        """Return the outbox, newest first; `failed`: only what has an error and is not sent."""
        with self._reading() as connection:
            return _outbox.newest(connection, failed=failed, limit=limit)

    def requeue(self, delivery_id: int, now: datetime) -> bool:
        """Queue a dead or waiting delivery at once, and let its channel go on; False when there is none such."""
        with self._writing() as connection:
            if not _outbox.requeue(connection, delivery_id, now):
                return False
            _channel_states.resume_of(connection, delivery_id, now)
            return True

    # -- channels

    def channel_states(self) -> dict[str, ChannelState]:
        """Return the channels that have ever failed for good, by name, with what waits for those that are paused."""
        with self._reading() as connection:
            return _channel_states.states(connection)

    def resume_channel(self, name: str, now: datetime) -> bool:
        """Let a paused channel go on; False when it is not paused."""
        with self._writing() as connection:
            return _channel_states.resume(connection, name, now)

    def note_channel_config(self, name: str, fingerprint: str) -> None:
        """Remember with which configuration a channel was paused."""
        with self._writing() as connection:
            _channel_states.note_config(connection, name, fingerprint)

    def report_channels(self, message: Message, names: Collection[str], now: datetime) -> bool:
        """Queue a notice about these channels; False, and nothing done, when they were told of meanwhile."""
        with self._writing() as connection:
            return _channel_states.report(connection, message, names, now)

    def _cut(self, after: Place, size: int) -> Span:
        with self._reading() as connection:
            return _articles.cut(connection, after, size)


def _fit(store: Store, *, migrate: bool) -> None:
    if migrate:
        store.upgrade()
    elif missing := _migrations.pending(store.current()):
        if reason := store.unwritable():
            raise DatabaseError(f"database {store.url} lacks schema {missing[-1]}, and {reason}")
        raise DatabaseError(f"database {store.url} lacks schema {missing[-1]}: run `monitor db upgrade`")
