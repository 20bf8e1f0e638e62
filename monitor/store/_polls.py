"""Stores polls: their states, entries, articles and hits in one transaction; reads what a poll needs beforehand.

A poll is stored whole, or not at all if it was stored before. Entries that another poll of the same feed has stored
meanwhile are left out, one by one, by the database's unique constraints.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from sqlalchemy.engine import Connection

from monitor.core.feeds import identity
from monitor.core.model import (
    Changed,
    Entry,
    EntryCounts,
    Failed,
    FeedId,
    FoundArticle,
    Hit,
    LedgerKind,
    Outcome,
    Poll,
    StoredCounts,
    Unchanged,
)
from monitor.core.polls import FeedHistory
from monitor.store import _archiving, _entries, _feed_states, _hits, _ledger, _paragraphs, _stories
from monitor.store._database import Database
from monitor.store._incoming_tables import PollRow
from monitor.store._statements import insert_new
from monitor.store._types import to_row


class Polls(Database):
    """Polls with their articles and hits, each stored whole or not at all."""

    def feed_history(self, feed_id: FeedId, shown: Collection[Entry], since: datetime) -> FeedHistory:
        """Return what a poll of this feed, which shows these entries, needs to know; rhythm since `since`."""
        with self._reading() as connection:
            by_key = _entries.known_by_key(connection, feed_id, {entry.key for entry in shown})
            left = identity.needing_lookup(shown, by_key)
            if not left:
                return FeedHistory(known=by_key)
            nothing_known = not by_key  # a flood or a redesign, if the first poll is past
            compares_texts = nothing_known or identity.are_dated_by_request(shown)
            titles, texts = _entries.known_texts(connection, feed_id, left if compares_texts else ())
            return FeedHistory(
                known=by_key | _entries.known(connection, feed_id, identity.lookup_keys(left)),
                known_titles=titles,
                known_texts=texts,
                oldest_at=_entries.oldest(connection, feed_id) if nothing_known else None,
                paragraphs=_paragraphs.history(connection, feed_id),
                first_seen=tuple(_feed_states.arrival_times(connection, feed_id, since)),
                usage=_feed_states.usage_of(connection, feed_id),
            )

    def record(self, poll: Poll) -> list[Hit]:
        """Store a poll whole or not at all, and return the hits that are new with it."""
        return self.record_all([poll])[0]

    def record_all(self, polls: Sequence[Poll]) -> list[list[Hit]]:
        """Store several polls, all or none, and return the hits that are new with each."""
        with self._writing_archive() as connection:
            return [hits for apart in _split_by_feed(polls) for hits in _record(connection, apart)]

    def record_articles(self, feed_id: FeedId, found: Sequence[FoundArticle], now: datetime) -> list[Hit]:
        """Store articles of a poll that still runs, and return the hits that are new with them."""
        with self._writing_archive() as connection:
            added = _add(connection, [_entries.IncomingEntry(feed_id, each, now) for each in found])
            stored, hits = _add_hits(connection, feed_id, found, added[feed_id], now)
            entries = EntryCounts(seen=len(found))
            _ledger.write(connection, [_ledger.TransactionCounts(now, "slice", feed_id, stored, entries)])
            return hits

    def replace_article(self, article_id: int, found: FoundArticle, now: datetime) -> list[Hit]:
        """Store the result of a retry of a partial article's page, and return the hits that are new with it.

        If `found.article` is not partial, its text replaces the feed's; hits of the same rules take its evidence and
        lose their mark, others are added. If it is still partial, one more attempt is counted, and `found.retry_at`
        says when to retry next (None: never).
        """
        with self._writing_archive() as connection:
            article = found.article
            nothing_new = article.partial and _archiving.is_of_feed(article) and not found.rematched
            archived = None if nothing_new else _archiving.replace(connection, article_id, found)
            if archived is None:
                if article.partial:
                    _archiving.postpone_retry(connection, article_id, found.retry_at)
                return []
            _feed_states.charge_usage(connection, [(archived.feed_id, now.date(), article, "")])
            _paragraphs.save(connection, [archived])
            if not article.partial:
                _hits.replace_evidence(connection, archived)
            return add_found_hits(connection, "retry", [archived], now)


def _split_by_feed(batch: Iterable[Poll]) -> list[list[Poll]]:
    """Split polls, in their order, so that no two of one feed are stored with the same statement."""
    parts: list[list[Poll]] = [[]]
    for poll in batch:
        if any(poll.feed_id == other.feed_id for other in parts[-1]):
            parts.append([])
        parts[-1].append(poll)
    return parts


def _record(connection: Connection, batch: Sequence[Poll]) -> list[list[Hit]]:
    statement = insert_new(connection.dialect.name, PollRow, ("feed_id", "started_at"), ("feed_id",))
    new = set(connection.execute(statement, [_row(poll) for poll in batch]).scalars()) if batch else set()
    fresh = [poll for poll in batch if poll.feed_id in new]
    first = _feed_states.without_success(connection, [poll.feed_id for poll in fresh if _ends_first_poll(poll)])
    _feed_states.save(connection, [poll.state for poll in fresh])
    for poll in fresh:
        _entries.touch(connection, poll.feed_id, poll.renewed, poll.finished_at)
    incoming = [_entries.IncomingEntry(poll.feed_id, found, poll.finished_at) for poll in fresh for found in poll.found]
    added = _add(connection, incoming)
    _feed_states.renew_budget(connection, first)
    hits: dict[FeedId, list[Hit]] = {}
    transactions = []
    for poll in fresh:
        stored, hits[poll.feed_id] = _add_hits(
            connection, poll.feed_id, poll.found, added[poll.feed_id], poll.finished_at
        )
        entries = replace(poll.counts, seen=poll.counts.seen - len(poll.stored))  # the slices have counted theirs
        transactions.append(_ledger.TransactionCounts(poll.finished_at, "poll", poll.feed_id, stored, entries))
    _ledger.write(connection, transactions)
    return [hits.get(poll.feed_id, []) for poll in batch]


def _ends_first_poll(poll: Poll) -> bool:
    """Return True if this may be the first successful poll of its feed, of which all new entries are back-filled."""
    return isinstance(poll.outcome, Changed) and any(found.backfilled for found in (*poll.stored, *poll.found))


@dataclass(slots=True)
class _Added:
    """What of one feed's incoming entries was stored."""

    stored: list[_entries.IdentifiedEntry] = field(default_factory=list)
    archived: list[_archiving.ArchivedArticle] = field(default_factory=list)
    stories: Mapping[int, int] = field(default_factory=dict)
    """The stories of articles, including articles of other feeds."""


