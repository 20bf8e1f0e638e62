"""Labels: whether readers found hits relevant. The latest label of a hit counts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, select
from sqlmodel import col

from monitor.core.model import LabelCounts
from monitor.store._database import Database
from monitor.store._incoming_tables import HitRow
from monitor.store._outgoing_tables import LabelRow
from monitor.store._statements import among, count_where, save_rows

_KNOWN = select(exists().where(col(HitRow.id) == bindparam("hit_id")))
_OF = select(col(LabelRow.hit_id), col(LabelRow.relevant)).where(among(col(LabelRow.hit_id), "ids"))
_COUNTS = (
    select(
        col(HitRow.rule_id),
        count_where(col(LabelRow.relevant)).label("relevant"),
        count_where(~col(LabelRow.relevant)).label("irrelevant"),
    )
    .join(HitRow, col(HitRow.id) == col(LabelRow.hit_id))
    .where(col(LabelRow.labelled_at) > bindparam("since"))
    .group_by(col(HitRow.rule_id))
)


class Labels(Database):
    """Labels of hits."""

    def label(self, hit_id: int, now: datetime, *, relevant: bool | None) -> bool:
        """Store whether a hit is relevant, None to remove its label; False if there is no such hit."""
        with self._writing() as connection:
            if not connection.execute(_KNOWN, {"hit_id": hit_id}).scalar():
                return False
            if relevant is None:
                connection.execute(delete(LabelRow).where(col(LabelRow.hit_id) == hit_id))
            else:
                save_rows(connection, LabelRow, [{"hit_id": hit_id, "relevant": relevant, "labelled_at": now}])
            return True

    def labels(self, hit_ids: Collection[int]) -> dict[int, bool]:
        """Return whether these hits are relevant, for those that have a label."""
        return {row["hit_id"]: row["relevant"] for row in self._rows(_OF, {"ids": hit_ids})}

    def label_counts(self, since: datetime) -> dict[str, LabelCounts]:
        """How many hits of each rule readers found relevant, and how many not, by labels given after `since`."""
        rows = self._rows(_COUNTS, {"since": since})
        return {row["rule_id"]: LabelCounts(relevant=row["relevant"], irrelevant=row["irrelevant"]) for row in rows}
