"""The check of the database at the start of the daemon."""

from __future__ import annotations

from datetime import timedelta

import structlog

from monitor.core.errors import DatabaseDamagedError
from monitor.settings import Settings
from monitor.store import Store

CHECK_TIME = timedelta(seconds=5)
"""Time limit of the database check at the start of the daemon: enough for some 2 GB on a local disk."""
DAMAGE_ADVICE = 'restore a backup: docs/operations.md, "Repair a damaged database"'
log = structlog.get_logger("monitor.database")


def check_not_damaged(settings: Settings) -> None:
    """Raise DatabaseDamagedError if the database is marked as damaged, or if a check of CHECK_TIME finds damage."""
    store = Store(settings.monitor.database.reveal())
    if store.is_missing():
        return
    try:
        check = store.quick_check(CHECK_TIME)
        problem = "; ".join(check.problems) or store.damage()
        if problem:
            raise DatabaseDamagedError(
                f"{store.url} is damaged and is not used: {problem.splitlines()[0]}; {DAMAGE_ADVICE}"
            )
    finally:
        store.close()
    if not check.complete:
        seconds = CHECK_TIME.total_seconds()
        log.warning("database checked in part", seconds=seconds, advice="`monitor db check` checks all of it")
