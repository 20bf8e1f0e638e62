"""Which feeds were polled between two instants, and with what outcome, from their polls and states.

For a window in the past, the state of a feed is of no use, because it was stored later. Its health at that time follows
from its polls alone, and whether it was unusually quiet is not known.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Integer, bindparam, case, cast, func, select

from monitor.core.articles.unmatched import UNMATCHED
from monitor.core.model import Coverage, FeedCoverage, FeedState, Health
from monitor.core.polls.budget import OVER_BUDGET
from monitor.store import _feeds
from monitor.store._database import Database
from monitor.store._statements import among
from monitor.store._tables import articles, polls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection, RowMapping

    from monitor.core.model import Coverage, Feed, FeedId, FeedState


PAST = timedelta(hours=1)
"""A state that is so much younger than the end of a window says nothing of it."""


class CoverageReports(Database):
    """What was polled, and what was not, in a window."""

    def coverage(self, feeds: Sequence[Feed], since: datetime, until: datetime) -> Coverage:
        """How each of these feeds stood in (since, until], in the order given."""
        with self._reading() as connection:
            window = {"since": since, "until": until}
            ids = [feed.id for feed in feeds]
            polled = _by_feed(connection, _POLLS, ids, window)
            stored = _by_feed(connection, _ARTICLES, ids, window)
            states = _feeds.states(connection)

            def state(feed: Feed) -> FeedState:
                known = states.get(feed.id, FeedState(feed_id=feed.id))
                later = known.last_poll_at is not None and known.last_poll_at > until + PAST
                return _as_it_was(connection, feed, polled.get(feed.id)) if later else known

            found = (_feed(feed, state(feed), polled.get(feed.id), stored.get(feed.id)) for feed in feeds)
            return Coverage(since=since, until=until, feeds=tuple(found))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(cast(condition, Integer)), 0)


_POLLS = (
    select(
        polls.c.feed_id,
        func.count().label("polls"),
        _count(polls.c.outcome == "failed").label("failed"),
        _count(polls.c.possible_gap).label("possible_gaps"),
        func.max(case((polls.c.outcome != "failed", polls.c.started_at))).label("success_at"),
        func.max(case((polls.c.outcome == "failed", polls.c.started_at))).label("failed_at"),
    )
    .where(
        among(polls.c.feed_id, "feed_ids"),
        polls.c.started_at > bindparam("since"),
        polls.c.started_at <= bindparam("until"),
    )
    .group_by(polls.c.feed_id)
)
_REASON = select(polls.c.reason).where(
    polls.c.feed_id == bindparam("feed_id"), polls.c.started_at == bindparam("started_at")
)
_ARTICLES = (
    select(
        articles.c.feed_id,
        func.count().label("articles"),
        _count(articles.c.partial).label("partial"),
        _count(articles.c.partial_reason.startswith(OVER_BUDGET)).label("title_only"),
        _count(articles.c.partial_reason.startswith(UNMATCHED)).label("unmatched"),
    )
    .where(
        among(articles.c.feed_id, "feed_ids"),
        articles.c.stored_at > bindparam("since"),
        articles.c.stored_at <= bindparam("until"),
    )
    .group_by(articles.c.feed_id)
)


def _as_it_was(connection: Connection, feed: Feed, polled: RowMapping | None) -> FeedState:
    """Return the state of a feed at the end of a window, by the polls in it."""
    state = FeedState(feed_id=feed.id)
    if polled is None:
        return state
    success_at, failed_at = polled["success_at"], polled["failed_at"]
    if failed_at is None or (success_at is not None and success_at > failed_at):
        return replace(state, health=Health.OK, last_success_at=success_at)
    reason = connection.execute(_REASON, {"feed_id": feed.id, "started_at": failed_at}).scalar_one()
    return replace(state, health=Health.FAILING, reason=reason, last_success_at=success_at)


def _by_feed(
    connection: Connection, statement: Select[tuple[object, ...]], ids: list[FeedId], window: dict[str, datetime]
) -> dict[str, RowMapping]:
    rows = connection.execute(statement, {"feed_ids": ids, **window}).mappings()
    return {row["feed_id"]: row for row in rows}


def _feed(feed: Feed, state: FeedState, polled: RowMapping | None, stored: RowMapping | None) -> FeedCoverage:
    return FeedCoverage(
        feed_id=feed.id,
        title=feed.title,
        polls=polled["polls"] if polled else 0,
        failed=polled["failed"] if polled else 0,
        possible_gaps=polled["possible_gaps"] if polled else 0,
        articles=stored["articles"] if stored else 0,
        partial=stored["partial"] if stored else 0,
        title_only=stored["title_only"] if stored else 0,
        unmatched=stored["unmatched"] if stored else 0,
        health=state.health,
        reason=state.reason,
        last_poll_at=state.last_poll_at,
        last_success_at=state.last_success_at,
        last_entry_at=state.last_entry_at,
        next_poll_at=state.next_poll_at,
    )