def _add(connection: Connection, incoming: Sequence[_entries.IncomingEntry]) -> Mapping[FeedId, _Added]:
    """Store incoming entries by feed and find their stories, with one statement for all rows of each kind."""
    stored = _entries.store_entries(connection, incoming)
    archived = _archiving.add(connection, stored)
    _paragraphs.save(connection, archived)
    stories = _stories.assign_stories(connection, archived)
    added: dict[FeedId, _Added] = defaultdict(lambda: _Added(stories=stories))
    for entry in stored:
        added[entry.incoming.feed_id].stored.append(entry)
    for article in archived:
        added[article.feed_id].archived.append(article)
    return added


def _add_hits(
    connection: Connection, feed_id: FeedId, found: Sequence[FoundArticle], added: _Added, now: datetime
) -> tuple[StoredCounts, list[Hit]]:
    """Store the hits of one feed's added articles; return them, with the counts of all that was stored."""
    known_hits = _hits.count_known(connection, added.archived)
    hits = _hits.add(connection, added.archived, added.stories, now)
    stored = {id(each.incoming.found) for each in added.stored}
    left_out = [each for each in found if id(each) not in stored]
    edits = [each.entry_id for each in added.stored if each.version > 1]
    inserted = [each for each in added.archived if each.inserted]
    same_text = len(added.archived) - len(inserted)
    return StoredCounts(
        new=len(added.stored) - len(edits),
        edited=len(edits) - same_text,
        same_text=same_text,
        stored_before=_entries.count_stored_before(connection, feed_id, left_out) if left_out else 0,
        articles=len(inserted),
        matches=_count_matches(added.archived),
        hits=len(hits),
        known_hits=known_hits,
    ), hits


def add_found_hits(
    connection: Connection, kind: LedgerKind, archived: Sequence[_archiving.ArchivedArticle], now: datetime
) -> list[Hit]:
    """Store the matches of articles outside of a poll, and count them; return the hits that are new."""
    known_hits = _hits.count_known(connection, archived)
    hits = _hits.add(connection, archived, _stories.assign_stories(connection, archived), now)
    stored = StoredCounts(
        articles=sum(each.inserted for each in archived),
        matches=_count_matches(archived),
        hits=len(hits),
        known_hits=known_hits,
    )
    feed_ids = {each.feed_id for each in archived}
    feed_id = feed_ids.pop() if len(feed_ids) == 1 else None
    _ledger.write(connection, [_ledger.TransactionCounts(now, kind, feed_id, stored)])
    return hits


def _count_matches(archived: Iterable[_archiving.ArchivedArticle]) -> int:
    return sum(len(each.matches) for each in archived)


def _row(poll: Poll) -> dict[str, object]:
    outcome, reason = _outcome_columns(poll.outcome)
    return to_row(
        PollRow,
        poll,
        outcome=outcome,
        reason=reason,
        entries=len(poll.articles) + poll.seen,
        articles=len(poll.articles),
        hits=sum(len(each.matches) for each in poll.articles),
    )


def _outcome_columns(outcome: Outcome) -> tuple[str, str]:
    match outcome:
        case Changed(malformed=malformed):
            return "changed", malformed
        case Unchanged(reason=reason):
            return "unchanged", reason
        case Failed(reason=reason):
            return "failed", reason
        case _:
            assert_never(outcome)
