"""States of feeds between two polls, and how much of each feed was stored in a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime

from sqlalchemy import Insert, bindparam, case, func, select, update
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import col

from monitor.core.model import Article, DailyUsage, FeedId, FeedState, Health
from monitor.core.polls import budget
from monitor.store._database import Database
from monitor.store._incoming_tables import DailyUsageRow, EntryRow, FeedStateRow
from monitor.store._statements import among, insert_into, save_rows
from monitor.store._types import from_row, to_row

_STATES = select(FeedStateRow)
_BY_FEED = _STATES.where(col(FeedStateRow.feed_id) == bindparam("feed_id"))
_ARRIVAL_TIMES = (
    select(col(EntryRow.first_seen_at), func.count())
    .where(col(EntryRow.feed_id) == bindparam("feed_id"), col(EntryRow.first_seen_at) > bindparam("since"))
    .group_by(col(EntryRow.first_seen_at))
    .order_by(col(EntryRow.first_seen_at))
)
_COUNTED = ("articles", "size", "title_only")
_USAGE = select(DailyUsageRow).where(col(DailyUsageRow.feed_id) == bindparam("feed"))

_SUCCEEDED = select(col(FeedStateRow.feed_id)).where(
    among(col(FeedStateRow.feed_id), "feed_ids"), col(FeedStateRow.last_success_at).is_not(None)
)
_RENEW_BUDGET = update(DailyUsageRow).where(among(col(DailyUsageRow.feed_id), "feed_ids")).values(articles=0, size=0)


class FeedStates(Database):
    """States of feeds, and how much of them was stored."""

    def states(self) -> dict[FeedId, FeedState]:
        """Return the state of every feed that was ever polled."""
        with self._reading() as connection:
            return states(connection)

    def state(self, feed_id: FeedId) -> FeedState:
        """Return the state of a feed; the initial state if it was never polled."""
        row = self._row(_BY_FEED, {"feed_id": feed_id})
        return FeedState(feed_id=feed_id) if row is None else _state(row)

    def usage_on(self, day: date) -> dict[FeedId, DailyUsage]:
        """Return how much was stored on a day of UTC, of each feed of which nothing was stored on a later day."""
        rows = self._rows(select(DailyUsageRow).where(col(DailyUsageRow.day) == day))
        return {row["feed_id"]: from_row(DailyUsage, row) for row in rows}

    def usage_of(self, feed_id: FeedId) -> DailyUsage:
        """Return what was stored of one feed on the latest day with anything stored."""
        with self._reading() as connection:
            return usage_of(connection, feed_id)


def states(connection: Connection) -> dict[FeedId, FeedState]:
    """Return every feed's state."""
    return {state.feed_id: state for state in map(_state, connection.execute(_STATES).mappings())}


def save(connection: Connection, states: Iterable[FeedState]) -> None:
    """Replace the states of feeds."""
    rows = [to_row(FeedStateRow, state, health=state.health.value) for state in states]
    save_rows(connection, FeedStateRow, rows)


def arrival_times(connection: Connection, feed_id: FeedId, since: datetime) -> list[datetime]:
    """Return when the feed's entries were first seen, ascending."""
    rows = connection.execute(_ARRIVAL_TIMES, {"feed_id": feed_id, "since": since})  # a row for each poll
    return [first_seen_at for first_seen_at, count in rows for _ in range(count)]


def _state(row: RowMapping) -> FeedState:
    return FeedState(**{**row, "health": Health(row["health"])})


def charge_usage(connection: Connection, stored: Iterable[tuple[FeedId, date, Article, str]]) -> None:
    """Count articles that were stored: feed, day in UTC, article and summary."""
    counts: dict[tuple[FeedId, date], Counter[str]] = {}
    for feed_id, day, article, summary in stored:
        count = counts.setdefault((feed_id, day), Counter())
        count["title_only" if budget.is_over_budget(article) else "articles"] += 1
        count["size"] += budget.size_of(article.title, article.text, summary)
    rows = [
        {"feed_id": feed_id, "day": day, **{name: count[name] for name in _COUNTED}}
        for (feed_id, day), count in counts.items()
    ]
    if rows:
        connection.execute(_add_usage(connection.dialect.name), rows)


def without_success(connection: Connection, feed_ids: Collection[FeedId]) -> list[FeedId]:
    """Return those of these feeds that were never polled successfully."""
    succeeded = set(connection.execute(_SUCCEEDED, {"feed_ids": feed_ids}).scalars()) if feed_ids else set()
    return [feed_id for feed_id in feed_ids if feed_id not in succeeded]


def renew_budget(connection: Connection, feed_ids: Collection[FeedId]) -> None:
    """Give feeds their whole budget of the day again: what they listed when they were added is not its news."""
    if feed_ids:
        connection.execute(_RENEW_BUDGET, {"feed_ids": feed_ids})


def usage_of(connection: Connection, feed_id: FeedId) -> DailyUsage:
    """Return what was stored of one feed, with the day on which it was."""
    row = connection.execute(_USAGE, {"feed": feed_id}).mappings().one_or_none()
    return DailyUsage() if row is None else from_row(DailyUsage, row)


def _add_usage(dialect: str) -> Insert:
    statement = insert_into(dialect, DailyUsageRow)
    new, same_day = statement.excluded, col(DailyUsageRow.day) == statement.excluded.day
    added = {name: case((same_day, DailyUsageRow.__table__.c[name] + new[name]), else_=new[name]) for name in _COUNTED}
    return statement.on_conflict_do_update(index_elements=("feed_id",), set_={"day": new.day, **added})
