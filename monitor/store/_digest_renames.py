"""Digests under a new id: their runs, the hits that they have claimed, and their deliveries."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, exists, func, or_, select, union, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.digests.runs import present_name
from monitor.store._database import Database
from monitor.store._outgoing_tables import ClaimRow, DeliveryRow, DigestRunRow

_NAMES = union(select(col(DigestRunRow.digest_id)), select(col(DeliveryRow.digest_id)))
_HAS_RUN = select(exists().where(col(DigestRunRow.digest_id) == bindparam("name")))
_SENT = select(func.count()).where(
    col(DigestRunRow.digest_id) == bindparam("name"), or_(col(DigestRunRow.messages) > 0, col(DigestRunRow.hits) > 0)
)
_REMOVE_EMPTY = delete(DigestRunRow).where(
    col(DigestRunRow.digest_id) == bindparam("name"), col(DigestRunRow.messages) == 0, col(DigestRunRow.hits) == 0
)
"""Only what is empty: another process may have moved the runs since `_SENT` was read."""
_RENAME_RUNS = (
    update(DigestRunRow).where(col(DigestRunRow.digest_id) == bindparam("name")).values(digest_id=bindparam("new_name"))
)
_RENAME_CLAIMS = (
    update(ClaimRow).where(col(ClaimRow.consumer) == bindparam("name")).values(consumer=bindparam("new_name"))
)
_RENAME_DELIVERIES = (
    update(DeliveryRow).where(col(DeliveryRow.digest_id) == bindparam("name")).values(digest_id=bindparam("new_name"))
)


class DigestRenames(Database):
    """Digests that got another id."""

    def rename_digest(self, old: str, new: str) -> bool:
        """Move what is stored of a digest, its readers and its copies to another id; False if there is nothing.

        `old` and `new` are ids of digests.yaml. What has been sent under the new id already keeps a record of its own;
        deliveries move in any case.
        """
        with self._writing() as connection:
            names = connection.execute(_NAMES).scalars().all()
            renamed = ((name, present_name(name, {old: new})) for name in names)
            moved = [_rename(connection, name, new_name) for name, new_name in renamed if name != new_name]
            return any(moved)

    def recorded_name(self, digest_id: str, was: str) -> str:
        """Return the name under which the runs of a digest are stored: `was`, until `rename_digest` moves them."""
        if not was:
            return digest_id
        with self._reading() as connection:
            is_moved = connection.execute(_SENT, {"name": digest_id}).scalar_one()
            has_old = connection.execute(_HAS_RUN, {"name": was}).scalar_one()
        return was if has_old and not is_moved else digest_id


def _rename(connection: Connection, name: str, new_name: str) -> bool:
    names = {"name": name, "new_name": new_name}
    has_moved = connection.execute(_RENAME_DELIVERIES, names).rowcount > 0
    if not connection.execute(_HAS_RUN, {"name": name}).scalar_one():
        return has_moved
    if connection.execute(_SENT, {"name": new_name}).scalar_one():
        return has_moved
    connection.execute(_REMOVE_EMPTY, {"name": new_name})
    connection.execute(_RENAME_RUNS, names)
    connection.execute(_RENAME_CLAIMS, {"name": f"digest:{name}", "new_name": f"digest:{new_name}"})
    return True
