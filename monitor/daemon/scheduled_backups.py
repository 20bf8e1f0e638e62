"""Scheduled backups: whether one is due, and how it is made and recorded; older ones are removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from monitor.app import App
from monitor.core import backups
from monitor.core.backups import Backup
from monitor.core.errors import MonitorError
from monitor.store import remove_outdated


@dataclass(frozen=True, slots=True)
class ScheduledBackups:
    """The backups of one database, as `backup` in monitor.yaml schedules them."""

    app: App

    def is_due(self) -> bool:
        """Return True if the scheduled backup is due."""
        state, every = self.app.store.backup_state(), self.app.settings.monitor.backup.every
        return backups.is_backup_due(state, every, self.app.clock())

    def back_up(self, run: Callable[[Callable[[], None]], None]) -> Backup:
        """Make the scheduled backup, and remove those that are not kept.

        A failure is stored and returned, never raised. `run` runs what writes to the store, on the right thread.
        """
        config, started = self.app.settings.monitor.backup, self.app.clock()
        file = Path(config.dir).absolute() / backups.backup_name(started, self.app.store.backup_ending)
        reason, size = "", 0
        try:
            self.app.store.backup(file)
            size = file.stat().st_size
            remove_outdated(file.parent, config.keep)
        except (MonitorError, OSError) as error:
            reason = str(error)
        backup = Backup(started_at=started, finished_at=self.app.clock(), file=str(file), size=size, reason=reason)
        run(partial(self.app.store.record_backup, backup))
        return backup
