"""Labels: whether a reader found a hit relevant. The last word counts; none is no opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, select

from monitor.store._database import Database
from monitor.store._statements import among, upsert
from monitor.store._tables import hits, labels

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


_KNOWN = select(exists().where(hits.c.id == bindparam("hit_id")))
_OF = select(labels.c.hit_id, labels.c.relevant).where(among(labels.c.hit_id, "ids"))


class Labels(Database):
    """Whether readers found hits relevant."""

    def label(self, hit_id: int, now: datetime, *, relevant: bool | None) -> bool:
        """Note whether a reader found a hit relevant (None: no opinion any more); False when there is no such hit."""
        with self._writing() as connection:
            if not connection.execute(_KNOWN, {"hit_id": hit_id}).scalar():
                return False
            if relevant is None:
                connection.execute(delete(labels).where(labels.c.hit_id == hit_id))
            else:
                row = {"hit_id": hit_id, "relevant": relevant, "labelled_at": now}
                connection.execute(upsert(connection.dialect.name, labels, ("hit_id",)), row)
            return True

    def labels(self, hit_ids: Collection[int]) -> dict[int, bool]:
        """Whether readers found these hits relevant, as far as any said so."""
        with self._reading() as connection:
            return {row.hit_id: row.relevant for row in connection.execute(_OF, {"ids": hit_ids})}
