"""Conditions that were reported to the operator and have not ended, stored with the message that reports them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlmodel import col

from monitor.core.model import Message, ReportedCondition
from monitor.store import _heartbeats, _ledger_rows, _outbox
from monitor.store._database import Database
from monitor.store._incoming_tables import PollRow
from monitor.store._outgoing_tables import OperatorConditionRow
from monitor.store._statements import among

LAST_MESSAGE = "operator message"
"""Name under which the time of the last message to the operator is recorded beside the heartbeats."""
_FIRST_POLLS = (
    select(col(PollRow.feed_id), func.min(col(PollRow.started_at)).label("first_at"))
    .where(among(col(PollRow.feed_id), "feed_ids"))
    .group_by(col(PollRow.feed_id))
)
_REPORTED = select(OperatorConditionRow.__table__).order_by(col(OperatorConditionRow.key))


class OperatorConditions(Database):
    """Conditions that were reported to the operator."""

    def reported_conditions(self) -> list[ReportedCondition]:
        """Return the reported conditions whose end has not been reported."""
        return [ReportedCondition(**row) for row in self._rows(_REPORTED)]

    def save_conditions(
        self, reported: Sequence[ReportedCondition], messages: Sequence[Message], now: datetime
    ) -> None:
        """Replace the reported conditions and queue the messages about them, in one transaction."""
        with self._writing() as connection:
            connection.execute(delete(OperatorConditionRow))
            if reported:
                connection.execute(insert(OperatorConditionRow), [asdict(each) for each in reported])
            for message in messages:
                if _outbox.enqueue(connection, message, now):
                    _ledger_rows.write_messages(connection, [message], now)
            if messages:
                _heartbeats.save(connection, LAST_MESSAGE, now, None)

    def first_polls(self, feed_ids: Collection[str]) -> dict[str, datetime]:
        """Return the time of the oldest stored poll of each of these feeds."""
        rows = self._rows(_FIRST_POLLS, {"feed_ids": list(feed_ids)})
        return {row["feed_id"]: row["first_at"] for row in rows}
