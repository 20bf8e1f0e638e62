"""Reports which feeds were polled in a window and with what results, from their polls and states.

For a window in the past, the state of a feed is of no use, because it was stored later: the feed's health then is
derived from its polls alone, and whether it was unusually quiet is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, or_, select
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import col

from monitor.core.articles.doubts import LOOKS_WRONG
from monitor.core.articles.unmatched import UNMATCHED
from monitor.core.model import Coverage, Feed, FeedCoverage, FeedId, FeedState, Health
from monitor.core.polls.budget import OVER_BUDGET
from monitor.core.polls.retry_policy import UNREAD_PAGE
from monitor.store import _feed_states
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, PollRow
from monitor.store._statements import among, count_where

_POLL_COUNTS = ("polls", "failed", "possible_gaps")
_ARTICLE_COUNTS = ("articles", "partial", "title_only", "unmatched", "wrong_texts", "unread_pages")
_OF_STATE = ("health", "reason", "last_poll_at", "last_success_at", "last_entry_at", "next_poll_at")
_MAX_STATE_LEAD = timedelta(hours=1)
"""A state that is newer than the end of a window by more than this is not used for it."""
_POLLS = (
    select(
        col(PollRow.feed_id),
        func.count().label("polls"),
        count_where(col(PollRow.outcome) == "failed").label("failed"),
        count_where(col(PollRow.possible_gap)).label("possible_gaps"),
        func.max(case((col(PollRow.outcome) != "failed", col(PollRow.started_at)))).label("success_at"),
        func.max(case((col(PollRow.outcome) == "failed", col(PollRow.started_at)))).label("failed_at"),
    )
    .where(
        among(col(PollRow.feed_id), "feed_ids"),
        col(PollRow.started_at) > bindparam("since"),
        col(PollRow.started_at) <= bindparam("until"),
    )
    .group_by(col(PollRow.feed_id))
)
_REASON = select(col(PollRow.reason)).where(
    col(PollRow.feed_id) == bindparam("feed_id"), col(PollRow.started_at) == bindparam("started_at")
)
_PAGE_IS_UNREAD = and_(col(ArticleRow.partial), or_(*map(col(ArticleRow.partial_reason).startswith, UNREAD_PAGE)))
_ARTICLES = (
    select(
        col(ArticleRow.feed_id),
        func.count().label("articles"),
        count_where(col(ArticleRow.partial)).label("partial"),
        count_where(col(ArticleRow.partial_reason).startswith(OVER_BUDGET)).label("title_only"),
        count_where(col(ArticleRow.partial_reason).startswith(UNMATCHED)).label("unmatched"),
        count_where(or_(*map(col(ArticleRow.partial_reason).startswith, LOOKS_WRONG))).label("wrong_texts"),
        count_where(_PAGE_IS_UNREAD).label("unread_pages"),
        func.coalesce(func.max(case((_PAGE_IS_UNREAD, col(ArticleRow.partial_reason)))), "").label("unread_reason"),
    )
    .where(
        among(col(ArticleRow.feed_id), "feed_ids"),
        col(ArticleRow.stored_at) > bindparam("since"),
        col(ArticleRow.stored_at) <= bindparam("until"),
    )
    .group_by(col(ArticleRow.feed_id))
)


class CoverageReports(Database):
    """Coverage of the configured feeds in a window."""

    def coverage(self, feeds: Sequence[Feed], since: datetime, until: datetime) -> Coverage:
        """Return the coverage of these feeds in (since, until], in the given order."""
        with self._reading() as connection:
            window = {"since": since, "until": until}
            ids = [feed.id for feed in feeds]
            polled = _by_feed(connection, _POLLS, ids, window)
            stored = _by_feed(connection, _ARTICLES, ids, window)
            states = _feed_states.states(connection)

            def state(feed: Feed) -> FeedState:
                current = states.get(feed.id, FeedState(feed_id=feed.id))
                later = current.last_poll_at is not None and current.last_poll_at > until + _MAX_STATE_LEAD
                return _state_at_end(connection, feed, polled.get(feed.id)) if later else current

            of_feeds = (_feed_coverage(feed, state(feed), polled.get(feed.id), stored.get(feed.id)) for feed in feeds)
            return Coverage(since=since, until=until, feeds=tuple(of_feeds))


def _state_at_end(connection: Connection, feed: Feed, polled: RowMapping | None) -> FeedState:
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
    connection: Connection, statement: Select[*tuple[Any, ...]], ids: list[FeedId], window: dict[str, datetime]
) -> dict[str, RowMapping]:
    rows = connection.execute(statement, {"feed_ids": ids, **window}).mappings()
    return {row["feed_id"]: row for row in rows}


def _feed_coverage(feed: Feed, state: FeedState, polled: RowMapping | None, stored: RowMapping | None) -> FeedCoverage:
    values: dict[str, Any] = {name: getattr(state, name) for name in _OF_STATE}
    values |= {name: polled[name] if polled else 0 for name in _POLL_COUNTS}
    values |= {name: stored[name] if stored else 0 for name in _ARTICLE_COUNTS}
    unread_reason = stored["unread_reason"] if stored else ""
    return FeedCoverage(feed_id=feed.id, title=feed.title, unread_reason=unread_reason, **values)
