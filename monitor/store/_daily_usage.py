"""Counts how much text of each feed was stored on its latest day; one row for each feed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.model import Article, DailyUsage, FeedId
from monitor.core.polls import budget
from monitor.store._database import Database
from monitor.store._incoming_tables import DailyUsageRow
from monitor.store._mapping import from_row

_COUNTED = ("articles", "size", "title_only")
_OF_FEED = select(DailyUsageRow).where(col(DailyUsageRow.feed_id) == bindparam("feed"))


class UsageCounts(Database):
    """How much of each feed was stored in a day."""

    def usage_on(self, day: date) -> dict[FeedId, DailyUsage]:
        """Return how much was stored of each feed on the current day, in UTC."""
        rows = self._rows(select(DailyUsageRow).where(col(DailyUsageRow.day) == day))
        return {row["feed_id"]: from_row(DailyUsage, row) for row in rows}

    def usage_of(self, feed_id: FeedId) -> DailyUsage:
        """Return what was stored of one feed on the latest day with anything stored."""
        with self._reading() as connection:
            return of_feed(connection, feed_id)


def charge(connection: Connection, stored: Iterable[tuple[FeedId, date, Article, str]]) -> None:
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
        connection.execute(_upsert(connection.dialect.name), rows)


def of_feed(connection: Connection, feed_id: FeedId) -> DailyUsage:
    """Return what was stored of one feed, with the day on which it was."""
    row = connection.execute(_OF_FEED, {"feed": feed_id}).mappings().one_or_none()
    return DailyUsage() if row is None else from_row(DailyUsage, row)


def _upsert(dialect: str) -> Any:  # noqa: ANN401 - the inserts of the two dialects have no common type
    statement = postgresql.insert(DailyUsageRow) if dialect == "postgresql" else sqlite.insert(DailyUsageRow)
    new, same_day = statement.excluded, col(DailyUsageRow.day) == statement.excluded.day
    added = {name: case((same_day, DailyUsageRow.__table__.c[name] + new[name]), else_=new[name]) for name in _COUNTED}
    return statement.on_conflict_do_update(index_elements=("feed_id",), set_={"day": new.day, **added})
