"""Metrics of the service, from a few queries whose cost does not depend on the number of articles."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, and_, bindparam, func, select, text
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.model import HELD
from monitor.core.model.measurements import Measurements
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, HitRow, PollRow
from monitor.store._outbox import UNSETTLED
from monitor.store._outgoing_tables import DeliveryRow
from monitor.store._statements import count_where

METRICS_PERIOD = timedelta(hours=1)
_MAX_MEASURED_POLLS = 20_000
"""Number of newest polls to read: they have no index by time."""
_ARTICLES = select(func.count().label("number"), count_where(col(ArticleRow.partial)).label("partial")).where(
    col(ArticleRow.stored_at) > bindparam("since")
)
_IS_HELD = and_(col(DeliveryRow.last_error) == HELD, col(DeliveryRow.next_attempt_at) > bindparam("now"))
_WAITING_SINCE = select(func.min(func.coalesce(col(DeliveryRow.retry_since), col(DeliveryRow.created_at)))).where(
    col(DeliveryRow.state).in_(UNSETTLED), ~_IS_HELD
)
"""Quiet hours are no delay: what was written in them waits from their end (`retry_since`)."""
_SIZE = {
    "sqlite": text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"),
    "postgresql": text("SELECT pg_database_size(current_database())"),
}


class Metrics(Database):
    """Metrics of the service."""

    def measure(self, now: datetime) -> Measurements:
        """Return counts of the last hour, and the present state of the outbox."""
        since = now - METRICS_PERIOD
        with self._reading() as connection:
            articles = connection.execute(_ARTICLES, {"since": since}).one()
            waiting_since = connection.execute(_WAITING_SINCE, {"now": now}).scalar()
            return Measurements(
                polls=_counts(connection, _polls(since)),
                articles=articles.number,
                partial=articles.partial,
                hits=_counts(
                    connection,
                    select(col(HitRow.topic), func.count())
                    .where(col(HitRow.found_at) > since, ~col(HitRow.backfilled))
                    .group_by(col(HitRow.topic)),
                ),
                deliveries=_counts(
                    connection, select(col(DeliveryRow.state), func.count()).group_by(col(DeliveryRow.state))
                ),
                oldest_waiting=None if waiting_since is None else max(timedelta(), now - waiting_since),
                size=int(connection.execute(_SIZE[connection.dialect.name]).scalar_one()),
            )


def _polls(since: datetime) -> Select[str, int]:
    newest = (
        select(col(PollRow.outcome).label("outcome"), col(PollRow.finished_at).label("finished_at"))
        .order_by(col(PollRow.id).desc())
        .limit(_MAX_MEASURED_POLLS)
        .subquery()
    )
    return select(newest.c.outcome, func.count()).where(newest.c.finished_at > since).group_by(newest.c.outcome)


def _counts(connection: Connection, statement: Select[str, int]) -> dict[str, int]:
    return {str(name): int(count) for name, count in connection.execute(statement).all()}
