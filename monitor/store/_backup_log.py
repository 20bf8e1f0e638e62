"""Results of the scheduled backups."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import col

from monitor.core.backups import Backup, BackupState
from monitor.store._database import Database
from monitor.store._mapping import from_row, to_row
from monitor.store._outgoing_tables import BackupRow


class BackupLog(Database):
    """The scheduled backups, successes and failures."""

    def record_backup(self, backup: Backup) -> None:
        """Store the result of a scheduled backup."""
        self._write(insert(BackupRow).values(to_row(BackupRow, backup)))

    def backup_state(self) -> BackupState:
        """Return the last success, the last failure after it, and the number of failures since."""
        with self._reading() as connection:
            success = _last(connection, col(BackupRow.reason) == "")
            failed = (col(BackupRow.reason) != "") & (col(BackupRow.id) > (success["id"] if success else 0))
            failures = connection.execute(select(func.count()).select_from(BackupRow).where(failed)).scalar_one()
            failure = _last(connection, failed)
        return BackupState(
            last_success=from_row(Backup, success) if success else None,
            last_failure=from_row(Backup, failure) if failure else None,
            failures=failures,
        )


def _last(connection: Connection, condition: ColumnElement[bool]) -> RowMapping | None:
    newest = select(BackupRow).where(condition).order_by(col(BackupRow.id).desc()).limit(1)
    return connection.execute(newest).mappings().one_or_none()
