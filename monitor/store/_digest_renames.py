"""The record of a digest under a new id: its runs and the hits that it has claimed."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.store._database import Database
from monitor.store._outgoing_tables import ClaimRow, DigestRunRow

_NAMES = select(col(DigestRunRow.digest_id)).distinct()
_SENT = select(func.count()).where(
    col(DigestRunRow.digest_id) == bindparam("name"), or_(col(DigestRunRow.messages) > 0, col(DigestRunRow.hits) > 0)
)
_REMOVE_EMPTY = delete(DigestRunRow).where(col(DigestRunRow.digest_id) == bindparam("name"))
_RENAME_RUNS = (
    update(DigestRunRow).where(col(DigestRunRow.digest_id) == bindparam("name")).values(digest_id=bindparam("new_name"))
)
_RENAME_CLAIMS = (
    update(ClaimRow).where(col(ClaimRow.consumer) == bindparam("name")).values(consumer=bindparam("new_name"))
)


class DigestRenames(Database):
    """Digests that got another id."""

    def rename_digest(self, old: str, new: str) -> bool:
        """Move the record of a digest, and those of its copies to channels, to another id; False if there is none.

        What has been sent under the new id already keeps a record of its own.
        """
        with self._writing() as connection:
            names = connection.execute(_NAMES).scalars().all()
            own = [name for name in names if name == old or name.startswith(f"{old}+")]
            renamed = [_rename(connection, name, new + name.removeprefix(old)) for name in own]
            return any(renamed)


def _rename(connection: Connection, name: str, new_name: str) -> bool:
    if connection.execute(_SENT, {"name": new_name}).scalar_one():
        return False
    connection.execute(_REMOVE_EMPTY, {"name": new_name})
    connection.execute(_RENAME_RUNS, {"name": name, "new_name": new_name})
    connection.execute(_RENAME_CLAIMS, {"name": f"digest:{name}", "new_name": f"digest:{new_name}"})
    return True
