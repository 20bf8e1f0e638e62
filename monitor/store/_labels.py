"""Labels: whether a reader found a hit relevant. The last word counts; none is no opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, select

from monitor.store._statements import among, upsert
from monitor.store._tables import hits, labels

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection

_KNOWN = select(exists().where(hits.c.id == bindparam("hit_id")))
_OF = select(labels.c.hit_id, labels.c.relevant).where(among(labels.c.hit_id, "ids"))


def put(connection: Connection, hit_id: int, now: datetime, *, relevant: bool | None) -> bool:
    """Store a label over the last one, or take it away; False when there is no such hit."""
    if not connection.execute(_KNOWN, {"hit_id": hit_id}).scalar():
        return False
    if relevant is None:
        connection.execute(delete(labels).where(labels.c.hit_id == hit_id))
    else:
        row = {"hit_id": hit_id, "relevant": relevant, "labelled_at": now}
        connection.execute(upsert(connection.dialect.name, labels, ("hit_id",)), row)
    return True


def of(connection: Connection, hit_ids: Collection[int]) -> dict[int, bool]:
    """Read the labels of these hits, as far as they have one."""
    return {row.hit_id: row.relevant for row in connection.execute(_OF, {"ids": hit_ids})}
