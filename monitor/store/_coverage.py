"""Which feeds were heard between two instants, from their polls and what is remembered of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Integer, bindparam, cast, func, select

from monitor.core.model import Coverage, FeedCoverage, FeedState
from monitor.store import _feeds
from monitor.store._statements import among
from monitor.store._tables import articles, polls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection, RowMapping

    from monitor.core.model import Feed, FeedId


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(cast(condition, Integer)), 0)


_POLLS = (
    select(
        polls.c.feed_id,
        func.count().label("polls"),
        _count(polls.c.outcome == "failed").label("failed"),
        _count(polls.c.possible_gap).label("possible_gaps"),
    )
    .where(
        among(polls.c.feed_id, "feed_ids"),
        polls.c.started_at > bindparam("since"),
        polls.c.started_at <= bindparam("until"),
    )
    .group_by(polls.c.feed_id)
)
_ARTICLES = (
    select(articles.c.feed_id, func.count().label("articles"), _count(articles.c.partial).label("partial"))
    .where(
        among(articles.c.feed_id, "feed_ids"),
        articles.c.stored_at > bindparam("since"),
        articles.c.stored_at <= bindparam("until"),
    )
    .group_by(articles.c.feed_id)
)


def coverage(connection: Connection, feeds: Sequence[Feed], since: datetime, until: datetime) -> Coverage:
    """Tell how each of these feeds stood."""
    window = {"since": since, "until": until}
    ids = [feed.id for feed in feeds]
    polled = _by_feed(connection, _POLLS, ids, window)
    stored = _by_feed(connection, _ARTICLES, ids, window)
    states = _feeds.states(connection)
    return Coverage(
        since=since,
        until=until,
        feeds=tuple(
            _feed(feed, states.get(feed.id, FeedState(feed_id=feed.id)), polled.get(feed.id), stored.get(feed.id))
            for feed in feeds
        ),
    )


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
        health=state.health,
        reason=state.reason,
        last_success_at=state.last_success_at,
        last_entry_at=state.last_entry_at,
    )
